import { z } from 'zod';
import { Check } from '../../definition/check.js';
import { tool, type Tool } from '../../definition/tool.js';
import { NonRetryableError } from '../../plan/errors.js';
import { textOf } from '../read-text.js';
import { resultsLimit } from '../results.js';
import { cut, wellFormed } from '../text.js';
import { listEntries } from './list.js';
import { Root } from './root.js';
import { searchFiles } from './search.js';

/** Which files {@link fileTools} are for, and what may be done with them. */
export interface FileOptions {
  /**
   * The folder out of which nothing leads: on the worker, and from where it was started if the path is relative. It is
   * looked for when a tool is called.
   */
  readonly root: string;
  /**
   * Whether there is `write_file`.
   * @default false
   */
  readonly write?: boolean;
  /**
   * Of a file that is read or written: what is larger is an error.
   * @default 1,000,000
   */
  readonly maxBytes?: number;
  /**
   * That `read_file` gives at once; the model may read on from a line.
   * @default 20,000
   */
  readonly maxCharacters?: number;
  /**
   * Lines that a search gives at most; the model asks for as many as it wants up to that, and has 5 if it doesn't say.
   * @default 50
   */
  readonly maxResults?: number;
}

/**
 * Tools for the text files below a folder: `list_files`, `read_file` and `search_files`, and with `write: true` also
 * `write_file`. Paths are relative to the folder, with `/`. Hidden files and folders aren't there, nor is what a symbolic
 * link outside leads to.
 *
 * @throws DefinitionError
 */
export function fileTools(options: FileOptions): readonly Tool[] {
  const check = new Check('fileTools');
  check.known(options, KNOWN);
  const root = new Root(check.filled('root', options.root));
  const write = check.flag('write', options.write) ?? false;
  const maxBytes = check.integer('maxBytes', options.maxBytes ?? 1_000_000, 1);
  const maxCharacters = check.integer('maxCharacters', options.maxCharacters ?? 20_000, 1);
  const limit = resultsLimit(check, options.maxResults ?? 50);

  const list = tool({
    name: 'list_files',
    description: 'Lists the files and folders in a folder.',
    parameters: z.object({ path: folderParameter }),
    execute: ({ path }) => listEntries(root, path),
  });

  const read = tool({
    name: 'read_file',
    description:
      'Reads a text file. Gives its lines, from the one asked for to the last that fits, and how many there are in all.',
    parameters: z.object({
      path: fileParameter,
      from_line: z.int().min(1).default(1).describe('The first line to give, from 1.'),
    }),
    execute: async ({ path, from_line }) => {
      const text = await root.reading(path, (file, { size }) => {
        if (size > maxBytes) throw tooLarge(path, size, maxBytes);
        return textOf(file, Buffer.alloc(size + SPARE));
      });
      if (text === null) throw new NonRetryableError(`${JSON.stringify(path)} is no text.`);
      return { path, ...linesFrom(wellFormed(text), from_line, maxCharacters) };
    },
  });

  const search = tool({
    name: 'search_files',
    description:
      'Searches the text files below a folder for a text, upper and lower case alike. Gives the lines that have it: path, line, text.',
    parameters: z.object({
      query: z.string().min(1).max(MAX_QUERY).describe('The text to look for, within a line.'),
      path: folderParameter,
      max_results: limit.parameter,
    }),
    execute: ({ query, path, max_results }, { signal }) =>
      searchFiles(root, { query, path, max: Math.min(max_results, limit.limit), signal }),
  });

  const writing = tool({
    name: 'write_file',
    description:
      'Writes a text file as a whole, in the place of what was there. Folders on the way are made.',
    parameters: z.object({
      path: fileParameter,
      content: z.string().describe('All that is to stand in the file.'),
    }),
    execute: async ({ path, content }) => {
      const bytes = Buffer.byteLength(content);
      if (bytes > maxBytes) throw tooLarge(path, bytes, maxBytes);
      await root.write(path, content);
      return { path, bytes };
    },
  });
  return Object.freeze(write ? [list, read, search, writing] : [list, read, search]);
}

const KNOWN = [
  ...['root', 'write', 'maxBytes', 'maxCharacters', 'maxResults'],
] as const satisfies readonly (keyof FileOptions)[];

const MAX_QUERY = 500;
/** Bytes by which a file may have grown since its size was looked at. */
const SPARE = 4_096;

const pathParameter = z.string().max(1_000);
const fileParameter = pathParameter.min(1).describe('The file, relative to the root, with /.');
const folderParameter = pathParameter
  .default('.')
  .describe('The folder, relative to the root, with /.');

function tooLarge(path: string, bytes: number, maxBytes: number): NonRetryableError {
  return new NonRetryableError(
    `${JSON.stringify(path)} has ${String(bytes)} bytes, more than the ${String(maxBytes)} that the tool takes.`,
  );
}

/** Lines of a file that a model is given. */
interface Lines {
  readonly from_line: number;
  readonly to_line: number;
  /** How many the file has. */
  readonly lines: number;
  readonly text: string;
}

/** Whole lines, as many as fit; of a line that doesn't its beginning. */
function linesFrom(text: string, from: number, max: number): Lines {
  const all = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const given: string[] = [];
  let length = 0;
  for (const line of all.slice(from - 1)) {
    length += line.length + 1;
    if (length > max && given.length > 0) break;
    given.push(cut(line, max));
  }
  return {
    from_line: from,
    to_line: from + given.length - 1,
    lines: all.length,
    text: given.join('\n'),
  };
}
