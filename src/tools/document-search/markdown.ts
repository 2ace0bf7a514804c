import { inLine } from '../text.js';
import { Outline, type Section } from '../outline.js';

/** Reads Markdown by lines, and leniently: each line is looked at once, whatever the document is like. */
export function markdownSections(markdown: string): readonly Section[] {
  const outline = new Outline();
  const lines = new Lines(markdown);
  let paragraph: string[] = [];
  const endParagraph = (): void => {
    for (const text of proseOf(paragraph.join(' '))) outline.part(text);
    paragraph = [];
  };

  for (let line = lines.next(); line !== null; line = lines.next()) {
    const fence = FENCE.exec(line)?.[1];
    const block = BLOCK.exec(line)?.[1]?.toLowerCase();
    const text = line.replace(QUOTE, '').replace(/^\s*\[![A-Z]+\]\s*$/, '');
    const heading = HEADING.exec(text) ?? lines.htmlHeading(text);
    if (fence !== undefined) {
      endParagraph();
      outline.part([line, ...lines.until((each) => isFenceEnd(each, fence))].join('\n'));
    } else if (block !== undefined) {
      endParagraph();
      if (!line.toLowerCase().includes(`</${block}`)) {
        lines.until((each) => each.toLowerCase().includes(`</${block}`));
      }
    } else if (heading !== null) {
      endParagraph();
      const [, depth = '', title = ''] = heading;
      outline.heading(/\d/.test(depth) ? Number(depth) : depth.length, plain(title));
    } else if (UNDERLINE.test(text) && paragraph.length === 1) {
      outline.heading(text.startsWith('=') ? 1 : 2, plain(paragraph.pop() ?? ''));
    } else if (isNothing(text)) {
      endParagraph();
    } else if (/^\s*\|/.test(text)) {
      endParagraph();
      if (!/^[\s|:-]*$/.test(text)) outline.part(rowOf(text));
    } else {
      const item = ITEM.exec(text)?.[1];
      if (item !== undefined) endParagraph();
      paragraph.push((item ?? text).trim());
    }
  }
  endParagraph();
  return outline.sections();
}

const QUOTE = /^\s*(?:>\s?)+/;
const FENCE = /^[ \t>]*(?:(?:[-*+]|\d+[.)])\s+)?(`{3,}(?=[^`]*$)|~{3,})/;
/** HTML that holds no text. */
const BLOCK = /^\s*<(script|style|svg)\b/i;
const HEADING = /^ {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*$/;
const UNDERLINE = /^\s*(?:={2,}|-{2,})\s*$/;
const ITEM = /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/;

function isFenceEnd(line: string, fence: string): boolean {
  const text = line.replace(QUOTE, '').trim();
  return text.startsWith(fence) && /^(?:`+|~+)$/.test(text);
}

/** Blank lines, rules, and the targets of links. */
function isNothing(line: string): boolean {
  return /^\s*$|^\s*(?:[-*_]\s*){3,}$|^\s{0,3}\[[^\]]{1,200}\]:\s/.test(line);
}

function rowOf(row: string): string {
  const cells = row
    .trim()
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split(/(?<!\\)\|/);
  return `| ${cells.map(plain).join(' | ')} |`;
}

/** A document's lines, one after the other, without what stands before its text, and without comments. */
class Lines {
  readonly #lines: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#lines = text.split(/\r\n?|\n/);
    if (this.#lines[0] !== '---') return;
    const end = this.#lines.indexOf('---', 1);
    this.#at = end + 1;
  }

  next(): string | null {
    const line = this.#lines[this.#at++];
    if (line === undefined) return null;
    const comment = line.indexOf('<!--');
    if (comment === -1) return line;
    const after = line.indexOf('-->', comment);
    if (after !== -1) return line.replaceAll(/<!--.*?-->/g, '');
    const [rest = ''] = this.until((each) => each.includes('-->')).slice(-1);
    return `${line.slice(0, comment)}${rest.slice(rest.indexOf('-->') + 3)}`;
  }

  /** What comes before the first line that `isEnd`, and that one; all the rest where there is none. */
  until(isEnd: (line: string) => boolean): readonly string[] {
    const from = this.#at;
    while (this.#at < this.#lines.length && !isEnd(this.#lines[this.#at++] ?? ''));
    return this.#lines.slice(from, this.#at);
  }

  /** A heading in HTML, which people centre, over a few lines perhaps: as `HEADING` would match it. */
  htmlHeading(line: string): readonly string[] | null {
    const depth = /^\s*<h([1-6])\b/i.exec(line)?.[1];
    if (depth === undefined) return null;
    let html = line;
    for (let more = 0; more < 5 && html.length < MAX_HTML_HEADING; more++) {
      const title = /<h\d\b[^>]*>(.*?)<\/h\d>/i.exec(html)?.[1];
      if (title !== undefined) {
        this.#at += more;
        return [html, depth, title];
      }
      html += ` ${this.#lines[this.#at + more] ?? ''}`;
    }
    return null;
  }
}

const MAX_HTML_HEADING = 1_000;

/** A paragraph without marks. What follows looks back and ahead, so a paragraph of any length goes in pieces. */
function proseOf(paragraph: string): string[] {
  const pieces: string[] = [];
  for (let rest = paragraph; rest !== '';) {
    const space = rest.length > MAX_PIECE ? rest.lastIndexOf(' ', MAX_PIECE) : -1;
    const end = space > 0 ? space : MAX_PIECE;
    pieces.push(plain(rest.slice(0, end)));
    rest = rest.slice(end);
  }
  return pieces;
}

const MAX_PIECE = 4_000;

/** Text without marks, but for those of code, which stays as it is. */
function plain(text: string): string {
  const code: string[] = [];
  const rest = text.replace(/(`+)[^`]+\1/g, (span) => `\u0000${String(code.push(span) - 1)}\u0000`);
  return inLine(
    unmarked(rest).replace(/\u0000(\d+)\u0000/g, (_, at: string) => code[Number(at)] ?? ''),
  );
}

function unmarked(text: string): string {
  return text
    .replace(/!\[[^\]]{0,300}\](?:\([^)]{0,500}\)|\[[^\]]{0,300}\])/g, '')
    .replace(/\[([^[\]]{0,500})\](?:\([^)]{0,500}\)|\[[^\]]{0,300}\])/g, '$1')
    .replace(/<((?:https?|mailto):[^>\s]{1,500})>/g, '$1')
    .replace(/<\/?[a-z][^>]{0,500}>/gi, ' ')
    .replace(/(\*{1,3})(?=\S)(.{1,500}?)(?<=\S)\1/g, '$2')
    .replace(
      /(?<![\p{Letter}\p{Number}])(_{1,3})(?=\S)(.{1,500}?)(?<=\S)\1(?![\p{Letter}\p{Number}])/gu,
      '$2',
    )
    .replace(/\\([\\`*_{}[\]()#+.!<>|~-])/g, '$1')
    .replace(/&(nbsp|lt|gt|quot|mdash|ndash|amp);/g, (_, name: string) => ENTITIES[name] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = {
  nbsp: ' ',
  lt: '<',
  gt: '>',
  quot: '"',
  mdash: '—',
  ndash: '–',
  amp: '&',
};
