import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Models } from '../../../src/activities/models/models.js';
import { askOpenAI } from '../../../src/activities/models/openai.js';
import { customModel } from '../../../src/definition/custom-model.js';
import { fallback } from '../../../src/definition/fallback.js';
import { mistral, openaiCompatible } from '../../../src/definition/model.js';
import { ModelError } from '../../../src/plan/model-error.js';
import type { Model, ModelAnswer, ModelDelta } from '../../../src/plan/model.js';
import { type ScriptedTurn } from '../../../src/testing/index.js';
import { scripted } from '../../support/scripted.js';

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`;
}

/** A server that streams these lines. */
function streaming(lines: readonly string[]): Promise<string> {
  return served((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.end(lines.join('\n'));
  });
}

/** The lines of chunks, each with a choice that has such a delta. */
function deltas(...all: readonly object[]): string[] {
  return all.map((delta) => `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}`);
}

const END = [
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}`,
  'data: [DONE]',
];

interface Asked {
  readonly model?: Model;
  readonly signal?: AbortSignal;
}

async function ask(
  baseURL: string,
  {
    model = openaiCompatible({ baseURL, id: 'm' }),
    signal = new AbortController().signal,
  }: Asked = {},
): Promise<{ readonly answer: ModelAnswer; readonly told: readonly ModelDelta[] }> {
  const told: ModelDelta[] = [];
  const request = {
    model,
    messages: [{ role: 'user', text: 'Hello' }],
    tools: [],
    output: null,
  } as const;
  const access = { baseURL, apiKey: null, apiKeyEnv: null, query: {} };
  const answer = await askOpenAI(request, access, signal, (delta) => told.push(delta));
  return { answer, told };
}

async function failure(baseURL: string): Promise<ModelError> {
  const error: unknown = await ask(baseURL).catch((reason: unknown) => reason);
  if (error instanceof ModelError) return error;
  throw new Error('it did not fail so', { cause: error });
}

/** What an answer comes to that isn't streamed. */
async function unstreamed(baseURL: string): Promise<unknown> {
  const model = openaiCompatible({ baseURL, id: 'm' });
  const request = {
    model,
    messages: [{ role: 'user', text: 'Hello' }],
    tools: [],
    output: null,
  } as const;
  const access = { baseURL, apiKey: null, apiKeyEnv: null, query: {} };
  return outcome(askOpenAI(request, access, new AbortController().signal));
}

function outcome(answer: Promise<ModelAnswer>): Promise<unknown> {
  return answer.catch((error: unknown) => {
    if (!(error instanceof ModelError)) throw error;
    return [error.code, error.retry, error.retryAfter, error.message];
  });
}

const calls = [
  { name: 'clock', arguments: { zone: 'Europe/Lisbon', format: 'é' } },
  { name: 'clock', arguments: '{broken' },
  { name: 'f', arguments: '' },
];

test.each<[string, ScriptedTurn]>([
  ['a text', 'One two\nthree. 🐝'],
  ['calls', { calls }],
  ['a text with calls', { text: 'Let me see.', calls }],
  ['a text that the limit cuts', { text: 'One mu', finish: 'length' }],
  ['a call that the limit cuts', { calls: [calls[1]!], finish: 'length' }],
  ['a refusal', { refusal: "I can't." }],
  ['nothing', { text: '' }],
  ['what a filter cuts', { text: 'One must', finish: 'content_filter' }],
  ['a rate limit', { status: 429, retryAfter: 7 }],
  ['a wrong key', { status: 401, message: 'who are you' }],
])('a stream comes to what an answer at once does: %s', async (_, turn) => {
  const { baseURL } = await scripted([turn, turn]);
  const streamed = await outcome(ask(baseURL).then(({ answer }) => answer));
  const ids = (text: string): string => text.replaceAll('call_1_', 'call_2_');
  expect(ids(JSON.stringify(streamed))).toBe(JSON.stringify(await unstreamed(baseURL)));
});

test('it is told as it comes: thoughts, text, and tools when they begin', async () => {
  const model = await scripted([{ reasoning: 'Hm, so.', text: 'Let me see.', calls }]);
  const { told, answer } = await ask(model.baseURL);
  expect(told).toEqual([
    ...['Hm, ', 'so.'].map((text) => ({ kind: 'reasoning', text })),
    ...['Let ', 'me ', 'see.'].map((text) => ({ kind: 'text', text })),
    ...['clock', 'clock', 'f'].map((name) => ({ kind: 'tool', name })),
  ]);
  expect(answer).toMatchObject({ text: 'Let me see.', usage: { input: 10, output: 5 } });
  expect(model.requests[0]?.body).toMatchObject({
    ...{ stream: true, stream_options: { include_usage: true } },
  });
});

