import { z } from 'zod';
import { Check } from '../../definition/check.js';
import { tool, type Tool } from '../../definition/tool.js';
import type { Duration } from '../../plan/duration.js';
import type { StepContext } from '../../plan/executor.js';
import { DEFAULT_TIMEOUT, within } from '../bounded-fetch.js';
import { MAX_LISTED_TEXT, MAX_LISTED_URL, resultsLimit } from '../results.js';
import { cut } from '../text.js';
import { WHO, type Addresses, type Search } from './ask.js';
import { searchNews } from './news.js';
import type { Listed } from './page.js';
import { searchWeb } from './web.js';

/** How {@link duckDuckGoTools} searches. */
export interface DuckDuckGoOptions {
  /**
   * Results of a search at most; the model asks for as many as it wants up to that, and has 5 if it doesn't say. There
   * are some 10 on the web and some 30 in the news, for only first pages are read.
   * @default 10
   */
  readonly maxResults?: number;
  /**
   * Country and language, as DuckDuckGo writes them: `'us-en'`, `'de-de'`, `'fr-fr'`.
   * @default 'wt-wt', which is all
   */
  readonly region?: string;
  /**
   * What is left out for its content.
   * @default 'moderate'
   */
  readonly safeSearch?: 'strict' | 'moderate' | 'off';
  /**
   * For each search, all of its requests together; at most 24 days.
   * @default '15 seconds'
   */
  readonly timeout?: Duration;
}

/**
 * Two tools that search DuckDuckGo, without a key: `duckduckgo_search` the web, `duckduckgo_news` the news. Both take a
 * `query` and `max_results`, and give a list of `{ title, url, snippet }`, the news with `date` and `source` as well.
 * They read pages that are made for people: DuckDuckGo blocks who asks often, and may change its pages.
 *
 * @throws DefinitionError
 */
export function duckDuckGoTools(options: DuckDuckGoOptions = {}): readonly Tool[] {
  return createDuckDuckGo(options, {
    html: new URL('https://html.duckduckgo.com/html/'),
    home: new URL('https://duckduckgo.com/'),
    news: new URL('https://duckduckgo.com/news.js'),
  });
}

/** The same with DuckDuckGo elsewhere. */
export function createDuckDuckGo(
  options: DuckDuckGoOptions,
  addresses: Addresses,
): readonly Tool[] {
  const check = new Check('duckDuckGoTools');
  check.known(options, ['maxResults', 'region', 'safeSearch', 'timeout']);
  const limit = resultsLimit(check, options.maxResults);
  const region = options.region ?? 'wt-wt';
  if (typeof region !== 'string' || !/^[a-z]{2}-[a-z]{2,3}$/.test(region))
    check.fail('region', "be a region of DuckDuckGo's, such as 'us-en'", region);
  const safe = check.oneOf('safeSearch', options.safeSearch ?? 'moderate', SAFE_SEARCHES);
  const timeout = check.duration('timeout', options.timeout ?? DEFAULT_TIMEOUT);
  const parameters = z.object({
    query: z
      .string()
      .trim()
      .min(1)
      .max(MAX_QUERY)
      .describe('What to search for, as one types it into a search engine.'),
    max_results: limit.parameter,
  });

  const searching =
    <Result extends Listed>(
      search: (query: string, search: Search) => Promise<readonly Result[]>,
    ) =>
    async ({ query, max_results }: z.output<typeof parameters>, { signal }: StepContext) => {
      const results = await within({ who: WHO, timeout, outer: signal }, (signal) =>
        search(query, { addresses, region, safeSearch: SAFE_SEARCH[safe], signal }),
      );
      return limit.of(distinct(results), max_results).map(bounded);
    };

  return Object.freeze([
    tool({
      name: 'duckduckgo_search',
      description:
        'Searches the web with DuckDuckGo. Gives a list of pages: title, url, and a snippet of the text.',
      parameters,
      execute: searching(searchWeb),
    }),
    tool({
      name: 'duckduckgo_news',
      description:
        'Searches the latest news with DuckDuckGo. Gives a list of articles: title, url, a snippet of the text, date, and source.',
      parameters,
      execute: searching(searchNews),
    }),
  ]);
}

const SAFE_SEARCHES = ['strict', 'moderate', 'off'] as const;
const SAFE_SEARCH = { strict: '1', moderate: '-1', off: '-2' } as const;

/** DuckDuckGo takes no longer ones. */
const MAX_QUERY = 499;

function distinct<Result extends Listed>(results: readonly Result[]): Result[] {
  const byAddress = new Map<string, Result>();
  for (const result of results) {
    if (result.url.length <= MAX_LISTED_URL && !byAddress.has(result.url))
      byAddress.set(result.url, result);
  }
  return [...byAddress.values()];
}

function bounded<Result extends Listed>(result: Result): Result {
  return {
    ...result,
    title: cut(result.title, MAX_LISTED_TEXT),
    snippet: cut(result.snippet, MAX_LISTED_TEXT),
  };
}
