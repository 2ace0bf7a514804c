import { constants, type Stats } from 'node:fs';
import { chmod, lstat, mkdir, open, realpath, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { NonRetryableError } from '../../plan/errors.js';
import { isBelow } from '../folder.js';

/**
 * A folder, and what is below it. No path leads out of it: neither `..` nor an absolute path does, nor a symbolic link.
 * Hidden files and folders aren't there. All that is thrown names a path as it was given, never where the folder is.
 */
export class Root {
  readonly #dir: string;

  /** From where the process was started, if it is relative. It is looked for at each use. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Where something is, without symbolic links. @throws NonRetryableError for what isn't there, or is outside. */
  async locate(name: string): Promise<string> {
    const names = namesOf(name);
    const root = await this.#place();
    return told(name, async () => inside(root, path.join(root, ...names), name));
  }

  /** What `work` makes of a file that is open for reading. @throws NonRetryableError, and what `work` throws. */
  async reading<T>(name: string, work: (file: FileHandle, stats: Stats) => Promise<T>): Promise<T> {
    const place = await this.locate(name);
    // Of a pipe, which nobody may ever write to, opening would wait.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await told(name, () => open(place, flags));
    try {
      const stats = await told(name, () => file.stat());
      if (!stats.isFile()) throw refused(name, 'is no file');
      return await work(file, stats);
    } finally {
      await file.close();
    }
  }

  /**
   * Writes a file as a whole: who reads it meanwhile has the old one or the new one. Folders on the way are made.
   *
   * @throws NonRetryableError
   */
  async write(name: string, content: string): Promise<void> {
    const names = namesOf(name);
    const last = names.pop();
    if (last === undefined || name.endsWith('/')) throw refused(name, 'is no name of a file');
    const root = await this.#place();
    await told(name, async () => {
      const folder = await made(root, names, name);
      const target = path.join(folder, last);
      const before = await lstat(target).catch(orNull);
      if (before?.isFile() === false) throw refused(name, 'is there, and is no file');
      await replaced(target, content, before);
    });
  }

  async #place(): Promise<string> {
    try {
      return await realpath(this.#dir);
    } catch (error) {
      throw refused(this.#dir, `can't be used on the worker (${codeOf(error)})`);
    }
  }
}

/** The names on the way to it, from the root. @throws NonRetryableError */
function namesOf(name: string): string[] {
  if (name.includes('\0')) throw refused(name, 'has a null character');
  if (name.includes('\\')) throw refused(name, 'has to be written with /');
  if (name.startsWith('/') || /^(?:[a-z]:|[a-z][a-z\d+.-]*:\/\/)/i.test(name))
    throw refused(name, 'has to be relative to the folder');
  const names = name.split('/').filter((each) => each !== '' && each !== '.');
  if (names.includes('..')) throw refused(name, 'leads out of the folder');
  if (names.some(isHidden)) throw refused(name, 'is hidden');
  return names;
}

/** Whether a file or folder of this name is hidden. */
export function isHidden(name: string): boolean {
  return name.startsWith('.');
}

/** The place without symbolic links, if that is in the root, and not hidden there. */
async function inside(root: string, place: string, name: string): Promise<string> {
  const real = await realpath(place);
  if (real === root) return real;
  if (!isBelow(root, real)) throw refused(name, 'leads out of the folder');
  if (path.relative(root, real).split(path.sep).some(isHidden)) throw refused(name, 'is hidden');
  return real;
}

/** The folder of these names, made where it isn't there: each one is looked at before the next is made in it. */
async function made(root: string, names: readonly string[], name: string): Promise<string> {
  let folder = root;
  for (const each of names) {
    const next = path.join(folder, each);
    await mkdir(next).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    folder = await inside(root, next, name);
  }
  return folder;
}

/** A new file takes the place of the old one: a link that has just been put there is replaced, not followed. */
async function replaced(target: string, content: string, before: Stats | null): Promise<void> {
  const draft = `${target}.${crypto.randomUUID()}.draft`;
  try {
    const file = await open(draft, 'wx');
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    if (before !== null) await chmod(draft, before.mode & 0o777);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** What Node says names the place: it isn't told. */
async function told<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (code === '') throw error;
    throw refused(name, WHY[code] ?? `can't be used (${code})`);
  }
}

const WHY: Readonly<Record<string, string>> = {
  EACCES: "may not be used by the worker's user",
  EISDIR: 'is a folder',
  ELOOP: 'is a symbolic link that leads nowhere',
  ENAMETOOLONG: 'is too long',
  ENOENT: "isn't there",
  ENOTDIR: 'leads through something that is no folder',
  EPERM: "may not be used by the worker's user",
};

function refused(name: string, why: string): NonRetryableError {
  return new NonRetryableError(`${JSON.stringify(name)} ${why}.`);
}

/** An empty string for what is no error of the system. */
function codeOf(error: unknown): string {
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  return typeof code === 'string' && errno !== undefined ? code : '';
}

function orNull(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}
