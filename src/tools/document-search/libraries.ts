import path from 'node:path';
import { extensionOf } from '../folder.js';
import { Library } from './library.js';

/** Which documents a tool searches, as its definition has it. */
export interface Documents {
  /** From where the process was started, if they are relative. */
  readonly dirs: readonly string[];
  /** In lower case, with their dots. */
  readonly extensions: readonly string[];
  readonly exclude: RegExp | null;
}

/** This process's index of them. Tools of the same documents share it. */
export function libraryOf({ dirs, extensions, exclude }: Documents): Library {
  const folders = [...new Set(dirs.map((dir) => path.resolve(dir)))];
  const key = JSON.stringify([folders, extensions, exclude?.source, exclude?.flags]);
  const library =
    libraries.get(key) ??
    new Library(
      folders,
      (name) => extensions.includes(extensionOf(name)) && exclude?.test(name) !== true,
    );
  // The one that wasn't used for longest makes way.
  libraries.delete(key);
  libraries.set(key, library);
  const [oldest] = libraries.keys();
  if (libraries.size > MAX_LIBRARIES && oldest !== undefined) libraries.delete(oldest);
  return library;
}

const libraries = new Map<string, Library>();
const MAX_LIBRARIES = 8;
