/** The form of what the offline model writes, which its next agent reads again. */

/** A text, and where it stands. */
export interface Finding {
  readonly text: string;
  /** Empty where that isn't known. */
  readonly source: string;
}

export const QUESTION = '**Question:** ';
export const SOURCES = '**Sources**';

const MAX_QUESTION = 300;

/** The question of notes that stand in a prompt; else the prompt itself, as far as it can be one. */
export function questionIn(prompt: string): string {
  const line = prompt.split('\n').find((each) => each.startsWith(QUESTION));
  const text = line === undefined ? prompt : line.slice(QUESTION.length);
  return text.replace(/\s+/g, ' ').trim().slice(0, MAX_QUESTION);
}

/** What notes in a prompt found, with the sources that they cite. A prompt without notes is searched as it is. */
export function findingsIn(prompt: string): Finding[] {
  const notes = prompt.split(QUESTION).slice(1);
  if (notes.length === 0) return prompt.split(/\n+/).map((text) => ({ text, source: '' }));
  return notes.flatMap(findingsOf);
}

function findingsOf(notes: string): Finding[] {
  const [body = '', list = ''] = notes.split(SOURCES);
  const sources = new Map(
    [...list.matchAll(/^(\d+)\. (.+)$/gm)].map(([, number = '', source = '']) => [number, source]),
  );
  return [...body.matchAll(/^- (.+?)(?: \[(\d+)\])?$/gm)].map(([, text = '', number = '']) => ({
    text,
    source: sources.get(number) ?? '',
  }));
}
