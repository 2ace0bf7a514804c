import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { EXE, inspect, isFound, type Found, type Missing } from './executable.js';
import type { Environment, Search } from './search.js';

/** The newest binary in the cache that runs. */
export async function findInCache(search: Search): Promise<Found | Missing> {
  const folder = cacheFolder(search.env);
  const names = (await namesIn(folder)).filter((name) => CACHED.test(name));
  const newestFirst = names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const reasons: string[] = [];
  for (const name of newestFirst) {
    const result = await inspect(path.join(folder, name), search);
    if (isFound(result)) return result;
    reasons.push(`${name}: ${result.reason}`);
  }
  return { reason: reasons.length === 0 ? `nothing in ${folder}` : reasons.join('; ') };
}

/** Puts a `temporal` binary somewhere into `folder` and says where, or why it can't. */
export type Fetcher = (
  folder: string,
  search: Search,
) => Promise<{ readonly file: string } | Missing>;

/**
 * Has `fetch` fill a folder of its own, and moves the binary from there into the cache, under its version. Moving is
 * atomic: processes that do this at the same time each end with a whole binary.
 */
export async function keepInCache(search: Search, fetch: Fetcher): Promise<Found | Missing> {
  const folder = cacheFolder(search.env);
  let draft: string | undefined;
  try {
    await mkdir(folder, { recursive: true });
    await removeAbandoned(folder);
    draft = await mkdtemp(path.join(folder, DRAFT));
    const fetched = await fetch(draft, search);
    if ('reason' in fetched) return fetched;
    const result = await inspect(fetched.file, search);
    if (!isFound(result)) return { reason: `what came doesn't run: ${result.reason}` };
    const kept = path.join(folder, `temporal-${result.version}${EXE}`);
    await moveOver(result.path, kept);
    return { path: kept, version: result.version };
  } catch (error) {
    if (isFileError(error)) return { reason: error.message };
    throw error;
  } finally {
    if (draft !== undefined) await rm(draft, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** OUTLAST_CACHE_DIR, else the folder that the platform has for such things. */
function cacheFolder(env: Environment): string {
  const own = env['OUTLAST_CACHE_DIR'];
  if (own !== undefined && own !== '') return path.resolve(own);
  const home = os.homedir();
  switch (process.platform) {
    case 'darwin':
      return path.join(home, 'Library', 'Caches', 'outlast');
    case 'win32':
      return path.join(env['LOCALAPPDATA'] ?? path.join(home, 'AppData', 'Local'), 'outlast');
    default: {
      const xdg = env['XDG_CACHE_HOME'];
      // The XDG specification: a path that isn't absolute is to be ignored.
      const caches = xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(home, '.cache');
      return path.join(caches, 'outlast');
    }
  }
}

const CACHED = /^temporal-\d+\.\d+\.\d+[^/\\]*$/;

const DRAFT = 'incoming-';

/** Longer than any fetch is given. */
const ABANDONED_AFTER = 10 * 60_000;

/** A process that is interrupted while it fetches leaves its draft behind. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (!name.startsWith(DRAFT)) continue;
    const draft = path.join(folder, name);
    const changed = await stat(draft).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - changed <= ABANDONED_AFTER) continue;
    // Another process may be at it too, and another user's can't be removed: neither is a reason not to fetch.
    await rm(draft, { recursive: true, force: true }).catch(() => {});
  }
}

async function moveOver(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    // Windows doesn't replace a program that runs: then the same version is there already.
    const isThere = await stat(to).then(
      () => true,
      () => false,
    );
    if (!isThere) throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
