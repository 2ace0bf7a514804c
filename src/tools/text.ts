import { parseHtml } from './parse-html.js';

/** In one line, and as UTF-8 can have it. */
export function inLine(text: string): string {
  return wellFormed(text.replace(/\s+/g, ' ').trim());
}

/** As UTF-8 can have it. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** Not longer than `max` characters, and never with half of one at its end. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A line of HTML without its tags and entities. */
export function withoutTags(html: string): string {
  let text = '';
  parseHtml(html, {
    text: (part) => {
      text += part;
    },
  });
  return inLine(text);
}
