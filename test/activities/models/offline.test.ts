import { describe, expect, test } from 'vitest';
import { answerOffline } from '../../../src/activities/models/offline.js';
import { offline } from '../../../src/definition/model.js';
import type { Json } from '../../../src/plan/json.js';
import type { Message, ModelAnswer, ToolDescription } from '../../../src/plan/model.js';

const SEARCH: ToolDescription = {
  ...{ name: 'search_documents', description: 'Searches.' },
  parameters: {
    type: 'object',
    properties: { query: { type: 'string' }, limit: { type: 'number', default: 5 } },
    required: ['query'],
  },
};

const CACHES = [
  {
    document: 'cache.md',
    heading: 'Expiry',
    text: 'A cache expires its entries after the configured lifetime unless readers refresh them before the deadline.',
  },
  {
    document: 'proxy.md',
    text: 'Response headers of the origin server decide when entries in the shared cache expire.',
  },
];
const WHALES = [
  { url: 'https://whales.test/blue', text: 'Blue whales migrate north to cold waters in spring.' },
];
const CACHE_QUESTION = 'How do cache entries expire?';
const WHALE_QUESTION = 'When do blue whales migrate north?';
const WHAT_IT_IS = /picked by outlast's offline model: no language model has read or written this/;

function asked(
  prompt: string,
  { system = '', tools = [], found }: Partial<Asked> = {},
): ModelAnswer {
  const messages: Message[] = [];
  if (system !== '') messages.push({ role: 'system', text: system });
  messages.push({ role: 'user', text: prompt });
  if (found !== undefined) {
    const call = { id: 'call_1', name: SEARCH.name, arguments: '{}' };
    messages.push({ role: 'assistant', text: '', calls: [call] });
    const text = typeof found === 'string' ? found : JSON.stringify(found);
    messages.push({ role: 'tool', request: 'call_1', text });
  }
  return answerOffline({ model: offline(), messages, tools, output: null });
}

interface Asked {
  readonly system: string;
  readonly tools: readonly ToolDescription[];
  readonly found: Json;
}

function notes(question: string, found: Json, system?: string): string {
  return asked(question, { tools: [SEARCH], found, ...(system !== undefined && { system }) }).text;
}

