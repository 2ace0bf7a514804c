import { readdir, stat } from 'node:fs/promises';
import { isHidden, type Root } from './root.js';

/** What is in a folder. */
interface Entry {
  readonly name: string;
  readonly type: 'file' | 'folder';
  /** `null` of a folder. */
  readonly bytes: number | null;
}

/** The first entries of a folder, by name, and how many more there are. */
export interface Entries {
  readonly entries: readonly Entry[];
  readonly left_out: number;
}

/** Left out are hidden files and folders, and links that lead to such, or out of the root, or nowhere. */
export async function listEntries(root: Root, name: string): Promise<Entries> {
  const place = await root.locate(name);
  const names = await readdir(place).catch(() => null);
  if (names === null) return root.reading(name, (_, { size }) => oneFile(name, size));
  const shown = names.filter((each) => !isHidden(each)).sort();
  const entries: Entry[] = [];
  for (const each of shown.slice(0, MAX_ENTRIES)) {
    const entry = await entryOf(root, `${name}/${each}`, each);
    if (entry !== null) entries.push(entry);
  }
  return { entries, left_out: Math.max(0, shown.length - MAX_ENTRIES) };
}

const MAX_ENTRIES = 500;

/** A model that lists a file is told that it is one. */
function oneFile(name: string, bytes: number): Promise<Entries> {
  return Promise.resolve({ entries: [{ name, type: 'file', bytes }], left_out: 0 });
}

async function entryOf(root: Root, path: string, name: string): Promise<Entry | null> {
  const stats = await root
    .locate(path)
    .then((place) => stat(place))
    .catch(() => null);
  if (stats?.isDirectory() === true) return { name, type: 'folder', bytes: null };
  return stats?.isFile() === true ? { name, type: 'file', bytes: stats.size } : null;
}
