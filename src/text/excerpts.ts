/** Longer ones are left out. */
const MAX_LENGTH = 420;

/** A paragraph's sentences, each with those after it that can't be understood without it. */
export function excerptsOf(paragraph: string): string[] {
  const excerpts: string[] = [];
  const sentences = sentencesOf(paragraph);
  for (let first = 0; first < sentences.length; first++) {
    let text = sentences[first] ?? '';
    for (let next = first + 1; LEANS_ON_WHAT_IS_BEFORE.test(sentences[next] ?? ''); next++) {
      const longer = `${text} ${sentences[next] ?? ''}`;
      if (longer.length > MAX_LENGTH) break;
      text = longer;
      first = next;
    }
    if (isReadable(text)) excerpts.push(text);
  }
  return excerpts;
}

/** How sentences begin that need the one before them to be understood. */
const LEANS_ON_WHAT_IS_BEFORE = new RegExp(
  `^\\(|^(?:${[
    'this|that|these|those|it|its|they|their|he|she|such|both',
    'so|then|thus|hence|therefore|however|but|and|or|also|otherwise|instead|similarly|again',
    'in (?:this|that|such|these|addition)|for (?:this|that|example|instance)',
    'to (?:accomplish|do|avoid) (?:this|that|so)|by (?:doing|default)|as a result',
    'when (?:they|it|this|that)|if (?:it|they|so|not|this)|once (?:it|they|this)',
    'note|additionally|furthermore',
  ].join('|')})\\b`,
  'i',
);

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

function sentencesOf(paragraph: string): string[] {
  const sentences: string[] = [];
  for (const { segment } of segmenter.segment(paragraph)) {
    const last = sentences.at(-1);
    if (last !== undefined && /\b(?:e\.g|i\.e|etc|vs|cf)\.\s*$/.test(last)) {
      sentences[sentences.length - 1] = last + segment;
    } else sentences.push(segment);
  }
  return sentences.map((sentence) => sentence.trim()).filter((sentence) => sentence !== '');
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
