import path from 'node:path';
import { z } from 'zod';
import { Check } from '../../definition/check.js';
import { tool, type Tool } from '../../definition/tool.js';
import { NonRetryableError } from '../../plan/errors.js';
import type { StepContext } from '../../plan/executor.js';
import { resultsLimit } from '../results.js';
import { unless } from '../unless.js';
import { libraryOf } from './libraries.js';
import type { Indexed } from './library.js';
import { DEFAULT_EXTENSIONS, type Passage } from './passages.js';

/** What {@link documentSearch} searches, and how the model is told of it. */
export interface DocumentSearchOptions {
  /**
   * The folder of the documents, or several: on the worker, and from where it was started if the path is relative. It is
   * looked for when the tool is called.
   */
  readonly dir: string | readonly string[];
  /**
   * By which the model calls it: 1 to 64 letters, digits, `_` and `-`.
   * @default 'search_documents'
   */
  readonly name?: string;
  /**
   * Tells the model what the documents are about, and when to search them.
   * @default that it searches the documents
   */
  readonly description?: string;
  /**
   * Endings of the files that are documents. Others than Markdown, HTML and reStructuredText are read as plain text.
   * @default ['.md', '.markdown', '.mdx', '.html', '.htm', '.rst', '.txt']
   */
  readonly extensions?: readonly string[];
  /**
   * Documents whose path in the folder, written with `/`, matches are left out: `/(^|\/)CHANGELOG\.md$/i`.
   * @default none
   */
  readonly exclude?: RegExp;
  /**
   * Passages that a search gives at most; the model asks for as many as it wants up to that, and has 5 if it doesn't say.
   * @default 10
   */
  readonly maxResults?: number;
}

/**
 * A tool that searches text documents below a folder by their words, with `minisearch`, which has to be installed beside
 * outlast. It takes a `query` and `max_results`, and gives a list of `{ document, heading, text }`, best first and at most
 * three of one document: what stands under a heading, up to 1,500 characters of it. The documents are indexed when they
 * are first searched, and again when one has changed.
 *
 * @throws DefinitionError
 */
export function documentSearch(options: DocumentSearchOptions): Tool {
  const check = Check.of('documentSearch', options);
  check.known(options, KNOWN);
  const dirs = dirsOf(check, options.dir);
  const extensions = extensionsOf(check, options.extensions ?? DEFAULT_EXTENSIONS);
  const exclude = excludeOf(check, options.exclude);
  const limit = resultsLimit(check, options.maxResults);

  return tool({
    name: options.name ?? 'search_documents',
    description:
      options.description ??
      'Searches documents by their words. Gives the passages that say most about the query: document, heading and text.',
    parameters: z.object({
      query: z.string().trim().min(1).max(MAX_QUERY).describe('The words to look for.'),
      max_results: limit.parameter,
    }),
    execute: async ({ query, max_results }, { signal, log }) => {
      signal.throwIfAborted();
      const library = libraryOf({ dirs, extensions, exclude });
      const indexed = await unless(signal, library.current()).catch((error: unknown) => {
        throw unreadable(error, dirs);
      });
      warnOnce(indexed, dirs, log);
      return limit.of([...spread(indexed.find(query))], max_results);
    },
  });
}

const KNOWN = [
  ...['dir', 'name', 'description', 'extensions', 'exclude', 'maxResults'],
] as const satisfies readonly (keyof DocumentSearchOptions)[];

const MAX_QUERY = 500;
const MAX_OF_A_DOCUMENT = 3;

function dirsOf(check: Check, dir: unknown): readonly string[] {
  const dirs = Array.isArray(dir) ? check.texts('dir', dir) : [check.filled('dir', dir)];
  if (dirs.length === 0) check.fail('dir', 'be a folder, or a list of some', dir);
  return dirs;
}

function extensionsOf(check: Check, extensions: unknown): readonly string[] {
  const texts = check.texts('extensions', extensions);
  if (texts.length === 0 || texts.some((text) => !/^\.[^./\\\s]+$/.test(text)))
    check.fail('extensions', "be a list of endings such as '.md'", texts.join(', '));
  return texts.map((text) => text.toLowerCase());
}

function excludeOf(check: Check, exclude: unknown): RegExp | null {
  if (exclude === undefined) return null;
  if (!(exclude instanceof RegExp)) check.fail('exclude', 'be a regular expression', exclude);
  // With `g` or `y` an expression remembers its last match.
  return new RegExp(exclude.source, exclude.flags.replace(/[gy]/g, ''));
}

/** A folder that isn't there is named as the definition has it. */
function unreadable(error: unknown, dirs: readonly string[]): unknown {
  const { code, path: at } = error as { code?: unknown; path?: unknown };
  if (typeof code !== 'string' || typeof at !== 'string') return error;
  const dir = dirs.find((each) => path.resolve(each) === at) ?? dirs.join(', ');
  const why = WHY[code] ?? `can't be read (${code})`;
  return new NonRetryableError(`The folder of documents ${JSON.stringify(dir)} ${why}.`);
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "isn't there, on the worker",
  ENOTDIR: 'is no folder, on the worker',
  EACCES: "may not be read by the worker's user",
};

const warned = new WeakSet<Indexed>();

function warnOnce(indexed: Indexed, dirs: readonly string[], log: StepContext['log']): void {
  if (warned.has(indexed)) return;
  warned.add(indexed);
  const { documents, leftOut } = indexed;
  if (documents === 0) log.warn('There are no documents to search', { dirs });
  if (Object.values(leftOut).some(Boolean))
    log.warn('Some documents are left out of the search', { dirs, documents, ...leftOut });
}

/** Not too many of one document. */
function* spread(passages: Iterable<Passage>): Generator<Passage> {
  const taken = new Map<string, number>();
  for (const passage of passages) {
    const before = taken.get(passage.document) ?? 0;
    taken.set(passage.document, before + 1);
    if (before < MAX_OF_A_DOCUMENT) yield passage;
  }
}
