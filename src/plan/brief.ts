/** Characters that a summary has room for: Temporal takes 400 bytes. */
const BRIEF = 100;

/** The beginning of a text, in one line. Never half a character: that is no UTF-8, and can't be sent. */
export function brief(text: string): string {
  const line = text
    .slice(0, 10 * BRIEF)
    .replace(/\s+/g, ' ')
    .trim();
  const cut = line.length > BRIEF ? `${line.slice(0, BRIEF)}…` : line;
  return cut.replace(/\p{Surrogate}/gu, '\ufffd');
}
