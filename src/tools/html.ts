import { parseHtml } from './parse-html.js';
import { inLine } from './text.js';
import { Outline, type Section } from './outline.js';

/**
 * Reads HTML as a browser without styles would show it. A page's title is its first heading. `link` says what stands
 * behind a link's text, of its `href`.
 */
export function htmlSections(
  html: string,
  link: (href: string) => string = () => '',
): readonly Section[] {
  const outline = new Outline();
  let text = '';
  /** Open elements whose text isn't the page's, or is code. */
  let silent = 0;
  let code = 0;
  /** Behind the text of the link that is open. */
  let behind = '';

  const end = (): void => {
    const part = code > 0 ? text.replace(/^\n+|\s+$/g, '') : inLine(text);
    text = '';
    outline.part(part);
  };
  parseHtml(html, {
    open: (name, { href }) => {
      if (SILENT.has(name)) silent++;
      if (BREAKS.has(name)) end();
      if (name === 'pre') code++;
      if (name === 'a' && href !== undefined) behind = link(href);
      if (CELLS.has(name) && text.trim() !== '') text += ' | ';
    },
    text: (part) => {
      if (silent === 0) text += part;
    },
    close: (name) => {
      if (name === 'a') {
        if (silent === 0 && text.trim() !== '') text += behind;
        behind = '';
      }
      if (SILENT.has(name)) silent--;
      const depth = HEADINGS.get(name);
      if (depth !== undefined) {
        outline.heading(depth, inLine(text));
        text = '';
      } else if (BREAKS.has(name)) end();
      if (name === 'pre') code--;
    },
  });
  end();
  return outline.sections();
}

const SILENT: ReadonlySet<string> = new Set(['script', 'style', 'template', 'svg', 'nav']);

const HEADINGS: ReadonlyMap<string, number> = new Map([
  ['title', 1],
  ...[1, 2, 3, 4, 5, 6].map((depth) => [`h${String(depth)}`, depth] as const),
]);

const CELLS: ReadonlySet<string> = new Set(['td', 'th']);

/** Elements that begin a line of their own. */
const BREAKS: ReadonlySet<string> = new Set([
  ...['address', 'article', 'aside', 'blockquote', 'body', 'br', 'caption', 'dd', 'details', 'div'],
  ...['dl', 'dt', 'figcaption', 'figure', 'footer', 'form', 'head', 'header', 'hr', 'html', 'li'],
  ...['main', 'nav', 'ol', 'option', 'p', 'pre', 'section', 'summary', 'table', 'tr', 'ul'],
  ...HEADINGS.keys(),
]);
