/** The three trivial functions that every engine here calls: what is measured is what stands around them. */

/** @param {string} text */
export async function trim(text) {
  return text.trim();
}

/** @param {string} text */
export async function upper(text) {
  return text.toUpperCase();
}

/** @param {string} text */
export async function exclaim(text) {
  return `${text}!`;
}