test('of Mistral the usage is not asked for', async () => {
  const model = await scripted(['fine']);
  await ask(model.baseURL, { model: mistral('m') });
  expect(model.requests[0]?.body).toHaveProperty('stream', true);
  expect(model.requests[0]?.body).not.toHaveProperty('stream_options');
});

describe('a server may', () => {
  test.each<[string, readonly object[], ModelDelta[], string]>([
    [
      'tell of thoughts under another name',
      [{ reasoning: 'Hm.' }, { reasoning: null, content: 'a' }],
      [
        { kind: 'reasoning', text: 'Hm.' },
        { kind: 'text', text: 'a' },
      ],
      'a',
    ],
    [
      'send texts in parts, thoughts among them',
      [
        { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] }] },
        { content: [{ type: 'text', text: 'a' }] },
        { content: 'b' },
      ],
      [
        { kind: 'reasoning', text: 'Hm.' },
        { kind: 'text', text: 'a' },
        { kind: 'text', text: 'b' },
      ],
      'ab',
    ],
  ])('%s', async (_, sent, told, text) => {
    const came = await ask(await streaming([...deltas(...sent), ...END]));
    expect(came).toMatchObject({ told, answer: { text } });
  });

  const piece = (fields: object, of: object): object => ({
    tool_calls: [{ ...fields, function: of }],
  });

  test.each<[string, readonly object[]]>([
    [
      'number them',
      [
        piece({ index: 0, id: 'x' }, { name: 'f', arguments: '' }),
        piece({ index: 1, id: 'y' }, { name: 'g', arguments: '{"b"' }),
        piece({ index: 0 }, { arguments: '{"a":1}' }),
        piece({ index: 1 }, { arguments: ':2}' }),
      ],
    ],
    [
      'number all of them 0',
      [
        piece({ index: 0, id: 'x' }, { name: 'f', arguments: '{"a":1}' }),
        piece({ index: 0, id: 'y' }, { name: 'g', arguments: '{"b":2}' }),
      ],
    ],
    [
      'number none',
      [
        piece({ id: 'x' }, { name: 'f', arguments: '{"a":1}' }),
        piece({ id: 'y' }, { name: 'g', arguments: { b: 2 } }),
      ],
    ],
    [
      'repeat their names',
      [
        piece({ index: 0, id: 'x' }, { name: 'f', arguments: '{"a"' }),
        piece({ index: 0, id: 'x' }, { name: 'f', arguments: ':1}' }),
        piece({ index: 1, id: 'y' }, { name: 'g', arguments: '{"b":2}' }),
        piece({ index: 1, id: '' }, { name: '', arguments: null }),
      ],
    ],
  ])('%s: calls of tools', async (_, sent) => {
    const { answer, told } = await ask(await streaming([...deltas(...sent), ...END]));
    expect(answer.calls).toEqual([
      { id: 'x', name: 'f', arguments: '{"a":1}' },
      { id: 'y', name: 'g', arguments: '{"b":2}' },
    ]);
    expect(told.map((delta) => 'name' in delta && delta.name)).toEqual(['f', 'g']);
  });

  test('cut its stream anywhere: in a line, in a character', async () => {
    const lines = [...deltas({ content: 'a 🐝' }, { content: ' é' }), ...END];
    const url = await served((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      void (async () => {
        for (const byte of Buffer.from(lines.join('\r\n\r\n'))) {
          response.write(Buffer.of(byte));
          await new Promise(setImmediate);
        }
        response.end();
      })();
    });
    expect((await ask(url)).answer.text).toBe('a 🐝 é');
  });

  test('say that it is at work, tell the usage as it goes, and say nothing of the end but why', async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 4 };
    const last = { choices: [{ delta: { content: 'b' }, finish_reason: 'stop' }], usage };
    const url = await streaming([
      ...[': at work', '', 'event: message', ...deltas({ role: 'assistant', content: 'a' })],
      ...['', `data: ${JSON.stringify({ ...last, x: 1 })}`, ''],
    ]);
    const { answer } = await ask(url);
    expect(answer).toEqual({ text: 'ab', calls: [], usage: { input: 3, output: 4 } });
  });

  test('not know how to stream, and answer at once', async () => {
    const url = await served((_, response) => {
      const body = { choices: [{ message: { content: 'at once' } }] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    expect(await ask(url)).toMatchObject({ told: [], answer: { text: 'at once' } });
  });

  test.each([
    [400, 'Your organization must be verified to stream this model.'],
    [422, '[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]'],
  ])(
    'refuse to stream with status %i: it is asked for its answer at once, and from then on',
    async (status, message) => {
      const model = await scripted([{ status, message }, 'at once', 'again']);
      expect((await ask(model.baseURL)).answer.text).toBe('at once');
      expect((await ask(model.baseURL)).answer.text).toBe('again');
      expect(model.requests.map(({ body }) => body['stream'] === true)).toEqual([
        true,
        false,
        false,
      ]);
    },
  );
});

describe('a stream that', () => {
  test.each<[string, ScriptedTurn]>([
    ['is cut', { cut: true, text: 'half an' }],
    ['is cut before its first word', { cut: true }],
  ])('%s is an outage', async (_, turn) => {
    const { baseURL } = await scripted([turn]);
    const error = await failure(baseURL);
    expect(error).toMatchObject({ code: 'MODEL_UNAVAILABLE', retry: true });
    expect(error.message).toContain(`m at ${baseURL} breaks off its answer: `);
  });

  test('ends without an end is an outage as well', async () => {
    const error = await failure(await streaming(deltas({ content: 'half an' })));
    expect(error).toMatchObject({ code: 'MODEL_UNAVAILABLE', retry: true });
    expect(error.message).toMatch(/breaks off its answer: its stream has no end$/);
  });

  test('tells of a failure is that failure', async () => {
    const error = { error: { code: 429, message: 'busy' } };
    const lines = [...deltas({ content: 'half an' }), `data: ${JSON.stringify(error)}`];
    expect(await failure(await streaming(lines))).toMatchObject({
      ...{ code: 'MODEL_RATE_LIMITED', message: expect.stringContaining('busy') },
    });
  });

  test('holds what is no JSON, or no completion, is invalid', async () => {
    const { baseURL } = await scripted([{ garbage: '<html>' }]);
    const invalid = { code: 'MODEL_ANSWER_INVALID', retry: true };
    expect(await failure(baseURL)).toMatchObject(invalid);
    expect(await failure(await streaming(['data: {"a":1}', 'data: [DONE]']))).toMatchObject(
      invalid,
    );
    expect(await failure(await streaming(['data: null', 'data: [DONE]']))).toMatchObject(invalid);
  });

  test('a signal ends has its connection closed', async () => {
    const abort = new AbortController();
    let closed: Promise<unknown> = Promise.reject(new Error('nobody asked'));
    closed.catch(() => undefined);
    const url = await served((_, response) => {
      closed = once(response, 'close');
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`${deltas({ content: 'a' }).join('')}\n\n`, () => {
        setImmediate(() => {
          abort.abort(new Error('enough'));
        });
      });
    });
    await expect(ask(url, { signal: abort.signal })).rejects.not.toBeInstanceOf(ModelError);
    await closed;
  });
});

