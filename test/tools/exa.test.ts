import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DefinitionError, NonRetryableError } from '../../src/plan/errors.js';
import { createExa, type ExaOptions } from '../../src/tools/exa/tools.js';
import { exaTools } from '../../src/tools/index.js';
import { call, failureOf } from './call.js';
import { send, serve, type Asked } from './server.js';

const KEY = 'b7c1d9e0-1234-4abc-8def-0123456789ab';

beforeEach(() => {
  vi.stubEnv('EXA_API_KEY', KEY);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

test('there is a tool that searches and one that reads pages', () => {
  const [search, contents] = exaTools();
  expect(search).toMatchObject({ name: 'exa_search', parameters: { required: ['query'] } });
  expect(contents).toMatchObject({ name: 'exa_get_contents', parameters: { required: ['urls'] } });
});

describe('a search', () => {
  test('gives pages with the passages that say most', async () => {
    const exa = await exaAt(FOUND);
    expect(await exa.search({ query: 'durable execution' })).toEqual([
      {
        title: 'What is durable execution?',
        url: 'https://temporal.example/durable',
        snippet: 'Durable execution outlasts failures. … State is kept by the server.',
        date: '2026-03-01T00:00:00.000Z',
        author: 'A. Writer',
      },
      { title: '', url: 'https://b.example/', snippet: '', date: null, author: null },
    ]);
  });

  test('asks as the SDK does, with the key of the environment', async () => {
    const exa = await exaAt(FOUND, {
      includeDomains: ['a.example'],
      excludeDomains: ['b.example'],
    });
    await exa.search({ query: ' durable execution ', max_results: 3 });
    const [{ method, path, headers, body }] = exa.asked as [Asked];
    expect([method, path, headers['x-api-key']]).toEqual(['POST', '/search', KEY]);
    expect(JSON.parse(body)).toEqual({
      query: 'durable execution',
      numResults: 3,
      contents: { highlights: true },
      includeDomains: ['a.example'],
      excludeDomains: ['b.example'],
    });
  });

  test('asks for no more results than the definition allows, and gives no more', async () => {
    const exa = await exaAt(FOUND, { maxResults: 1 });
    expect(await exa.search({ query: 'a', max_results: 50 })).toHaveLength(1);
    expect(JSON.parse(exa.asked[0]?.body ?? '')).toMatchObject({ numResults: 1 });
  });

  test('that finds nothing gives an empty list', async () => {
    const exa = await exaAt({ requestId: 'r', results: [] });
    expect(await exa.search({ query: 'a' })).toEqual([]);
  });

  test('cuts passages that are too long', async () => {
    const exa = await exaAt({
      results: [{ url: 'https://a.example', highlights: ['a'.repeat(9_000)] }],
    });
    const [{ snippet }] = (await exa.search({ query: 'a' })) as [{ snippet: string }];
    expect(snippet).toHaveLength(4_000);
  });

  test.each([
    ['that is no JSON', '<html></html>', "isn't JSON"],
    ['of another form', '{"hits":[]}', 'is no list of results'],
    ['that is nothing', '', "isn't JSON"],
  ])('may be tried again after an answer %s', async (_, answer, message) => {
    const error = await failureOf((await exaAt(answer)).search({ query: 'a' }));
    expect(error).not.toBeInstanceOf(NonRetryableError);
    expect(error.message).toBe(`Exa answered with something that ${message}.`);
  });
});

describe('the contents of pages', () => {
  test('come as text, with what became of the others', async () => {
    const exa = await exaAt(
      {
        requestId: 'r',
        results: [
          { id: 'a', url: 'https://a.example/', title: 'A', text: 'Some text. '.repeat(9) },
        ],
        statuses: [
          { id: 'https://a.example/', status: 'success', source: 'cached' },
          {
            id: 'https://gone.example/',
            status: 'error',
            error: { tag: 'CRAWL_NOT_FOUND', httpStatusCode: 404 },
          },
        ],
      },
      { maxCharacters: 20 },
    );
    const urls = ['https://a.example/', 'https://gone.example/'];
    expect(await exa.contents({ urls })).toEqual([
      { title: 'A', url: 'https://a.example/', text: 'Some text. Some tex…' },
      { url: 'https://gone.example/', error: 'CRAWL_NOT_FOUND' },
    ]);
    expect(exa.asked[0]?.path).toBe('/contents');
    expect(JSON.parse(exa.asked[0]?.body ?? '')).toEqual({ urls, text: { maxCharacters: 20 } });
  });

  test.each([
    [['file:///etc/passwd']],
    [['not an address']],
    [[]],
    [Array(11).fill('https://a.b')],
  ])('the addresses %j go back to the model', async (urls) => {
    const exa = await exaAt({ results: [] });
    await expect(exa.contents({ urls })).rejects.toThrow(/urls/);
    expect(exa.asked).toEqual([]);
  });
});

test.each([
  [400, '{"error":"numResults is too large"}', false, 'refuses the request (status 400): numRes'],
  [401, '{"error":{"message":"Invalid"}}', false, 'refuses the key in EXA_API_KEY on the worker'],
  [402, '{"message":"No credits"}', false, 'credits are used up (status 402): No credits'],
  [403, 'Forbidden', false, "doesn't allow this with the key in EXA_API_KEY on the worker (status"],
  [429, '{"error":"Slow down"}', true, 'limits how often it is asked (status 429): Slow down It'],
  [500, '<html>', true, 'Exa failed (status 500).'],
  [503, 'null', true, 'Exa failed (status 503).'],
])('the status %i, with %s, may be tried again: %s', async (status, body, retry, message) => {
  const exa = await exaAt(body, {}, { status, headers: { 'retry-after': '5' } });
  const error = await failureOf(exa.search({ query: 'a' }));
  expect(error.message).toContain(message);
  expect(error.message).toMatch(/ It asks to wait 5 s\.$/);
  expect(error instanceof NonRetryableError).toBe(!retry);
});

describe('the key', () => {
  test('is read when a tool is called', async () => {
    vi.stubEnv('EXA_API_KEY', undefined);
    const exa = await exaAt(FOUND);
    vi.stubEnv('EXA_API_KEY', ' another-key\n');
    await exa.search({ query: 'a' });
    expect(exa.asked[0]?.headers['x-api-key']).toBe('another-key');
  });

  test.each([undefined, '', '  '])('is missed when it is %o', async (key) => {
    vi.stubEnv('EXA_API_KEY', key);
    const exa = await exaAt(FOUND);
    const error = await failureOf(exa.search({ query: 'a' }));
    expect(error).toBeInstanceOf(NonRetryableError);
    expect(error.message).toBe('Exa needs a key: set EXA_API_KEY on the worker.');
    expect(exa.asked).toEqual([]);
  });

  test('that can be no header is refused without being named', async () => {
    vi.stubEnv('EXA_API_KEY', 'secret\r\nkey');
    const error = await failureOf((await exaAt(FOUND)).search({ query: 'a' }));
    expect(error.message).toBe('EXA_API_KEY on the worker holds characters that no key has.');
    expect(told(error)).not.toContain('secret');
  });

  test.each([
    [401, JSON.stringify({ error: `Invalid API key: ${KEY}` })],
    [500, JSON.stringify({ error: { message: `${KEY}${KEY}` } })],
  ])('stands in no error, though Exa (status %i) repeats it', async (status, body) => {
    const exa = await exaAt(body, {}, { status });
    const error = await failureOf(exa.search({ query: 'a' }));
    expect(error.message).toContain('[key]');
    expect(told(error)).not.toContain(KEY);
  });

  test('stands in no result, though Exa repeats it', async () => {
    const exa = await exaAt({ results: [{ url: 'https://a.example', title: `Key ${KEY}` }] });
    expect(await exa.search({ query: 'a' })).toMatchObject([{ title: 'Key [key]' }]);
  });
});

test.each<[unknown, string]>([
  [{ maxResults: 1.5 }, 'exaTools: `maxResults` must be an integer from 1, got 1.5'],
  [{ includeDomains: 'a.example' }, '`includeDomains` must be a list of strings'],
  [{ excludeDomains: [''] }, '`excludeDomains[0]` must be a string that is not empty'],
  [{ maxCharacters: 0 }, '`maxCharacters` must be an integer from 1'],
  [{ timeout: -1 }, '`timeout` must be a positive number'],
  [{ apiKey: 'a' }, 'must have no option `apiKey`'],
])('the options %j are refused', (options, message) => {
  expect(() => exaTools(options as ExaOptions)).toThrow(DefinitionError);
  expect(() => exaTools(options as ExaOptions)).toThrow(message);
});

const FOUND = {
  requestId: 'b5947044c4b78efa9552a7c89b306d95',
  resolvedSearchType: 'neural',
  results: [
    {
      id: 'https://temporal.example/durable',
      title: 'What is  durable execution?',
      url: 'https://temporal.example/durable',
      publishedDate: '2026-03-01T00:00:00.000Z',
      author: 'A. Writer',
      score: 0.46,
      image: 'https://temporal.example/a.png',
      highlights: ['Durable execution\noutlasts failures.', 'State is kept by the server.'],
      highlightScores: [0.7, 0.6],
    },
    { id: 'https://b.example/', title: null, url: 'https://b.example/', publishedDate: null },
  ],
  costDollars: { total: 0.005 },
};

/** The tools, with a server that answers as Exa does. */
async function exaAt(
  answer: unknown,
  options: ExaOptions = {},
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
) {
  const body = typeof answer === 'string' ? answer : JSON.stringify(answer);
  const { url, asked } = await serve((response) => {
    send(response, body, { status, headers: { 'content-type': 'application/json', ...headers } });
  });
  const [search, contents] = createExa(options, url.origin);
  return {
    asked,
    search: (args: Parameters<typeof call>[1]) => call(search, args),
    contents: (args: Parameters<typeof call>[1]) => call(contents, args),
  };
}

/** All that may get to a log or a history of an error. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const fields = Object.entries(error).map((entry) => String(entry));
  return [error.name, error.message, error.stack, ...fields, told(error.cause)].join('\n');
}
