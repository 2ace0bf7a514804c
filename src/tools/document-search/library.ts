import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type MiniSearch from 'minisearch';
import { optional } from '../optional.js';
import { extensionOf, listFolder, type Found, type Selection } from '../folder.js';
import { termOf, wordsOf } from '../../text/language.js';
import { passagesOf, type Passage } from './passages.js';
import { readText } from '../read-text.js';

/** What was made of the documents at some time. */
export interface Indexed {
  readonly stamp: string;
  readonly documents: number;
  /** The passages that a query finds, best first. */
  readonly find: (query: string) => Iterable<Passage>;
  /** Documents that couldn't be taken in, by the reason. */
  readonly leftOut: LeftOut;
}

interface LeftOut {
  /** More than the limit of one document, or no text. */
  unsuitable: number;
  unreadable: number;
  /** Beyond the limit of all of them. */
  tooMuch: number;
  /** There are more files than are looked at. */
  tooMany: boolean;
}

const MAX_FILES = 10_000;
const MAX_FILE_BYTES = 512 * 1024;
const MAX_BYTES = 64 * 1024 * 1024;

/** The documents of some folders, indexed when they are first searched, and anew when one of them has changed. */
export class Library {
  readonly #folders: readonly string[];
  readonly #selection: Selection;
  #indexed: Indexed | null = null;
  #current: Promise<Indexed> | null = null;

  /** The folders are absolute, and differ. */
  constructor(folders: readonly string[], selects: Selection['selects']) {
    this.#folders = folders;
    this.#selection = { selects, maxFiles: MAX_FILES };
  }

  /** The documents as they are now. Who asks while somebody else is waiting for that waits for the same. */
  current(): Promise<Indexed> {
    this.#current ??= this.#keptUp().finally(() => {
      this.#current = null;
    });
    return this.#current;
  }

  async #keptUp(): Promise<Indexed> {
    const files: Found[] = [];
    let tooMany = false;
    const prefixes = prefixesOf(this.#folders);
    for (const [at, folder] of this.#folders.entries()) {
      const listing = await listFolder(folder, this.#selection);
      const prefix = prefixes[at] ?? '';
      files.push(...listing.files.map((file) => ({ ...file, name: prefix + file.name })));
      tooMany ||= listing.isCut;
    }
    tooMany ||= files.length > MAX_FILES;
    const stamp = JSON.stringify(files.map((file) => [file.name, file.stamp]));
    if (this.#indexed?.stamp !== stamp)
      this.#indexed = await indexOf(files.slice(0, MAX_FILES), { stamp, tooMany });
    return this.#indexed;
  }
}

/** Documents of several folders are told apart by the folders' names; those of one name get `#2` … */
function prefixesOf(folders: readonly string[]): string[] {
  if (folders.length === 1) return [''];
  const names = folders.map((folder) => path.basename(folder));
  return names.map((name, at) => {
    const nth = names.slice(0, at + 1).filter((each) => each === name).length;
    return nth === 1 ? `${name}/` : `${name}#${String(nth)}/`;
  });
}

async function indexOf(
  files: readonly Found[],
  { stamp, tooMany }: { stamp: string; tooMany: boolean },
): Promise<Indexed> {
  const index = await emptyIndex();
  const passages: Passage[] = [];
  const leftOut: LeftOut = { unsuitable: 0, unreadable: 0, tooMuch: 0, tooMany };
  /** Of documents that are the same the first is taken. */
  const texts = new Set<string>();
  const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
  let bytes = 0;
  for (const file of files) {
    if (file.bytes > MAX_FILE_BYTES) {
      leftOut.unsuitable++;
      continue;
    }
    bytes += file.bytes;
    if (bytes > MAX_BYTES) {
      leftOut.tooMuch++;
      continue;
    }
    const text = await readText(file.place, buffer).catch(() => undefined);
    if (text === undefined) leftOut.unreadable++;
    else if (text === null) leftOut.unsuitable++;
    else if (!texts.has(text)) {
      texts.add(text);
      const found = passagesOf(file.name, extensionOf(file.name), text);
      index.addAll(found.map((passage, at) => ({ id: passages.length + at, ...passage })));
      passages.push(...found);
      // Reading what the system has cached may come back at once, and heartbeats have to get through.
      await setImmediate();
    }
  }
  return { stamp, documents: texts.size, leftOut, find };

  function* find(query: string): Generator<Passage> {
    for (const { id } of index.search(query)) {
      const passage = passages[id as number];
      if (passage !== undefined) yield passage;
    }
  }
}

async function emptyIndex(): Promise<MiniSearch> {
  const { default: MiniSearch } = await optional(
    { name: 'minisearch', tool: 'documentSearch' },
    () => import('minisearch'),
  );
  return new MiniSearch({
    fields: ['document', 'heading', 'text'],
    tokenize: wordsOf,
    processTerm: termOf,
    searchOptions: {
      boost: { heading: 2 },
      // `expir` finds what speaks of expiration; of short words too much would be found.
      prefix: (term) => term.length > 3,
    },
  });
}
