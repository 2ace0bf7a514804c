import { stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { listFolder } from '../folder.js';
import { textOf } from '../read-text.js';
import { cut, inLine } from '../text.js';
import type { Root } from './root.js';

/** A line that has the text. */
interface Match {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** What a search found, and whether it looked at everything. */
export interface Matches {
  readonly matches: readonly Match[];
  readonly complete: boolean;
}

/** What is searched, for how many. */
export interface Sought {
  readonly query: string;
  /** A folder, or a file. */
  readonly path: string;
  readonly max: number;
  readonly signal: AbortSignal;
}

/** The lines of text files that have the query in them, upper and lower case alike. */
export async function searchFiles(root: Root, sought: Sought): Promise<Matches> {
  const { query, max, signal } = sought;
  const { names, isCut } = await namesIn(root, sought.path);
  const wanted = query.toLowerCase();
  const matches: Match[] = [];
  const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
  let bytes = 0;
  for (const name of names) {
    signal.throwIfAborted();
    if (bytes > MAX_BYTES) return { matches, complete: false };
    // One that is gone, or that the root doesn't show, has no lines.
    const text = await root.reading(name, (file) => textOf(file, buffer)).catch(() => null);
    if (text === null) continue;
    bytes += text.length;
    for (const [at, line] of text.split('\n').entries()) {
      if (!line.toLowerCase().includes(wanted)) continue;
      if (matches.length === max) return { matches, complete: false };
      matches.push({ path: name, line: at + 1, text: cut(inLine(line), MAX_LINE) });
    }
    // Reading what the system has cached may come back at once, and heartbeats have to get through.
    await setImmediate();
  }
  return { matches, complete: !isCut };
}

const MAX_FILES = 10_000;
const MAX_FILE_BYTES = 1_000_000;
const MAX_BYTES = 64_000_000;
const MAX_LINE = 300;

async function namesIn(
  root: Root,
  path: string,
): Promise<{ readonly names: readonly string[]; readonly isCut: boolean }> {
  const place = await root.locate(path);
  if ((await stat(place)).isFile()) return { names: [path], isCut: false };
  const { files, isCut } = await listFolder(place, { selects: () => true, maxFiles: MAX_FILES });
  const prefix = path.split('/').filter((name) => name !== '' && name !== '.');
  return { names: files.map(({ name }) => [...prefix, name].join('/')), isCut };
}
