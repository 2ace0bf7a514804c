import { inLine } from '../text.js';
import { Outline, type Section } from '../outline.js';

/** Reads text whose paragraphs are parted by blank lines, and that has no headings. */
export function plainSections(text: string): readonly Section[] {
  const outline = new Outline();
  for (const paragraph of paragraphsOf(text)) outline.part(inLine(paragraph.join(' ')));
  return outline.sections();
}

/** Reads reStructuredText: a heading is underlined, and ranks by the mark that is first used for its rank. */
export function restructuredSections(text: string): readonly Section[] {
  const outline = new Outline();
  const marks: string[] = [];
  for (const paragraph of paragraphsOf(text)) {
    let lines: string[] = [];
    for (const [at, line] of paragraph.entries()) {
      const mark = MARKED.exec(line)?.[1];
      const title = paragraph[at - 1]?.trim() ?? '';
      const isUnderline = mark !== undefined && title !== '' && !MARKED.test(title);
      if (isUnderline && line.trim().length >= title.length) {
        lines.pop();
        outline.part(inLine(lines.join(' ')));
        lines = [];
        if (!marks.includes(mark)) marks.push(mark);
        outline.heading(marks.indexOf(mark) + 1, inLine(title));
      } else if (mark === undefined) lines.push(line);
    }
    outline.part(inLine(lines.join(' ')));
  }
  return outline.sections();
}

/** A line of one mark only. */
const MARKED = /^([!-/:-@[-`{-~])\1{2,}\s*$/;

function paragraphsOf(text: string): string[][] {
  const paragraphs: string[][] = [[]];
  for (const line of text.split(/\r\n?|\n/)) {
    if (line.trim() === '') paragraphs.push([]);
    else paragraphs.at(-1)?.push(line);
  }
  return paragraphs.filter((lines) => lines.length > 0);
}
