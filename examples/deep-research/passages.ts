import type { StepInput } from 'outlast';
import { z } from 'zod';
import { section, type Section } from './documents.js';
import { excerptsOf } from './excerpts.js';
import { termOf, termsOf, wordsOf } from './language.js';
import { mostTelling, relevance, weightsOf } from './relevance.js';

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

/** Every excerpt that is about the topic, with how much it is. */
function candidatesOf(
  ranked: ReadonlyMap<Section, number>,
  topic: ReadonlyMap<string, string>,
): Candidate[] {
  const excerpts = [...ranked].flatMap(([section, rank]) =>
    section.text
      .split('\n')
      .flatMap(excerptsOf)
      .map((text) => ({ section, rank, text, words: termsOf(text) })),
  );
  const weights = weightsOf(
    [...topic.keys()],
    excerpts.map(({ words }) => words),
  );
  return excerpts.flatMap(({ section, rank, text, words }) => {
    const title = termsOf(`${section.headings.join(' ')} ${section.file}`);
    const score = relevance(words, title, weights) * (1 + 0.5 * rank);
    const about = topic.get(mostTelling(words, weights)) ?? '';
    return score === 0 ? [] : [{ section, text, terms: new Set(words), about, score }];
  });
}

function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((term) => b.has(term)).length;
  return common / Math.min(a.size, b.size);
}
