/** What stands under a heading, without code, tables, pictures and HTML. */
export interface Prose {
  /** From the document's title down to the section's own. */
  readonly headings: readonly string[];
  /** A list's items count as paragraphs. */
  readonly paragraphs: readonly string[];
}

/** Reads Markdown as people do who skip the code: by lines, and leniently. */
export function proseOf(markdown: string): Prose[] {
  const found: { headings: string[]; paragraphs: string[] }[] = [];
  let headings: string[] = [];
  let paragraphs: string[] = [];
  let lines: string[] = [];

  const endParagraph = (): void => {
    const text = inline(lines.join(' '));
    if (/\p{Letter}/u.test(text)) paragraphs.push(text);
    lines = [];
  };
  const beginSection = (depth: number, title: string): void => {
    endParagraph();
    if (paragraphs.length > 0) found.push({ headings: headings.filter(Boolean), paragraphs });
    paragraphs = [];
    headings = [...Array.from({ length: depth - 1 }, (_, at) => headings[at] ?? ''), title];
  };

  for (const line of withoutBlocks(markdown).split('\n')) {
    const text = line.replace(/^\s*(?:>\s?)+/, '').replace(/^\s*\[![A-Z]+\]\s*$/, '');
    const [, marks, title] = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(text) ?? [];
    if (marks !== undefined && title !== undefined) beginSection(marks.length, inline(title));
    else if (/^(?:={3,}|-{3,})\s*$/.test(text) && lines.length === 1) {
      const underlined = inline(lines.pop() ?? '');
      beginSection(text.startsWith('=') ? 1 : 2, underlined);
    } else if (isNoProse(text, lines.length > 0)) endParagraph();
    else {
      const item = /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(text)?.[1];
      if (item !== undefined) endParagraph();
      lines.push((item ?? text).trim());
    }
  }
  beginSection(1, '');
  return found;
}

function withoutBlocks(markdown: string): string {
  return markdown
    .replace(/\r\n?/g, '\n')
    .replace(/^---\n[\s\S]*?\n---\n/, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/^[ \t>]*(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^[ \t>]*\1[`~]*[ \t]*$|$(?![\s\S]))/gm, '')
    .replace(/<(pre|table|details|svg|style|script)\b[\s\S]*?<\/\1>/gi, '')
    .replace(
      /<h([1-6])\b[^>]*>([\s\S]*?)<\/h\1>/gi,
      (_, depth: string, title: string) =>
        `\n${'#'.repeat(Number(depth))} ${title.replaceAll('\n', ' ')}\n`,
    );
}

/** Blank lines, tables, rules, the targets of links, and code by indentation. */
function isNoProse(line: string, inParagraph: boolean): boolean {
  if (/^\s*$|^\s*\||\|\s*$|^\s*(?:[-*_]\s*){3,}$|^\s*\[[^\]]+\]:/.test(line)) return true;
  return !inParagraph && /^(?: {4}|\t)(?!\s*(?:[-*+]|\d+[.)])\s)/.test(line);
}

/** A line of text without marks; what is code stays as it is. */
function inline(text: string): string {
  const code: string[] = [];
  const rest = text.replace(/(`+)[^`]+\1/g, (span) => `\u0000${String(code.push(span) - 1)}\u0000`);
  return plain(rest)
    .replace(/\u0000(\d+)\u0000/g, (_, at: string) => code[Number(at)] ?? '')
    .replace(/\s+/g, ' ')
    .trim();
}

function plain(text: string): string {
  return text
    .replace(/!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])/g, '')
    .replace(/\[([^[\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, '$1')
    .replace(/<((?:https?|mailto):[^>\s]+)>/g, '$1')
    .replace(/<\/?[a-z][^>]*>/gi, ' ')
    .replace(/(\*{1,3})(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replace(/(?<![\w])(_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)/g, '$2')
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
