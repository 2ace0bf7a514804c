import { z } from 'zod';
import { withoutTags } from '../text.js';
import { ask, blocked, WHO, type Search } from './ask.js';
import type { Listed } from './page.js';

/** A piece of news, as it is listed. */
export interface ListedNews extends Listed {
  /** When it was published, in UTC: `2026-11-24T08:30:00.000Z`; `null` where that isn't said. */
  readonly date: string | null;
  /** Who published it. */
  readonly source: string;
}

/**
 * The latest news, some thirty, best first. It takes two requests: DuckDuckGo gives news for a token that stands in the
 * page of the same search.
 *
 * @throws as `ask`; Error for an answer that is none of news.
 */
export async function searchNews(query: string, search: Search): Promise<readonly ListedNews[]> {
  const vqd = await tokenFor(query, search);
  const url = withQuery(search.addresses.news, {
    ...{ l: search.region, o: 'json', noamp: '1', q: query, vqd },
    p: search.safeSearch,
  });
  const referer = search.addresses.home.href;
  const text = await ask({ url, headers: { accept: '*/*', referer } }, search.signal);
  const items = itemsOf(text);
  const listed = items.flatMap((item) => listedOf(item) ?? []);
  if (items.length > 0 && listed.length === 0) throw changed();
  return listed;
}

async function tokenFor(query: string, { addresses, signal }: Search): Promise<string> {
  const url = withQuery(addresses.home, { q: query, iar: 'news', ia: 'news' });
  const page = await ask({ url, headers: { accept: 'text/html' } }, signal);
  const token = /\bvqd=(?:"([\w-]+)"|'([\w-]+)'|([\w-]+)&)/.exec(page)?.slice(1).find(Boolean);
  if (token !== undefined) return token;
  if (CHALLENGE.test(page)) throw blocked();
  throw new Error(
    `${WHO} gave no token for its news. If that stays so, its pages have changed: update outlast.`,
  );
}

function itemsOf(text: string): readonly unknown[] {
  const answer = answerSchema.safeParse(jsonOf(text));
  if (answer.success) return answer.data.results;
  throw CHALLENGE.test(text) ? blocked() : changed();
}

/** `undefined` for what is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const CHALLENGE = /anomaly/i;

const answerSchema = z.object({ results: z.array(z.unknown()) });

const itemSchema = z.object({
  title: z.string(),
  url: z.url({ protocol: /^https?$/ }),
  excerpt: z.string().catch(''),
  /** In seconds. */
  date: z.number().nullable().catch(null),
  source: z.string().catch(''),
});

function listedOf(item: unknown): ListedNews | null {
  const { success, data } = itemSchema.safeParse(item);
  if (!success) return null;
  return {
    title: withoutTags(data.title),
    url: data.url,
    snippet: withoutTags(data.excerpt),
    date: dateOf(data.date),
    source: withoutTags(data.source),
  };
}

function dateOf(seconds: number | null): string | null {
  const date = new Date((seconds ?? NaN) * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function changed(): Error {
  return new Error(
    `${WHO} answered with something that is no list of news. If that stays so, its answers have changed: update outlast.`,
  );
}

function withQuery(address: URL, fields: Record<string, string>): URL {
  const url = new URL(address);
  url.search = String(new URLSearchParams(fields));
  return url;
}
