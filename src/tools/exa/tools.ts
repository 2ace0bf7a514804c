import { z } from 'zod';
import { Check } from '../../definition/check.js';
import { tool, type Tool } from '../../definition/tool.js';
import type { Duration } from '../../plan/duration.js';
import type { StepContext } from '../../plan/executor.js';
import { DEFAULT_TIMEOUT, within } from '../bounded-fetch.js';
import { MAX_LISTED_TEXT, MAX_LISTED_URL, resultsLimit } from '../results.js';
import { cut, inLine } from '../text.js';
import { exaClient, WHO } from './client.js';

/** How {@link exaTools} searches. */
export interface ExaOptions {
  /**
   * Results of a search at most; the model asks for as many as it wants up to that, and has 5 if it doesn't say. Exa's
   * own limit is that of the account.
   * @default 10
   */
  readonly maxResults?: number;
  /**
   * Only pages of these domains are found: `'arxiv.org'`.
   * @default all
   */
  readonly includeDomains?: readonly string[];
  /**
   * No page of these domains is found.
   * @default none
   */
  readonly excludeDomains?: readonly string[];
  /**
   * Characters of each page that `exa_get_contents` gives.
   * @default 5,000
   */
  readonly maxCharacters?: number;
  /**
   * For each call; at most 24 days.
   * @default '15 seconds'
   */
  readonly timeout?: Duration;
}

/**
 * Two tools of the search engine Exa, by its SDK `exa-js`, which has to be installed beside outlast, and with the key in
 * the worker's `EXA_API_KEY`. `exa_search` takes a `query` and `max_results`, and gives a list of
 * `{ title, url, snippet, date, author }`; `exa_get_contents` takes `urls`, and gives a list of `{ title, url, text }`,
 * or `{ url, error }` for a page that can't be had.
 *
 * @throws DefinitionError
 */
export function exaTools(options: ExaOptions = {}): readonly Tool[] {
  return createExa(options, 'https://api.exa.ai');
}

/** The same with Exa elsewhere. */
export function createExa(options: ExaOptions, baseURL: string): readonly Tool[] {
  const check = new Check('exaTools');
  check.known(options, KNOWN);
  const limit = resultsLimit(check, options.maxResults);
  const domains = {
    ...domainsOf(check, 'includeDomains', options),
    ...domainsOf(check, 'excludeDomains', options),
  };
  const maxCharacters = check.integer('maxCharacters', options.maxCharacters ?? 5_000, 1);
  const timeout = check.duration('timeout', options.timeout ?? DEFAULT_TIMEOUT);
  const bounded = <T>({ signal }: StepContext, work: (signal: AbortSignal) => Promise<T>) =>
    within({ who: WHO, timeout, outer: signal }, work);

  const search = tool({
    name: 'exa_search',
    description:
      'Searches the web with Exa, by meaning. Gives a list of pages: title, url, the passages that say most about the query, date, and author.',
    parameters: z.object({
      query: z
        .string()
        .trim()
        .min(1)
        .max(MAX_QUERY)
        .describe('What to search for; a whole question or description is fine.'),
      max_results: limit.parameter,
    }),
    execute: ({ query, max_results }, context) =>
      bounded(context, async (signal) => {
        const exa = await exaClient(baseURL, signal);
        const numResults = Math.min(max_results, limit.limit);
        const answer = await exa.search(query, {
          ...domains,
          numResults,
          contents: { highlights: true },
        });
        return limit.of(parsed(answer).results, numResults).map(listedOf);
      }),
  });

  const getContents = tool({
    name: 'exa_get_contents',
    description: 'Reads web pages with Exa. Gives the text of each.',
    parameters: z.object({
      urls: z
        .array(z.url({ protocol: /^https?$/ }).max(MAX_LISTED_URL))
        .min(1)
        .max(MAX_PAGES)
        .describe(`The addresses of the pages, at most ${String(MAX_PAGES)}.`),
    }),
    execute: ({ urls }, context) =>
      bounded(context, async (signal) => {
        const exa = await exaClient(baseURL, signal);
        const answer = parsed(await exa.getContents(urls, { text: { maxCharacters } }));
        const pages = answer.results.map(({ title, url, text }) => ({
          title: inLine(title ?? ''),
          url,
          text: cut(text ?? '', maxCharacters),
        }));
        return [...pages, ...answer.statuses.flatMap((status) => failureOf(status) ?? [])];
      }),
  });
  return Object.freeze([search, getContents]);
}

const KNOWN = [
  ...['maxResults', 'includeDomains', 'excludeDomains', 'maxCharacters', 'timeout'],
] as const satisfies readonly (keyof ExaOptions)[];

const MAX_QUERY = 2_000;
const MAX_PAGES = 10;

type Domains = { readonly [option in 'includeDomains' | 'excludeDomains']?: string[] };

function domainsOf(check: Check, option: keyof Domains, options: ExaOptions): Domains {
  const domains = options[option];
  return domains === undefined ? {} : { [option]: [...check.texts(option, domains)] };
}

const answerSchema = z.object({
  results: z.array(
    z.object({
      title: z.string().nullish(),
      url: z.string(),
      publishedDate: z.string().nullish(),
      author: z.string().nullish(),
      highlights: z.array(z.string()).nullish(),
      text: z.string().nullish(),
    }),
  ),
  statuses: z
    .array(
      z.object({
        id: z.string(),
        status: z.string(),
        error: z.object({ tag: z.string() }).nullish().catch(null),
      }),
    )
    .catch([]),
});

type ExaAnswer = z.output<typeof answerSchema>;

/** The SDK's types are a promise that nobody checks. */
function parsed(answer: unknown): ExaAnswer {
  const { success, data } = answerSchema.safeParse(answer);
  if (success) return data;
  throw new Error(`${WHO} answered with something that is no list of results.`);
}

function listedOf(result: ExaAnswer['results'][number]): Record<string, string | null> {
  return {
    title: cut(inLine(result.title ?? ''), MAX_LISTED_TEXT),
    url: result.url,
    snippet: cut((result.highlights ?? []).map(inLine).join(' … '), MAX_SNIPPET),
    date: result.publishedDate ?? null,
    author: result.author ?? null,
  };
}

/** Exa's passages are longer than other snippets, and it chooses how many they are. */
const MAX_SNIPPET = 4_000;

/** `null` for a page that came. */
function failureOf({
  id,
  status,
  error,
}: ExaAnswer['statuses'][number]): { readonly url: string; readonly error: string } | null {
  return status === 'success' ? null : { url: id, error: error?.tag ?? status };
}
