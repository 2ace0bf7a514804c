/** What each of the topic's terms counts: what many of the excerpts have tells them apart least. */
export function weightsOf(
  topic: readonly string[],
  excerpts: readonly (readonly string[])[],
): ReadonlyMap<string, number> {
  const weight = (term: string): number => {
    const having = excerpts.filter((words) => words.some((word) => means(word, term))).length;
    return Math.log(1 + (excerpts.length - having + 0.5) / (having + 0.5));
  };
  return new Map(topic.map((term) => [term, weight(term)]));
}

/**
 * As BM25 has it, with a part of it for a term that only the headings have. 0 for what is beside the topic: less than
 * `least` of its terms stand in text and headings together, or none in the text.
 */
export function relevance(
  words: readonly string[],
  title: readonly string[],
  weights: ReadonlyMap<string, number>,
  least: number,
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
  return inText > 0 && covered >= least ? score * Math.sqrt(covered / weights.size) : 0;
}

/** The term that counts most of those that the text has. */
export function mostTelling(
  words: readonly string[],
  weights: ReadonlyMap<string, number>,
): string {
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
