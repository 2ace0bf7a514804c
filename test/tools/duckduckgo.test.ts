import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { DefinitionError, NonRetryableError } from '../../src/plan/errors.js';
import { createDuckDuckGo, type DuckDuckGoOptions } from '../../src/tools/duckduckgo/tools.js';
import { duckDuckGoTools } from '../../src/tools/index.js';
import { call, failureOf } from './call.js';
import { send, serve, type Asked } from './server.js';

test('there is a tool for the web and one for the news, with what both take', () => {
  const tools = duckDuckGoTools();
  expect(tools.map(({ name }) => name)).toEqual(['duckduckgo_search', 'duckduckgo_news']);
  for (const { parameters } of tools) {
    expect(parameters).toMatchObject({
      type: 'object',
      properties: { query: { type: 'string' }, max_results: { type: 'integer', default: 5 } },
      required: ['query'],
    });
  }
});

describe('a search of the web', () => {
  test('gives the results, without advertisements, repetitions and links that lead nowhere', async () => {
    const duck = await duckDuckGo({ html: fixture('results.html') });
    expect(await duck.search({ query: 'cache eviction' })).toEqual([
      {
        title: 'Cache replacement policies - Wikipedia',
        url: 'https://en.wikipedia.org/wiki/Cache_replacement_policies',
        snippet:
          "In computing, cache replacement policies (also known as cache replacement algorithms) are optimizing instructions & algorithms which a program can use. It's one of the oldest <problems>.",
      },
      {
        title: 'Caching — a guide',
        url: 'https://caching.example/guide?a=1&b=2',
        snippet:
          'LRU, LFU and FIFO — which one evicts what? Unfortunately, bots use DuckDuckGo too, says one of the comments.',
      },
      {
        title: 'キャッシュの追い出し 🦆',
        url: 'https://ja.example/%E3%82%AD%E3%83%A3%E3%83%83%E3%82%B7%E3%83%A5',
        snippet: '',
      },
    ]);
  });

  test('sends the form that the page itself would', async () => {
    const duck = await duckDuckGo(
      { html: fixture('results.html') },
      { region: 'de-de', safeSearch: 'strict' },
    );
    await duck.search({ query: '  "a + b" & <ü> ' });
    const [{ method, path, headers, body }] = duck.asked as [Asked];
    expect([method, path]).toEqual(['POST', '/html/']);
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(headers['user-agent']).toBe('Mozilla/5.0 (compatible; outlast)');
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      ...{ q: '"a + b" & <ü>', b: '', kl: 'de-de', kp: '1' },
    });
  });

  test('gives no more results than the model asks for, and than the definition allows', async () => {
    const html = pageOf(Array.from({ length: 9 }, (_, at) => `https://a.example/${at}`));
    const lengths = async (options: DuckDuckGoOptions, args: object): Promise<number> => {
      const duck = await duckDuckGo({ html }, options);
      return ((await duck.search({ query: 'a', ...args })) as unknown[]).length;
    };
    expect(await lengths({}, {})).toBe(5);
    expect(await lengths({}, { max_results: 2 })).toBe(2);
    expect(await lengths({}, { max_results: 50 })).toBe(9);
    expect(await lengths({ maxResults: 3 }, { max_results: 50 })).toBe(3);
    expect(await lengths({ maxResults: 3 }, {})).toBe(3);
  });

  test('that finds nothing gives an empty list', async () => {
    const duck = await duckDuckGo({ html: fixture('no-results.html') });
    expect(await duck.search({ query: 'qzxv wkjh 8f3a' })).toEqual([]);
  });

  test('that finds nothing but advertisements gives an empty list', async () => {
    const html = `<div class="result result--ad"><a class="result__a" href="https://ad.example">Ad</a></div>`;
    expect(await (await duckDuckGo({ html })).search({ query: 'a' })).toEqual([]);
  });

  test('cuts what is too long for a title or a snippet, but never within a character', async () => {
    const html = pageOf(['https://a.example'], { title: '🦆'.repeat(3_000) });
    const [{ title }] = (await (await duckDuckGo({ html })).search({ query: 'a' })) as [
      { title: string },
    ];
    expect(title).toMatch(/^(?:🦆){499}…$/u);
  });

  test('is not held up by tags that nest without end', async () => {
    const html = `${pageOf(['https://a.example'])}${'<b>'.repeat(600_000)}`;
    const began = performance.now();
    expect(await (await duckDuckGo({ html })).search({ query: 'a' })).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('a search of the web fails at once, and says that it is blocked,', () => {
  test.each([
    ['by the page with the challenge', 202, fixture('challenge.html')],
    ['by that page with the status of results', 200, fixture('challenge.html')],
    ['by a status', 403, 'Forbidden'],
  ])('%s', async (_, status, html) => {
    const duck = await duckDuckGo({ html, status });
    const error = await failureOf(duck.search({ query: 'a' }));
    expect(error).toBeInstanceOf(NonRetryableError);
    expect(error.message).toMatch(/^DuckDuckGo takes this worker for a bot .* by another tool\.$/);
    expect(duck.asked).toHaveLength(1);
  });
});

describe('a search of the web may be tried again', () => {
  test('after a limit, with the time that it is asked to wait', async () => {
    const duck = await duckDuckGo({ html: '', status: 429, headers: { 'Retry-After': '37' } });
    expect(await retryableOf(duck.search({ query: 'a' }))).toBe(
      'DuckDuckGo limits how often it is searched (status 429). It asks to wait 37 s.',
    );
  });

  test('after a limit whose end is a date', async () => {
    const date = new Date(Date.now() + 90_000).toUTCString();
    const duck = await duckDuckGo({ html: '', status: 429, headers: { 'Retry-After': date } });
    expect(await retryableOf(duck.search({ query: 'a' }))).toMatch(/ wait (?:8[89]|9[01]) s\.$/);
  });

  test.each([
    ['a fault of the server', '', 503, 'DuckDuckGo answered with status 503.'],
    ['a page of other markup', changedMarkup(), 200, /is none of results\. .* update outlast\.$/],
    ['an empty page', '', 200, /is none of results/],
    ['bytes that are no page', '\u0000\ufffd<<<&&#;"\'', 200, /is none of results/],
  ])('after %s', async (_, html, status, message) => {
    const duck = await duckDuckGo({ html, status });
    expect(await retryableOf(duck.search({ query: 'a' }))).toMatch(message);
  });
});

test('a status that says that the request is at fault is not asked for again', async () => {
  const duck = await duckDuckGo({ html: '', status: 400 });
  const error = await failureOf(duck.search({ query: 'a' }));
  expect(error).toBeInstanceOf(NonRetryableError);
  expect(error.message).toBe('DuckDuckGo answered with status 400.');
});

describe('a search of the news', () => {
  test('gives the articles as plain text, with date and source', async () => {
    const duck = await duckDuckGo({});
    expect(await duck.news({ query: 'temporal' })).toEqual([
      {
        title: 'Temporal raises a round',
        url: 'https://news.example/temporal-raises',
        snippet:
          "The company behind the Temporal server said on Monday that it's raising money & hiring.",
        date: '2025-11-24T16:00:00.000Z',
        source: 'Example Wire',
      },
      {
        title: 'Durable by design',
        url: 'https://blatt.example/durable',
        snippet: 'Why workflows outlast their processes.',
        date: null,
        source: 'Blatt für Züge',
      },
    ]);
  });

  test('takes the token of the front page along', async () => {
    const duck = await duckDuckGo({}, { region: 'us-en', safeSearch: 'off' });
    await duck.news({ query: 'a & b' });
    const [front, news] = duck.asked as [Asked, Asked];
    expect([front.path, front.query.get('q')]).toEqual(['/', 'a & b']);
    expect([news.method, news.path]).toEqual(['GET', '/news.js']);
    expect(Object.fromEntries(news.query)).toMatchObject({
      ...{ q: 'a & b', l: 'us-en', p: '-2', o: 'json' },
      vqd: '4-311375186313982536164001360192674118004',
    });
  });

  test.each([
    ['in quotes', `vqd="4-12"`],
    ['in other quotes', `vqd='4-12'`],
    ['in an address', `?q=a&vqd=4-12&p=`],
  ])('finds a token %s', async (_, home) => {
    const duck = await duckDuckGo({ home });
    await duck.news({ query: 'a' });
    expect(duck.asked[1]?.query.get('vqd')).toBe('4-12');
  });

  test('that finds nothing gives an empty list', async () => {
    const duck = await duckDuckGo({ news: '{"results":[],"query":"a"}' });
    expect(await duck.news({ query: 'a' })).toEqual([]);
  });

  test.each([
    ['no token', { home: '<html></html>' }, /gave no token for its news/],
    ['an answer that is no JSON', { news: '<html></html>' }, /is no list of news/],
    ['JSON of another form', { news: '{"items":[]}' }, /is no list of news/],
    ['articles of another form', { news: '{"results":[{"headline":"a"}]}' }, /is no list of news/],
  ])('says what is wrong: %s', async (_, answers, message) => {
    const duck = await duckDuckGo(answers);
    expect(await retryableOf(duck.news({ query: 'a' }))).toMatch(message);
  });

  test.each([
    ['by the front page', { home: fixture('challenge.html') }],
    ['by the news', { news: 'DDG.deep.anomalyDetectionBlock({"cc":"botnet"})' }],
  ])('says that it is blocked %s', async (_, answers) => {
    const duck = await duckDuckGo(answers);
    expect(await failureOf(duck.news({ query: 'a' }))).toBeInstanceOf(NonRetryableError);
  });
});

test.each([
  ['', /query/],
  ['a'.repeat(500), /query/],
])('the query %o goes back to the model', async (query, faults) => {
  const duck = await duckDuckGo({});
  await expect(duck.search({ query })).rejects.toThrow(faults);
  expect(duck.asked).toEqual([]);
});

test.each<[unknown, string]>([
  [{ maxResults: 0 }, 'duckDuckGoTools: `maxResults` must be an integer from 1, got 0'],
  [{ region: 'Germany' }, "`region` must be a region of DuckDuckGo's, such as 'us-en', got \"Germ"],
  [{ safeSearch: 'on' }, "`safeSearch` must be 'strict' or 'moderate' or 'off', got \"on\""],
  [{ timeout: 'soon' }, '`timeout` must be a positive number of milliseconds'],
  [{ max_results: 3 }, '`max_results` must be spelled `maxResults`'],
  [{ proxy: 'a' }, 'must have no option `proxy`'],
  ['us-en', 'must be given an object of options'],
])('the options %j are refused', (options, message) => {
  expect(() => duckDuckGoTools(options as DuckDuckGoOptions)).toThrow(DefinitionError);
  expect(() => duckDuckGoTools(options as DuckDuckGoOptions)).toThrow(message);
});

interface Answers {
  readonly html?: string;
  readonly home?: string;
  readonly news?: string;
  readonly status?: number;
  readonly headers?: Record<string, string>;
}

/** The tools, with a server that answers as DuckDuckGo does. */
async function duckDuckGo(answers: Answers, options: DuckDuckGoOptions = {}) {
  const { status = 200, headers = {} } = answers;
  const pages: Readonly<Record<string, (response: ServerResponse) => void>> = {
    '/html/': (response) => {
      send(response, answers.html ?? '', { status, headers });
    },
    '/': (response) => {
      send(response, answers.home ?? fixture('home.html'));
    },
    '/news.js': (response) => {
      send(response, answers.news ?? fixture('news.json'));
    },
  };
  const { url, asked } = await serve((response, { path }) => {
    pages[path]?.(response);
  });
  const [search, news] = createDuckDuckGo(options, {
    html: new URL('/html/', url),
    home: url,
    news: new URL('/news.js', url),
  });
  return {
    asked,
    search: (args: Record<string, string>) => call(search, args),
    news: (args: Record<string, string>) => call(news, args),
  };
}

/** The message of a failure after which a call is tried again. */
async function retryableOf(promise: Promise<unknown>): Promise<string> {
  const error = await failureOf(promise);
  expect(error).not.toBeInstanceOf(NonRetryableError);
  return error.message;
}

function pageOf(urls: readonly string[], { title = 'A title' } = {}): string {
  const results = urls.map(
    (url) =>
      `<div class="result web-result"><h2><a class="result__a" href="${url}">${title}</a></h2></div>`,
  );
  return `<div id="links" class="results">${results.join('')}</div>`;
}

/** Results as they are, but their links under another name. */
function changedMarkup(): string {
  return fixture('results.html').replaceAll('result__a', 'result__link');
}

function fixture(name: string): string {
  return readFileSync(path.join(import.meta.dirname, 'fixtures', name), 'utf8');
}
