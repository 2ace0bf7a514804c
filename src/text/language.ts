/** The words of a text as a search compares them: without accents, by their stems, without those that say nothing. */
export function termsOf(text: string): string[] {
  return wordsOf(text)
    .map(termOf)
    .filter((term) => term !== null);
}

/** The words of a text, without accents. */
export function wordsOf(text: string): string[] {
  const bare = text.normalize('NFKD').replace(ACCENTS, '').normalize('NFC');
  return (bare.match(WORD) ?? []).flatMap(partsOf);
}

/** What a search compares: lower case, by its stem; `null` for a word that says nothing. */
export function termOf(word: string): string | null {
  const lower = word.toLowerCase();
  // Encoded bytes, say.
  if (lower.length > MAX_TERM) return null;
  if (lower.length < 2 && !WITHOUT_SPACES.test(lower) && !/\p{Number}/u.test(lower)) return null;
  return SAYS_NOTHING.has(lower) ? null : stemOf(lower);
}

const MAX_TERM = 80;

/** Of Latin, Greek and Cyrillic letters, which people leave out. */
const ACCENTS = /[\u0300-\u036f]/g;
const WORD = /[\p{Letter}\p{Mark}\p{Number}]+/gu;

/** Scripts that set no spaces between words. */
const SCRIPTS =
  '\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}';
const WITHOUT_SPACES = new RegExp(`[${SCRIPTS}]`, 'u');
const RUN = new RegExp(`[${SCRIPTS}\\p{Mark}]+|[^${SCRIPTS}]+`, 'gu');

/** Every two neighbours of a run without spaces stand for the words in it. */
function partsOf(word: string): string[] {
  if (!WITHOUT_SPACES.test(word)) return [word];
  return (word.match(RUN) ?? []).flatMap((run) => {
    const characters = Array.from(run);
    if (characters.length < 3 || !WITHOUT_SPACES.test(run)) return [run];
    return characters.slice(1).map((character, at) => `${characters[at] ?? ''}${character}`);
  });
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
