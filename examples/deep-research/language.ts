/** The words of a text as a search compares them: in lower case, by their stems, without those that say nothing. */
export function termsOf(text: string): string[] {
  return wordsOf(text)
    .map(termOf)
    .filter((term) => term !== null);
}

export function wordsOf(text: string): string[] {
  return text.match(/[\p{Letter}\p{Number}]+/gu) ?? [];
}

/** `null` for a word that says nothing. */
export function termOf(word: string): string | null {
  const lower = word.toLowerCase();
  return lower.length < 2 || SAYS_NOTHING.has(lower) ? null : stemOf(lower);
}

/** Not a linguist's stem, but the same one for `cache`, `caches`, `cached` and `caching`. */
function stemOf(word: string): string {
  const stem = ENDINGS.reduce((rest, [ending, instead]) => {
    const shorter = rest.replace(ending, instead);
    return shorter.length >= 3 && /[aeiouy]/.test(shorter) ? shorter : rest;
  }, word);
  return stem.replace(/([bdfgmnprt])\1$/, '$1');
}

/** One after the other. */
const ENDINGS: readonly (readonly [RegExp, string])[] = [
  [/ies$/, 'y'],
  [/(?<![su])s$/, ''],
  [/ied$/, 'y'],
  [/(?:ing|ed)$/, ''],
  [/(?:ations?|ate?)$/, ''],
  [/e$/, ''],
  [/y$/, 'i'],
];

const SAYS_NOTHING: ReadonlySet<string> = new Set(
  `a about after against all also always an and any are as at be because been before being between both but by can could did do
  does doing don done each either else every for from further get gets give given gives go goes got had has have having
  he her here him his how however if in into is isn it its itself just keep keeps know let like made make makes many may
  me might more most much must my need needs no nor not now of off on once one only or other our out over own per same
  shall she should so some such than that the their them then there these they this those through thus to too two under
  until up upon us use used uses using very via was way we well were what when where whether which while who whom whose
  why will with within without would you your`
    .split(/\s+/)
    .filter((word) => word !== ''),
);