describe('with a search tool it', () => {
  test('searches for the question, and for what its instructions look for', () => {
    const { text, calls } = asked(CACHE_QUESTION, { tools: [SEARCH], system: 'Find benchmarks.' });
    expect(text).toBe('');
    const queries = calls.map((call) => JSON.parse(call.arguments) as unknown);
    expect(queries).toEqual([
      { query: CACHE_QUESTION },
      { query: expect.stringMatching(/^How do cache entries expire\? .*benchmark/) },
    ]);
    expect(calls.map(({ name }) => name)).toEqual([SEARCH.name, SEARCH.name]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
  });

  test('searches once without instructions', () => {
    expect(asked(CACHE_QUESTION, { tools: [SEARCH] }).calls).toHaveLength(1);
  });

  test('answers once it has been told something', () => {
    const { calls } = asked(CACHE_QUESTION, { tools: [SEARCH], found: CACHES });
    expect(calls).toEqual([]);
  });

  test('leaves tools alone that want more than a query, or none', () => {
    const { parameters } = SEARCH;
    const wantsMore = { ...SEARCH, parameters: { ...parameters, required: ['query', 'index'] } };
    const wantsNone = { ...SEARCH, parameters: { type: 'object', properties: {} } };
    expect(asked(CACHE_QUESTION, { tools: [wantsMore, wantsNone] }).calls).toEqual([]);
    const { calls } = asked(CACHE_QUESTION, { tools: [wantsNone, { ...SEARCH, name: 'other' }] });
    expect(calls[0]?.name).toBe('other');
  });
});

describe('its notes', () => {
  test('are the same each time', () => {
    expect(notes(CACHE_QUESTION, CACHES)).toBe(notes(CACHE_QUESTION, CACHES));
  });

  test('follow from the question, and from the documents', () => {
    const both = [...CACHES, ...WHALES];
    expect(notes(CACHE_QUESTION, both)).toContain('A cache expires its entries');
    expect(notes(CACHE_QUESTION, both)).not.toContain('whales');
    expect(notes(WHALE_QUESTION, both)).toContain('Blue whales migrate north');
    expect(notes(CACHE_QUESTION, CACHES.slice(1))).not.toBe(notes(CACHE_QUESTION, CACHES));
  });

  test('cite each document that they list, and list each that they cite', () => {
    const text = notes(CACHE_QUESTION, [...CACHES, ...WHALES]);
    const [body = '', list = ''] = text.split('**Sources**');
    const cited = [...body.matchAll(/ \[(\d+)\]$/gm)].map(([, number]) => number);
    const listed = [...list.matchAll(/^(\d+)\. (.+)$/gm)];
    expect(new Set(cited)).toEqual(new Set(listed.map(([, number]) => number)));
    expect(listed.map(([, , source]) => source).sort()).toEqual(['cache.md: Expiry', 'proxy.md']);
  });

  test('put each sentence beside its own document', () => {
    const text = notes(WHALE_QUESTION, WHALES);
    expect(text).toContain('- Blue whales migrate north to cold waters in spring. [1]');
    expect(text).toContain('1. https://whales.test/blue');
  });

  test('begin with the question, say what wrote them, and have a title where a report is wanted', () => {
    expect(notes(CACHE_QUESTION, CACHES)).toMatch(/^\*\*Question:\*\* How do cache entries expire/);
    expect(notes(CACHE_QUESTION, CACHES)).toMatch(WHAT_IT_IS);
    expect(notes(CACHE_QUESTION, CACHES, 'Write a report.')).toMatch(/^# Research report\n/);
  });

  test.each<[string, Json]>([
    ['nothing', []],
    ['what is beside the question', WHALES],
    ['an error', 'Error: the disk is gone'],
    ['what has no text', [{ document: 'a.md' }, 7, null]],
  ])('say so where %s was found, and list no sources', (_, found) => {
    const text = notes(CACHE_QUESTION, found);
    expect(text).toContain('Nothing that was found answers the question.');
    expect(text).not.toContain('**Sources**');
    expect(text).toMatch(WHAT_IT_IS);
  });
});

describe('without a search tool it', () => {
  test('joins the notes in its prompt, with their documents numbered anew', () => {
    const first = notes(CACHE_QUESTION, CACHES.slice(0, 1));
    const second = notes(CACHE_QUESTION, CACHES.slice(1));
    const prompt = `=== Web ===\n${first}\n\n=== Archive ===\n${second}`;
    const { text, calls } = asked(prompt, { system: 'Write the report.' });
    expect(calls).toEqual([]);
    expect(text).toContain(`**Question:** ${CACHE_QUESTION}`);
    const numberOf = (source: string): string =>
      new RegExp(`^(\\d)\\. ${source}`, 'm').exec(text)?.[1] ?? 'none';
    expect(text).toContain(`- ${CACHES[0]!.text} [${numberOf('cache.md: Expiry')}]`);
    expect(text).toContain(`- ${CACHES[1]!.text} [${numberOf('proxy.md')}]`);
    expect(numberOf('cache.md')).not.toBe(numberOf('proxy.md'));
  });

  test('takes a citation that its notes do not list for none', () => {
    const faulty = notes(WHALE_QUESTION, WHALES).replace('. [1]', '. [9]');
    expect(asked(faulty).text).not.toMatch(/\[\d\]|Sources/);
  });

  test('answers from a prompt without notes too, and cites nothing', () => {
    const { text } = asked(`${CACHE_QUESTION}\n${CACHES[0]!.text}`);
    expect(text).toContain(CACHES[0]!.text);
    expect(text).not.toContain('**Sources**');
    expect(text).toMatch(WHAT_IT_IS);
  });

  test('answers an empty prompt', () => {
    expect(asked('').text).toContain('Nothing that was found answers the question.');
  });
});
