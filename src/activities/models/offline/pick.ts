import { excerptsOf } from '../../../text/excerpts.js';
import { termOf, termsOf, wordsOf } from '../../../text/language.js';
import { mostTelling, relevance, weightsOf } from '../../../text/relevance.js';
import type { Finding } from './notes.js';

/** A finding that says something about the question. */
export interface Picked extends Finding {
  /** The question's most telling word in it, as the question has it. */
  readonly about: string;
}

const MAX_PICKED = 10;
const MAX_OF_A_SOURCE = 3;
/** Of the best one's score: what is below it is beside the question. */
const LEAST = 0.35;
/** Shared terms above which two texts say the same. */
const SAME = 0.6;

/** What says most about a question, best first; what says the same is taken once. */
export function picked(
  question: string,
  material: readonly Finding[],
  pieces: 'sentences' | 'whole',
): Picked[] {
  const asked = new Map(wordsOf(question).map((word) => [termOf(word) ?? '', word]));
  asked.delete('');
  const strict = Math.max(Math.min(2, asked.size), Math.ceil(0.4 * asked.size));
  const strictly = candidatesOf(asked, material, pieces, strict);
  // Where nothing has as many of the question's terms, one is better than no answer.
  const candidates = strictly.length > 0 ? strictly : candidatesOf(asked, material, pieces, 1);
  // What was picked before is to the point.
  const least = pieces === 'whole' ? 0 : LEAST;
  const best: Candidate[] = [];
  for (const candidate of candidates.sort((a, b) => b.score - a.score)) {
    if (best.length === MAX_PICKED || candidate.score < least * (best[0]?.score ?? 0)) break;
    const { source } = candidate;
    if (source !== '' && best.filter((each) => each.source === source).length === MAX_OF_A_SOURCE)
      continue;
    if (best.some((each) => similarity(each.terms, candidate.terms) > SAME)) continue;
    best.push(candidate);
  }
  return best.map(({ text, source, about }) => ({ text, source, about }));
}

interface Candidate extends Picked {
  readonly terms: ReadonlySet<string>;
  readonly score: number;
}

function candidatesOf(
  asked: ReadonlyMap<string, string>,
  material: readonly Finding[],
  pieces: 'sentences' | 'whole',
  least: number,
): Candidate[] {
  const texts = material.flatMap(({ text, source }) =>
    (pieces === 'whole' ? [text] : text.split('\n').flatMap(excerptsOf)).map((piece) => ({
      text: piece,
      source,
      words: termsOf(piece),
    })),
  );
  const weights = weightsOf(
    [...asked.keys()],
    texts.map(({ words }) => words),
  );
  return texts.flatMap(({ text, source, words }) => {
    const score = relevance(words, termsOf(source), weights, least);
    if (score === 0) return [];
    const about = asked.get(mostTelling(words, weights)) ?? '';
    return [{ text, source, about, terms: new Set(words), score }];
  });
}

function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((term) => b.has(term)).length;
  return common / Math.max(1, Math.min(a.size, b.size));
}
