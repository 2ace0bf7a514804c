import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

/** A file in a folder. */
export interface Found {
  /** Its path in the folder, with `/`. */
  readonly name: string;
  /** Where it is read: symbolic links are resolved. */
  readonly place: string;
  readonly bytes: number;
  /** Changes when the file does. */
  readonly stamp: string;
}

/** Which files are wanted. */
export interface Selection {
  /** By its path in the folder. */
  readonly selects: (name: string) => boolean;
  /** How many at most, in the order of their names. */
  readonly maxFiles: number;
}

/** What is in a folder. */
export interface Listing {
  readonly files: readonly Found[];
  /** Whether there may be more, beyond the limits. */
  readonly isCut: boolean;
}

/** Files and folders that are looked at, so that pointing at a whole disk ends soon. */
const MAX_ENTRIES = 100_000;

/**
 * The files below a folder. Left out are hidden files and folders, `node_modules` below the folder, whatever can't be
 * read, and symbolic links but those of files that lead to a file in the folder.
 *
 * @throws what `readdir` throws of the folder itself.
 */
export async function listFolder(folder: string, selection: Selection): Promise<Listing> {
  const root = await realpath(folder);
  const candidates: string[] = [];
  let looked = 0;
  let isCut = false;

  const collect = async (below: string): Promise<void> => {
    const entries = await readdir(path.join(root, below), { withFileTypes: true }).catch(
      (error: unknown) => {
        if (below === '') throw error;
        return [];
      },
    );
    // The same order each time, so that a limit leaves out the same ones.
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      isCut ||= candidates.length === selection.maxFiles || looked === MAX_ENTRIES;
      if (isCut) return;
      looked++;
      if (entry.name.startsWith('.')) continue;
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules') await collect(name);
      } else if (selection.selects(name) && (entry.isFile() || entry.isSymbolicLink())) {
        candidates.push(name);
      }
    }
  };
  await collect('');

  const files: Found[] = [];
  for (let at = 0; at < candidates.length; at += AT_ONCE) {
    const found = await Promise.all(
      candidates.slice(at, at + AT_ONCE).map((name) => look(root, name)),
    );
    files.push(...found.filter((each) => each !== null));
  }
  return { files, isCut };
}

const AT_ONCE = 64;

/** In lower case, with its dot. */
export function extensionOf(name: string): string {
  return path.posix.extname(name).toLowerCase();
}

/** Both without symbolic links. */
export function isBelow(root: string, place: string): boolean {
  return place.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
}

/** `null` for what is no file of this folder, or not any more. */
async function look(root: string, name: string): Promise<Found | null> {
  try {
    const place = await realpath(path.join(root, name));
    if (!isBelow(root, place)) return null;
    const stats = await stat(place);
    if (!stats.isFile()) return null;
    const { size, mtimeMs, ctimeMs } = stats;
    return { name, place, bytes: size, stamp: [size, mtimeMs, ctimeMs].join(' ') };
  } catch {
    return null;
  }
}