test('of a fallback it is told which model begins', async () => {
  const [one, two] = [await scripted([{ cut: true, text: 'half an' }]), await scripted(['whole'])];
  const first = openaiCompatible({ baseURL: one.baseURL, id: 'first' });
  const models = new Models({ env: {}, trustedBaseURLs: [], providers: new Map() });
  const told: unknown[] = [];
  await models.answer(
    { model: fallback(first, two.model), messages: [], tools: [], output: null },
    new AbortController().signal,
    (delta) => told.push(delta),
    (model) => told.push(model),
  );
  expect(told).toEqual([
    'openai-compatible/first',
    ...['half ', 'an'].map((text) => ({ kind: 'text', text })),
    'openai-compatible/scripted',
    { kind: 'text', text: 'whole' },
  ]);
});

test("of a provider of the user's what is in due form is told", async () => {
  const acme = {
    answer: async (_: unknown, __: unknown, tell?: (delta: ModelDelta) => void) => {
      tell?.({ kind: 'text', text: 'No' });
      for (const none of [null, 'on', { kind: 'text' }, { kind: 'tool', text: 'x' }, { text: 'x' }])
        tell?.(none as never);
      tell?.({ kind: 'tool', name: 'clock' });
      return { text: 'No', calls: [], usage: null };
    },
  };
  const models = new Models({
    ...{ env: {}, trustedBaseURLs: [], providers: new Map([['acme', acme]]) },
  });
  const told: unknown[] = [];
  const model = customModel({ provider: 'acme', id: 'small' });
  const signal = new AbortController().signal;
  await models.answer({ model, messages: [], tools: [], output: null }, signal, (delta) =>
    told.push(delta),
  );
  expect(told).toEqual([
    { kind: 'text', text: 'No' },
    { kind: 'tool', name: 'clock' },
  ]);
});
