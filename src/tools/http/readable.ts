import { htmlSections } from '../html.js';

/**
 * The text of a page: a heading in a line with `#`, a paragraph, item or row of a table in a line each. Behind the text of a
 * link stands its address.
 */
export function readableText(html: string, base: URL): string {
  const lines: string[] = [];
  let above: readonly string[] = [];
  for (const { headings, parts } of htmlSections(html, (href) => linked(href, base))) {
    for (const [depth, heading] of headings.entries()) {
      if (above[depth] !== heading) lines.push(`${'#'.repeat(depth + 1)} ${heading}`);
    }
    above = headings;
    lines.push(...parts);
  }
  return lines.join('\n');
}

/** Nothing for a place in the same page, and for what is no page. */
function linked(href: string, base: URL): string {
  if (href.startsWith('#') || !URL.canParse(href, base.href)) return '';
  const url = new URL(href, base);
  return /^https?:$/.test(url.protocol) ? ` (${url.href})` : '';
}
