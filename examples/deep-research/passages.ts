import type { StepInput } from 'outlast';
import { z } from 'zod';
import { section, type Section } from './documents.js';
import { sentencesOf, termOf, termsOf, wordsOf } from './language.js';

/** Some sentences of a document, as they stand there. */
export const passage = z.object({
  file: z.string(),
  headings: z.array(z.string()),
  text: z.string(),
  /** The topic's most telling word in it, as the topic has it. */
  about: z.string(),
  score: z.number(),
});

export type Passage = z.infer<typeof passage>;

const MAX_PASSAGES = 10;
const MAX_OF_A_SECTION = 2;
const MAX_OF_A_FILE = 3;
const MAX_LENGTH = 420;

/** Of what the searches found, the sentences that say most about the topic; what says the same is taken once. */
export async function pickPassages(input: StepInput<{ topic: string }>): Promise<Passage[]> {
  const titles = input.getStepContent('Titles', z.array(section));
  const text = input.getStepContent('Text', z.array(section));
  const topic = new Map(wordsOf(input.input.topic).map((word) => [termOf(word) ?? '', word]));
  topic.delete('');
  const candidates = candidatesOf(fused([titles, text]), topic);

  const picked: Candidate[] = [];
  for (const candidate of candidates.sort((a, b) => b.score - a.score)) {
    if (picked.length === MAX_PASSAGES) break;
    if (picked.length > 0 && candidate.score < 0.35 * (picked[0]?.score ?? 0)) break;
    const { id, file } = candidate.section;
    if (picked.filter(({ section }) => section.id === id).length === MAX_OF_A_SECTION) continue;
    if (picked.filter(({ section }) => section.file === file).length === MAX_OF_A_FILE) continue;
    if (picked.some((other) => similarity(other.terms, candidate.terms) > 0.6)) continue;
    picked.push(candidate);
  }
  return picked.map(({ section: { file, headings }, text, about, score }) => ({
    file,
    headings,
    text,
    about,
    score: Number(score.toFixed(3)),
  }));
}

interface Candidate {
  readonly section: Section;
  readonly text: string;
  readonly terms: ReadonlySet<string>;
  readonly about: string;
  readonly score: number;
}

/** By reciprocal rank: what both searches found comes first. The best has 1. */
function fused(rankings: readonly (readonly Section[])[]): Map<Section, number> {
  const sections = new Map<string, Section>();
  const scores = new Map<string, number>();
  for (const ranking of rankings) {
    for (const [rank, each] of ranking.entries()) {
      sections.set(each.id, each);
      scores.set(each.id, (scores.get(each.id) ?? 0) + 1 / (10 + rank));
    }
  }
  const best = Math.max(...scores.values());
  return new Map([...sections].map(([id, each]) => [each, (scores.get(id) ?? 0) / best]));
}

/** Runs of sentences, none of which needs the one before it to be understood. */
function candidatesOf(
  ranked: ReadonlyMap<Section, number>,
  topic: ReadonlyMap<string, string>,
): Candidate[] {
  const runs = [...ranked].flatMap(([section, rank]) =>
    section.text
      .split('\n')
      .flatMap(runsOf)
      .map((text) => ({ section, rank, text, words: termsOf(text) })),
  );
  const weights = weightsOf(
    [...topic.keys()],
    runs.map(({ words }) => words),
  );
  return runs.flatMap(({ section, rank, text, words }) => {
    const title = termsOf(`${section.headings.join(' ')} ${section.file}`);
    const score = relevance(words, title, weights) * (1 + 0.5 * rank);
    const about = topic.get(mostTelling(words, weights)) ?? '';
    return score === 0 ? [] : [{ section, text, terms: new Set(words), about, score }];
  });
}

function runsOf(paragraph: string): string[] {
  const runs: string[] = [];
  const sentences = sentencesOf(paragraph);
  for (let first = 0; first < sentences.length; first++) {
    let text = sentences[first] ?? '';
    for (let next = first + 1; LEANS_ON_WHAT_IS_BEFORE.test(sentences[next] ?? ''); next++) {
      const longer = `${text} ${sentences[next] ?? ''}`;
      if (longer.length > MAX_LENGTH) break;
      text = longer;
      first = next;
    }
    if (isReadable(text)) runs.push(text);
  }
  return runs;
}

const LEANS_ON_WHAT_IS_BEFORE =
  /^\(?(?:this|that|these|those|it|its|they|their|he|she|such|so|then|thus|hence|therefore|however|but|and|or|also|in (?:this|that|such|these|addition)|to (?:accomplish|do|avoid) (?:this|that|so)|for (?:this|that|example|instance)|otherwise|instead|similarly|both|when (?:they|it|this|that)|if (?:it|they|so|not|this)|once (?:it|they|this)|as a result|by (?:doing|default)|note|additionally|furthermore|again)\b|^\(/i;

/** Whole sentences of some length; not a caption, a fragment, or the line before a piece of code. */
function isReadable(text: string): boolean {
  const words = text.split(' ').length;
  return (
    words >= 7 &&
    text.length <= MAX_LENGTH &&
    /^[\p{Uppercase}\d`"“].*[.!?)`"”]$/u.test(text) &&
    !LEANS_ON_WHAT_IS_BEFORE.test(text) &&
    !/https?:\/\/\S+\s*$/.test(text)
  );
}

/** What many of the candidates have tells them apart least. */
function weightsOf(
  topic: readonly string[],
  runs: readonly (readonly string[])[],
): ReadonlyMap<string, number> {
  const weight = (term: string): number => {
    const having = runs.filter((words) => words.some((word) => means(word, term))).length;
    return Math.log(1 + (runs.length - having + 0.5) / (having + 0.5));
  };
  return new Map(topic.map((term) => [term, weight(term)]));
}

/** As BM25 has it, with a part of it for a term that only the headings have. 0 for what is beside the topic. */
function relevance(
  words: readonly string[],
  title: readonly string[],
  weights: ReadonlyMap<string, number>,
): number {
  let score = 0;
  let inText = 0;
  let covered = 0;
  for (const [term, weight] of weights) {
    const count = words.filter((word) => means(word, term)).length;
    const inTitle = title.some((word) => means(word, term));
    if (count > 0) inText++;
    if (count > 0 || inTitle) covered++;
    score += weight * ((count * 2.2) / (count + 1.2 * (0.4 + words.length / 30)));
    if (inTitle) score += weight * 0.4;
  }
  const enough = inText > 0 && covered >= Math.min(2, weights.size);
  return enough ? score * Math.sqrt(covered / weights.size) : 0;
}

function mostTelling(words: readonly string[], weights: ReadonlyMap<string, number>): string {
  const [first = ''] = [...weights]
    .filter(([term]) => words.some((word) => means(word, term)))
    .sort(([, a], [, b]) => b - a)
    .map(([term]) => term);
  return first;
}

/** `recovery` speaks of what `recover` asks for. */
function means(word: string, term: string): boolean {
  return word === term || (term.length > 4 && word.startsWith(term));
}

function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((term) => b.has(term)).length;
  return common / Math.min(a.size, b.size);
}
