import { cut } from '../text.js';
import { htmlSections } from '../html.js';
import { markdownSections } from './markdown.js';
import type { Section } from '../outline.js';
import { plainSections, restructuredSections } from './plain-text.js';

/** What a search finds: what stands under one heading of a document, or a part of that where it is long. */
export interface Passage {
  /** The document: its path in its folder, with `/`. */
  readonly document: string;
  /** The way to the section, its own heading last: `Guide › Set-up`; `null` where there is none. */
  readonly heading: string | null;
  /** A line a paragraph. */
  readonly text: string;
}

/** Characters that a passage has at most. */
const MAX_TEXT = 1_500;
const MAX_HEADING = 120;
/** Of the way to a section; what is further up is left out. */
const MAX_HEADINGS = 3;

type Reader = (text: string) => readonly Section[];

/** Whatever isn't listed is read as plain text. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['.md', markdownSections],
  ['.markdown', markdownSections],
  ['.mdx', markdownSections],
  ['.html', htmlSections],
  ['.htm', htmlSections],
  ['.rst', restructuredSections],
  ['.txt', plainSections],
]);

/** What is read without being told. */
export const DEFAULT_EXTENSIONS: readonly string[] = [...READERS.keys()];

/** A document in pieces. */
export function passagesOf(document: string, extension: string, text: string): Passage[] {
  const read = READERS.get(extension) ?? plainSections;
  return read(text).flatMap(({ headings, parts }) => {
    const way = headings.slice(-MAX_HEADINGS).map((heading) => cut(heading, MAX_HEADING));
    const heading = way.length === 0 ? null : way.join(' › ');
    return inPieces(parts).map((piece) => ({ document, heading, text: piece }));
  });
}

/** As many parts together as fit. */
function inPieces(parts: readonly string[]): string[] {
  const pieces: string[] = [];
  for (const part of parts.flatMap(fitting)) {
    const last = pieces.at(-1);
    if (last === undefined || last.length + part.length >= MAX_TEXT) pieces.push(part);
    else pieces[pieces.length - 1] = `${last}\n${part}`;
  }
  return pieces;
}

/** A part as it is, or what it is broken up into: at the end of a line, or else of a word. */
function fitting(part: string): string[] {
  const pieces: string[] = [];
  let rest = part;
  while (rest.length > MAX_TEXT) {
    const head = rest.slice(0, MAX_TEXT);
    const end = [head.lastIndexOf('\n'), head.lastIndexOf(' ')].find((at) => at > MAX_TEXT / 2);
    const at = end ?? (/[\ud800-\udbff]$/.test(head) ? MAX_TEXT - 1 : MAX_TEXT);
    pieces.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).replace(/^\s/, '');
  }
  return rest === '' ? pieces : [...pieces, rest];
}
