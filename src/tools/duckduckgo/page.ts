import { parseHtml } from '../parse-html.js';
import { inLine } from '../text.js';

/** A result, as the page has it. */
export interface Listed {
  readonly title: string;
  readonly url: string;
  readonly snippet: string;
}

/** What a page of html.duckduckgo.com is. */
export type Page =
  | { readonly kind: 'results'; readonly results: readonly Listed[] }
  | { readonly kind: 'no results' }
  /** It wants to see a human. */
  | { readonly kind: 'challenge' }
  /** Nothing that is known here. */
  | { readonly kind: 'unknown' };

/** Tells what a page is by its elements alone: what the text of a result says can't make it anything else. */
export function readPage(html: string): Page {
  const results: Listed[] = [];
  const seen = { challenge: false, none: false, advertisements: 0, entries: 0 };
  let result: (Draft & { readonly depth: number }) | null = null;
  let part: { readonly name: 'title' | 'snippet'; readonly depth: number } | null = null;

  parseHtml(html, {
    open: (_, attributes, depth) => {
      const classes = (attributes['class'] ?? '').split(/\s+/);
      const has = (name: string): boolean => classes.includes(name);
      seen.challenge ||= isOfChallenge(attributes, classes);
      seen.none ||= has('no-results') || has('result--no-result');
      if (has('result--ad')) {
        seen.advertisements++;
      } else if (has('result') && !has('result--no-result')) {
        seen.entries++;
        result = { depth, title: '', snippet: '', address: '' };
      } else if (result !== null && part === null && has('result__a')) {
        part = { name: 'title', depth };
        result.address = attributes['href'] ?? '';
      } else if (result !== null && part === null && has('result__snippet')) {
        part = { name: 'snippet', depth };
      }
    },
    text: (text) => {
      if (result !== null && part !== null) result[part.name] += text;
    },
    close: (_, depth) => {
      if (part?.depth === depth) part = null;
      if (result?.depth === depth) {
        const listed = listedOf(result);
        if (listed !== null) results.push(listed);
        result = null;
      }
    },
  });

  if (seen.challenge) return { kind: 'challenge' };
  if (results.length > 0) return { kind: 'results', results };
  const isEmpty = seen.none || (seen.advertisements > 0 && seen.entries === 0);
  return { kind: isEmpty ? 'no results' : 'unknown' };
}

interface Draft {
  title: string;
  snippet: string;
  address: string;
}

function isOfChallenge(
  { id, action = '' }: Readonly<Record<string, string>>,
  classes: readonly string[],
): boolean {
  return (
    id === 'challenge-form' ||
    action.includes('/anomaly.js') ||
    classes.some((name) => name.startsWith('anomaly-modal'))
  );
}

/** `null` for what is no result: an advertisement, a piece of the page's own. */
function listedOf({ title, snippet, address }: Draft): Listed | null {
  const url = targetOf(address);
  const titled = inLine(title);
  return url === null || titled === '' ? null : { title: titled, url, snippet: inLine(snippet) };
}

/** Where a link leads: it may go by way of DuckDuckGo's own redirect, `//duckduckgo.com/l/?uddg=…`. */
function targetOf(address: string): string | null {
  if (!URL.canParse(address, BASE)) return null;
  const url = new URL(address, BASE);
  if (!/^https?:$/.test(url.protocol)) return null;
  if (!/(?:^|\.)duckduckgo\.com$/.test(url.hostname)) return url.href;
  const target = url.pathname.startsWith('/l/') ? url.searchParams.get('uddg') : null;
  if (target !== null) return targetOf(target);
  return url.pathname === '/y.js' ? null : url.href;
}

const BASE = 'https://html.duckduckgo.com/';
