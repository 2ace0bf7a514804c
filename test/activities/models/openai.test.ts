import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Access } from '../../../src/activities/models/access.js';
import { retryAfterOf } from '../../../src/activities/models/errors.js';
import { ModelError } from '../../../src/plan/model-error.js';
import { askOpenAI } from '../../../src/activities/models/openai.js';
import { azureOpenAI } from '../../../src/definition/azure-openai.js';
import { groq, mistral, openai, openaiCompatible } from '../../../src/definition/model.js';
import type { RunErrorCode } from '../../../src/plan/codes.js';
import type { Json } from '../../../src/plan/json.js';
import type { Message, Model, ModelAnswer, ModelRequest } from '../../../src/plan/model.js';
import { scripted } from '../../support/scripted.js';

const KEY = 'sk-very-secret-0123456789';
const HELLO: readonly Message[] = [{ role: 'user', text: 'Hello' }];

/** The address of a server that answers so. */
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

function answering(body: unknown): RequestListener {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}

interface Asked extends Partial<ModelRequest> {
  readonly apiKey?: string;
  readonly query?: Access['query'];
  readonly signal?: AbortSignal;
}

function ask(baseURL: string, asked: Asked = {}): Promise<ModelAnswer> {
  const { apiKey = null, query = {}, signal = new AbortController().signal, ...request } = asked;
  const access: Access = { baseURL, apiKey, apiKeyEnv: apiKey === null ? null : 'LLM_KEY', query };
  const model = openaiCompatible({ baseURL, id: 'm' });
  return askOpenAI({ model, messages: HELLO, tools: [], output: null, ...request }, access, signal);
}

async function failure(baseURL: string, asked?: Asked): Promise<ModelError> {
  const error: unknown = await ask(baseURL, asked).then(
    () => new Error('it answered'),
    (reason: unknown) => reason,
  );
  if (error instanceof ModelError) return error;
  throw error;
}

describe('a request', () => {
  test('holds the media that the protocol has a part for, behind the text', async () => {
    const model = await scripted(['seen', 'heard']);
    const media = {
      images: [
        { url: 'https://example.com/cat.png' },
        { data: 'aQ==', mimeType: 'image/png' },
        { data: 'cw==', mimeType: 'image/svg+xml' },
      ],
      videos: [{ url: 'https://example.com/cat.mp4' }],
      audio: [
        { data: 'dw==', mimeType: 'audio/x-wav' },
        { data: 'bQ==', mimeType: 'audio/mpeg' },
        { data: 'bw==', mimeType: 'audio/ogg' },
        { url: 'https://example.com/cat.mp3' },
      ],
      files: [
        { data: 'cA==', mimeType: 'application/pdf', name: 'cats.pdf' },
        { data: 'Yw==', mimeType: 'text/csv' },
        { url: 'https://example.com/cats.pdf', mimeType: 'application/pdf' },
      ],
    };
    const parts = [
      { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,aQ==' } },
      { type: 'input_audio', input_audio: { data: 'dw==', format: 'wav' } },
      { type: 'input_audio', input_audio: { data: 'bQ==', format: 'mp3' } },
      {
        type: 'file',
        file: { filename: 'cats.pdf', file_data: 'data:application/pdf;base64,cA==' },
      },
    ];
    await ask(model.baseURL, { messages: [{ role: 'user', text: 'Cats?', media }] });
    const content = [{ type: 'text', text: 'Cats?' }, ...parts];
    expect(model.requests[0]?.body['messages']).toEqual([{ role: 'user', content }]);
    expect(model.requests[0]?.messages).toEqual([
      { role: 'user', content: 'Cats?', parts: content },
    ]);

    const { videos } = media;
    await ask(model.baseURL, { messages: [{ role: 'user', text: 'Cats?', media: { videos } }] });
    expect(model.requests[1]?.body['messages']).toEqual([{ role: 'user', content: 'Cats?' }]);
  });

  test('holds the conversation in the form of the protocol', async () => {
    const model = await scripted(['fine']);
    const messages: readonly Message[] = [
      { role: 'system', text: 'Be brief.' },
      { role: 'user', text: 'How late is it?' },
      {
        ...{ role: 'assistant', text: '' },
        calls: [
          { id: 'a', name: 'clock', arguments: '{"zone":"UTC"}' },
          { id: 'b', name: 'clock', arguments: '' },
        ],
      },
      { role: 'tool', request: 'a', text: '12:00' },
      { role: 'tool', request: 'b', text: 'Error: no zone' },
      {
        role: 'assistant',
        text: 'Once more.',
        calls: [{ id: 'c', name: 'clock', arguments: '{' }],
      },
      { role: 'tool', request: 'c', text: 'Error: no JSON' },
      { role: 'assistant', text: 'Late.', calls: [] },
    ];
    const call = (id: string, args: string): Json => ({
      ...{ id, type: 'function', function: { name: 'clock', arguments: args } },
    });
    await ask(model.baseURL, { messages });
    expect(model.requests[0]).toMatchObject({ path: '/v1/chat/completions' });
    expect(model.requests[0]?.body).toEqual({
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'How late is it?' },
        {
          ...{ role: 'assistant', content: null },
          tool_calls: [call('a', '{"zone":"UTC"}'), call('b', '{}')],
        },
        { role: 'tool', tool_call_id: 'a', content: '12:00' },
        { role: 'tool', tool_call_id: 'b', content: 'Error: no zone' },
        { role: 'assistant', content: 'Once more.', tool_calls: [call('c', '{')] },
        { role: 'tool', tool_call_id: 'c', content: 'Error: no JSON' },
        { role: 'assistant', content: 'Late.' },
      ],
    });
  });

  test('describes the tools', async () => {
    const model = await scripted(['fine']);
    const clock = { name: 'clock', description: 'Tells the time.', parameters: { type: 'object' } };
    await ask(model.baseURL, { tools: [clock] });
    expect(model.requests[0]?.body['tools']).toEqual([{ type: 'function', function: clock }]);
  });

  const options = {
    ...{ temperature: 0, topP: 0.5, maxTokens: 7, seed: 0, stop: ['END'] },
    ...{ reasoningEffort: 'low', extra: { top_k: 3, seed: 9 } },
  };
  const sent = { temperature: 0, top_p: 0.5, seed: 9, stop: ['END'], reasoning_effort: 'low' };

  test.each<[Model, object]>([
    [openai('m', options), { ...sent, max_completion_tokens: 7, top_k: 3 }],
    [
      openaiCompatible({ baseURL: 'http://x.test', id: 'm', ...options }),
      { ...sent, max_tokens: 7, top_k: 3 },
    ],
    [groq('m', { maxTokens: 7 }), { max_completion_tokens: 7 }],
    [azureOpenAI({ deployment: 'm', maxTokens: 7 }), { max_completion_tokens: 7 }],
    [mistral('m', { maxTokens: 7, seed: 1 }), { max_tokens: 7, random_seed: 1 }],
  ])('has the options by the names of the protocol, and what is extra: %o', async (of, fields) => {
    const model = await scripted(['fine']);
    await ask(model.baseURL, { model: of });
    const { model: _id, messages: _messages, ...rest } = model.requests[0]!.body;
    expect(rest).toEqual(fields);
  });

  test('has the key, or no such header', async () => {
    const model = await scripted(['fine', 'fine']);
    await ask(model.baseURL, { apiKey: KEY });
    await ask(model.baseURL);
    expect(model.requests[0]?.headers['authorization']).toBe(`Bearer ${KEY}`);
    expect(model.requests[1]?.headers).not.toHaveProperty('authorization');
  });

  test("has Azure's key in a header of its own, and the version in the address", async () => {
    const model = await scripted(['fine', 'fine']);
    const asked = { model: azureOpenAI({ deployment: 'd' }), query: { 'api-version': '1' } };
    await ask(model.baseURL, { ...asked, apiKey: KEY });
    await ask(model.baseURL, asked);
    expect(model.requests[0]).toMatchObject({
      path: '/v1/chat/completions?api-version=1',
      headers: { 'api-key': KEY },
      body: { model: 'd' },
    });
    for (const { headers } of model.requests) expect(headers).not.toHaveProperty('authorization');
    expect(model.requests[1]?.headers).not.toHaveProperty('api-key');
  });

  test('has ids of tool calls that Mistral takes, the same for the call and its answer', async () => {
    const model = await scripted(['fine']);
    const call = (id: string): Message => ({
      ...{ role: 'assistant', text: '', calls: [{ id, name: 'f', arguments: '{}' }] },
    });
    const told = (request: string): Message => ({ role: 'tool', request, text: 'x' });
    const ids = ['call_1_1', 'call_1_2', 'aB3456789'];
    const messages = ids.flatMap((id) => [call(id), told(id)]);
    await ask(model.baseURL, { model: mistral('m'), messages });
    const sent = model.requests[0]!.messages.map(
      ({ tool_calls: calls, tool_call_id: id }) => id ?? calls![0]!.id,
    );
    expect(sent[0]).toMatch(/^[a-z0-9]{9}$/);
    expect(sent).toEqual([sent[0], sent[0], sent[2], sent[2], 'aB3456789', 'aB3456789']);
    expect(sent[2]).not.toBe(sent[0]);
  });

  test("tells others than OpenAI nothing of the environment's organisation", async () => {
    vi.stubEnv('OPENAI_ORG_ID', 'org-ours');
    vi.stubEnv('OPENAI_PROJECT_ID', 'proj-ours');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const model = await scripted(['fine', 'fine']);
    await ask(model.baseURL);
    await ask(model.baseURL, { model: openai('m') });
    expect(JSON.stringify(model.requests[0]?.headers)).not.toMatch(/-ours/);
    expect(model.requests[1]?.headers['openai-organization']).toBe('org-ours');
  });

  test('that is sent on to another host leaves the key behind', async () => {
    let headers: object = {};
    const other = await served((request, response) => {
      ({ headers } = request);
      answering({ choices: [{ message: { content: 'from there' } }] })(request, response);
    });
    const first = await served((_, response) => {
      response.writeHead(307, { location: `${other}/chat/completions` }).end();
    });
    expect((await ask(first, { apiKey: KEY })).text).toBe('from there');
    expect(headers).toHaveProperty('content-type');
    expect(JSON.stringify(headers)).not.toContain(KEY);
  });

  test('that has its key in a header of its own is sent on to nobody', async () => {
    let isAsked = false;
    const other = await served((request, response) => {
      isAsked = true;
      answering({ choices: [{ message: { content: 'from there' } }] })(request, response);
    });
    const first = await served((_, response) => {
      response.writeHead(307, { location: `${other}/chat/completions` }).end();
    });
    const model = azureOpenAI({ deployment: 'd' });
    expect(await failure(first, { model, apiKey: KEY })).toMatchObject({ retry: false });
    expect(isAsked).toBe(false);
  });
});

describe('an answer', () => {
  const message = (fields: object, more: object = {}): RequestListener =>
    answering({ choices: [{ message: fields }], ...more });

  test.each<[string, object, string]>([
    ['its content', { content: 'yes' }, 'yes'],
    [
      'parts, without what was thought',
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
          null,
        ],
      },
      'ab',
    ],
  ])('is the text of %s', async (_, fields, text) => {
    expect((await ask(await served(message(fields)))).text).toBe(text);
  });

  test.each<[string, object, object | null]>([
    ['is told', { usage: { prompt_tokens: 3, completion_tokens: 4 } }, { input: 3, output: 4 }],
    [
      'is told in detail',
      {
        usage: {
          ...{ prompt_tokens: 3, completion_tokens: 4 },
          prompt_tokens_details: { cached_tokens: 2 },
          completion_tokens_details: { reasoning_tokens: 0 },
        },
      },
      { input: 3, output: 4, cached: 2, reasoning: 0 },
    ],
    [
      'is told with details that are null',
      { usage: { prompt_tokens: 3, completion_tokens: 4, prompt_tokens_details: null } },
      { input: 3, output: 4 },
    ],
    ['is left out', {}, null],
    ['is null', { usage: null }, null],
    ['is told in part', { usage: { prompt_tokens: 3 } }, null],
  ])('has its usage where that %s', async (_, more, usage) => {
    expect((await ask(await served(message({ content: 'x' }, more)))).usage).toEqual(usage);
  });

  const call = (id: unknown): object => ({ id, function: { name: 'f', arguments: '{}' } });

  test.each<[string, readonly unknown[], readonly string[]]>([
    ['their own', ['x', 'y'], ['x', 'y']],
    ['new ones where one has none', ['call_1_2', undefined], ['call_1_1', 'call_1_2']],
    ['new ones where two have the same', ['x', 'x', 'y'], ['call_1_1', 'call_1_2', 'call_1_3']],
    ['new ones where they are empty', ['', ''], ['call_1_1', 'call_1_2']],
    ['new ones where they are no texts', [1, 2], ['call_1_1', 'call_1_2']],
  ])('asks for tools by ids that differ: %s', async (_, given, ids) => {
    const { calls } = await ask(await served(message({ tool_calls: given.map(call) })));
    expect(calls.map(({ id }) => id)).toEqual(ids);
  });

  test('asks for tools by ids that no earlier turn has', async () => {
    const url = await served(message({ tool_calls: [call('')] }));
    const [first] = (await ask(url)).calls;
    const turn: readonly Message[] = [
      { role: 'assistant', text: '', calls: [first!] },
      { role: 'tool', request: first!.id, text: 'x' },
    ];
    const [second] = (await ask(url, { messages: [...HELLO, ...turn] })).calls;
    expect(second?.id).not.toBe(first?.id);
  });

  test.each<[unknown, string]>([
    ['{"a":1}', '{"a":1}'],
    ['{"a', '{"a'],
    [{ a: 1 }, '{"a":1}'],
    [undefined, '{}'],
  ])('asks for a tool with the arguments as it wrote them: %o', async (given, text) => {
    const url = await served(
      message({ tool_calls: [{ function: { name: 'f', arguments: given } }] }),
    );
    expect((await ask(url)).calls[0]?.arguments).toBe(text);
  });

  const half = { id: 'x', function: { name: 'f', arguments: '{"a": "on' } };

  test.each<[string, object, string, RunErrorCode, boolean, RegExp]>([
    [
      ...['a refusal', { content: null, refusal: "I can't." }, 'stop'],
      ...['MODEL_ANSWER_REFUSED', false, /declines to answer: I can't\.$/],
    ] as const,
    [
      ...['nothing', { content: null }, 'stop'],
      ...['MODEL_ANSWER_EMPTY', true, /answers nothing \(finish_reason: stop\)$/],
    ] as const,
    [
      ...['an empty text', { content: ' \n', tool_calls: [] }, 'stop'],
      ...['MODEL_ANSWER_EMPTY', true, /answers nothing/],
    ] as const,
    [
      ...['nothing, for a reason', { content: '' }, 'MALFORMED_FUNCTION_CALL'],
      ...['MODEL_ANSWER_EMPTY', true, /MALFORMED_FUNCTION_CALL/],
    ] as const,
    [
      ...['nothing up to the limit', { content: '' }, 'length'],
      ...['MODEL_ANSWER_CUT', true, /before its text.*Raise `maxTokens`/],
    ] as const,
    [
      ...['a call that the limit cuts', { content: 'I look.', tool_calls: [half] }, 'model_length'],
      ...['MODEL_ANSWER_CUT', true, /within a call of a tool \(finish_reason: model_length\)/],
    ] as const,
    [
      ...['what a filter holds back', { content: null }, 'content_filter'],
      ...['MODEL_CONTENT_FILTERED', false, /finish_reason: content_filter/],
    ] as const,
    [
      ...['what a filter cuts', { content: 'One must' }, 'content_filter: SAFETY'],
      ...['MODEL_CONTENT_FILTERED', false, /SAFETY/],
    ] as const,
  ])('that is %s is none', async (_, fields, finish, code, retry, said) => {
    const choices = [{ message: fields, finish_reason: finish }];
    const error = await failure(await served(answering({ choices })));
    expect(error).toMatchObject({ code, retry });
    expect(error.message).toMatch(said);
  });

  test.each<[string, object, string]>([
    ['a text that the limit cuts', { content: 'One mu' }, 'length'],
    ['a whole call at the limit', { tool_calls: [call('x')] }, 'length'],
    ['a faulty call short of the limit', { tool_calls: [half] }, 'tool_calls'],
    ['a text of a server that gives no reason', { content: 'x' }, ''],
  ])('that is %s is one', async (_, fields, finish) => {
    const choices = [{ message: fields, finish_reason: finish === '' ? null : finish }];
    await ask(await served(answering({ choices })));
  });

  test.each<[object, RunErrorCode, boolean]>([
    [{ error: { code: 429, message: 'busy' } }, 'MODEL_RATE_LIMITED', true],
    [{ error: { code: 'server_error', message: 'busy' } }, 'MODEL_UNAVAILABLE', true],
    [{ error: 'busy' }, 'MODEL_UNAVAILABLE', true],
    [
      {
        choices: [
          {
            ...{ message: { content: 'half an' }, finish_reason: 'error' },
            error: { code: 502, message: 'busy' },
          },
        ],
      },
      'MODEL_UNAVAILABLE',
      true,
    ],
    [
      { error: { code: 400, message: 'busy', metadata: { raw: 'prompt is too long: 9 > 8' } } },
      'MODEL_CONTEXT_OVERFLOW',
      false,
    ],
  ])('that tells of a failure is that failure: %o', async (body, code, retry) => {
    const error = await failure(await served(answering(body)));
    expect(error).toMatchObject({ code, retry, message: expect.stringContaining('busy') });
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'busy'],
    ['no choices', {}],
    ['null for choices', { choices: null }],
    ['an empty list of choices', { choices: [] }],
    ['null for a choice', { choices: [null] }],
    ['null for a message', { choices: [{ message: null }] }],
    ['null for a tool call', { choices: [{ message: { tool_calls: [null] } }] }],
    ['a tool call of nothing', { choices: [{ message: { tool_calls: [{ function: null }] } }] }],
  ])('that is %s is invalid, and may be better next time', async (_, body) => {
    const error = await failure(await served(answering(body)));
    expect(error).toMatchObject({ code: 'MODEL_ANSWER_INVALID', retry: true });
  });

  test('that has no body is invalid', async () => {
    const url = await served((_, response) => {
      const headers = { 'content-type': 'application/json', 'content-length': '0' };
      response.writeHead(200, headers).end();
    });
    expect((await failure(url)).message).toBe(`m at ${url} answers what is no completion: null`);
  });

  test('that is no JSON is invalid', async () => {
    const { baseURL } = await scripted([{ garbage: '<html>' }]);
    const error = await failure(baseURL);
    expect(error).toMatchObject({ code: 'MODEL_ANSWER_INVALID', retry: true });
    expect(error.message).toContain(`m at ${baseURL} answers what is no JSON: `);
  });

  test('that breaks off is no fault of its form', async () => {
    const { baseURL } = await scripted([{ cut: true }]);
    const error = await failure(baseURL);
    expect(error).toMatchObject({ code: 'MODEL_UNAVAILABLE', retry: true });
    expect(error.message).toContain(`m at ${baseURL} breaks off its answer: `);
  });

  test.each([
    ['as it is', (text: string) => Buffer.from(text), undefined],
    ['packed', gzipSync, 'gzip'],
  ] as const)('that is huge is not read to its end: %s', async (_, packed, encoding) => {
    const text = JSON.stringify({
      choices: [{ message: { content: 'x'.repeat(40 * 1024 * 1024) } }],
    });
    const url = await served((_request, response) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        ...(encoding !== undefined && { 'content-encoding': encoding }),
      });
      response.end(packed(text));
    });
    const error = await failure(url);
    expect(error).toMatchObject({ code: 'MODEL_ANSWER_INVALID' });
    expect(error.message).toContain('answers too much: it takes more than 16777216 bytes');
  });
});

describe('an error of the provider', () => {
  test.each([
    [400, 'MODEL_REQUEST_REFUSED', false],
    [401, 'MODEL_KEY_INVALID', false],
    [403, 'MODEL_KEY_INVALID', false],
    [402, 'MODEL_QUOTA_EXHAUSTED', false],
    [404, 'MODEL_UNKNOWN', false],
    [408, 'MODEL_UNAVAILABLE', true],
    [409, 'MODEL_UNAVAILABLE', true],
    [413, 'MODEL_CONTEXT_OVERFLOW', false],
    [422, 'MODEL_REQUEST_REFUSED', false],
    [429, 'MODEL_RATE_LIMITED', true],
    [500, 'MODEL_UNAVAILABLE', true],
    [529, 'MODEL_UNAVAILABLE', true],
  ])('of status %i is %s; another attempt: %s', async (status, code, retry) => {
    const { baseURL } = await scripted([{ status, message: 'because' }]);
    const error = await failure(baseURL);
    expect(error).toMatchObject({ code, retry });
    expect(error.message).toContain(`m at ${baseURL} answers ${String(status)} because`);
  });

  test.each<[number, unknown, RunErrorCode]>([
    // OpenAI
    [400, { error: { message: 'm', code: 'context_length_exceeded' } }, 'MODEL_CONTEXT_OVERFLOW'],
    [404, { error: { message: 'm', code: 'model_not_found' } }, 'MODEL_UNKNOWN'],
    [403, { error: { message: 'm', code: 'model_not_found' } }, 'MODEL_UNKNOWN'],
    [429, { error: { message: 'm', code: 'insufficient_quota' } }, 'MODEL_QUOTA_EXHAUSTED'],
    [429, { error: { message: 'maximum context length' } }, 'MODEL_RATE_LIMITED'],
    [400, { error: { message: "Unknown parameter: 'x'." } }, 'MODEL_REQUEST_REFUSED'],
    // Azure
    [400, { error: { message: 'm', code: 'content_filter' } }, 'MODEL_CONTENT_FILTERED'],
    [
      400,
      { error: { message: 'm', innererror: { code: 'ResponsibleAIPolicyViolation' } } },
      'MODEL_CONTENT_FILTERED',
    ],
    [404, { error: { message: 'm', code: 'DeploymentNotFound' } }, 'MODEL_UNKNOWN'],
    // Anthropic
    [
      400,
      { error: { message: 'prompt is too long: 213462 tokens > 200000 maximum' } },
      'MODEL_CONTEXT_OVERFLOW',
    ],
    [
      400,
      { error: { message: 'Your credit balance is too low to access the API.' } },
      'MODEL_QUOTA_EXHAUSTED',
    ],
    // Google
    [
      400,
      [
        {
          error: {
            message: 'The input token count (9) exceeds the maximum number of tokens allowed (8).',
          },
        },
      ],
      'MODEL_CONTEXT_OVERFLOW',
    ],
    [
      400,
      [{ error: { message: 'API key not valid. Please pass a valid API key.' } }],
      'MODEL_KEY_INVALID',
    ],
    // Groq
    [
      400,
      { error: { message: 'Please reduce the length of the messages or completion.' } },
      'MODEL_CONTEXT_OVERFLOW',
    ],
    // Mistral
    [400, { object: 'error', message: 'Invalid model: x', code: '1500' }, 'MODEL_UNKNOWN'],
    [
      400,
      {
        object: 'error',
        message: 'Prompt contains 9 tokens, too large for model with 8 maximum context length',
      },
      'MODEL_CONTEXT_OVERFLOW',
    ],
    // OpenRouter
    [400, { error: { message: 'x/y is not a valid model ID', code: 400 } }, 'MODEL_UNKNOWN'],
    [
      403,
      {
        error: { message: 'm requires moderation on Z. Your input was flagged for "x"', code: 403 },
      },
      'MODEL_CONTENT_FILTERED',
    ],
    // Ollama, llama.cpp
    [404, { error: { message: 'model "x" not found, try pulling it first' } }, 'MODEL_UNKNOWN'],
    [
      400,
      { error: { message: 'm', type: 'exceed_context_size_error', code: 400 } },
      'MODEL_CONTEXT_OVERFLOW',
    ],
    [500, { error: 'the request exceeds the available context size' }, 'MODEL_CONTEXT_OVERFLOW'],
    // FastAPI
    [422, { detail: [{ msg: 'field required' }] }, 'MODEL_REQUEST_REFUSED'],
  ])('of status %i is told by what it says: %j', async (status, body, code) => {
    const url = await served((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    const error = await failure(url);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(new RegExp(`answers ${String(status)} \\S`));
    expect(error.message).not.toContain('no body');
  });

  test('without a body is told by its status', async () => {
    const url = await served((_, response) => response.writeHead(503).end());
    const error = await failure(url);
    expect(error).toMatchObject({ code: 'MODEL_UNAVAILABLE', retry: true });
    expect(error.message).toContain('answers 503 status code (no body)');
  });

  test('is asked about once: further attempts are the turn’s own', async () => {
    const model = await scripted([{ status: 500 }, 'fine']);
    await failure(model.baseURL);
    expect(model.requests).toHaveLength(1);
  });

  test.each([
    ['the key itself', `Incorrect API key provided: ${KEY}.`],
    ['the key in part', 'Incorrect API key provided: sk-very-*****6789.'],
    ['a key of another kind', 'gsk_abcdefghijkl AIzaSyAbcdefgh sk-proj-abc_def-123'],
    ['its header', `Authorization: Bearer ${KEY}`],
  ])('that quotes %s does not give it away', async (_, message) => {
    const { baseURL } = await scripted([{ status: 401, message }]);
    const error = await failure(baseURL, { apiKey: KEY });
    expect(error.message).toContain('[key]');
    expect(error.message).not.toMatch(/secret|6789|abcdef|AbC|very/i);
    expect(error.message).toContain("Is the key in the worker's LLM_KEY the right one?");
  });

  test.each([
    [400, "'response_format.type' : value is not one of the allowed values ['text','json_object']"],
    [500, "Input should be 'text' or 'json_object', 'input': 'json_schema'"],
  ])(
    'of a server that knows no schemas, with status %i, has its model told in words, and from then on',
    async (status, message) => {
      const model = await scripted([{ status, message }, '{"a":1}', '{"a":2}']);
      const output = { type: 'object', properties: { a: { type: 'number' } } };
      expect((await ask(model.baseURL, { output })).text).toBe('{"a":1}');
      expect((await ask(model.baseURL, { output })).text).toBe('{"a":2}');
      const [first, ...later] = model.requests.map(({ body }) => body);
      expect(first).toHaveProperty('response_format');
      for (const body of later) {
        expect(body).not.toHaveProperty('response_format');
        expect(JSON.stringify(body['messages'])).toContain('by this JSON Schema');
      }
      expect(later).toHaveLength(2);
    },
  );

  test.each([
    [400, "Invalid schema for response_format 'answer': In context=(), 'format' is not permitted."],
    [500, 'The server had an error while it processed json_schema'],
  ])(
    'that tells of a schema with status %i is no refusal of all schemas',
    async (status, message) => {
      const model = await scripted([{ status, message }, '{"a":1}']);
      const output = { type: 'object', properties: { a: { type: 'number' } } };
      expect((await failure(model.baseURL, { output })).message).toContain(message);
      await ask(model.baseURL, { output });
      expect(model.requests[1]?.body).toHaveProperty('response_format');
    },
  );

  test('with media says how to leave them out, where it is refused', async () => {
    const { baseURL } = await scripted([{ status: 400, message: 'content must be a string' }]);
    const media = { images: [{ url: 'https://example.com/cat.png' }] };
    const messages = [{ role: 'user', text: 'What is it?', media }] as const;
    const error = await failure(baseURL, { messages });
    expect(error.message).toContain('`sendMediaToModel: false`');
  });

  test('of whatever form does not give a key away', async () => {
    const url = await served((request, response) => {
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end(`<p>upstream got ${request.headers.authorization ?? ''}</p>`);
    });
    const error = await failure(url, { apiKey: 'no-known-form' });
    expect(error.message).toContain('upstream got Bearer [key]');
  });

  test('keeps words that only begin like a key', async () => {
    const message = 'skipping the skeleton of a pkgconfig';
    const { baseURL } = await scripted([{ status: 400, message }]);
    expect((await failure(baseURL)).message).toContain(message);
  });

  test('says that a key is wanted where none was named', async () => {
    const { baseURL } = await scripted([{ status: 401, message: 'who are you' }]);
    expect((await failure(baseURL)).message).toContain('name its variable in `apiKeyEnv`');
  });

  test('is quoted up to a bound', async () => {
    const { baseURL } = await scripted([{ status: 400, message: 'x'.repeat(50_000) }]);
    expect((await failure(baseURL)).message.length).toBeLessThan(1_200);
  });

  test('says how long to wait', async () => {
    const { baseURL } = await scripted([{ status: 429, retryAfter: 7 }]);
    expect((await failure(baseURL)).retryAfter).toBe(7_000);
  });

  test('of a server that is not there says what the matter is', async () => {
    const error = await failure('http://127.0.0.1:9/v1');
    expect(error).toMatchObject({ code: 'MODEL_UNAVAILABLE', retry: true });
    expect(error.message).toMatch(/^m at http:\/\/127\.0\.0\.1:9\/v1 can't be reached: .+/);
    expect(error.message).not.toMatch(/fetch failed|Connection error/);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  test.each([
    [null, null],
    ['', null],
    ['soon', null],
    ['2', 2_000],
    ['0.5', 500],
    ['-3', 0],
    ['999999999', 3_600_000],
    ['Infinity', 3_600_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['Fri, 02 Jan 2026 00:00:00 GMT', 3_600_000],
  ])('of %o is a wait of %o ms', (header, wait) => {
    expect(retryAfterOf(header, now)).toBe(wait);
  });
});

test('a signal ends the connection', async () => {
  const abort = new AbortController();
  let closed: Promise<unknown> = Promise.reject(new Error('nobody asked'));
  closed.catch(() => undefined);
  const url = await served((request, response) => {
    closed = once(response, 'close');
    request.resume().once('end', () => {
      abort.abort(new Error('enough'));
    });
  });
  await expect(ask(url, { signal: abort.signal })).rejects.toThrow();
  await closed;
});

test('a signal ends the connection in the middle of an answer', async () => {
  const abort = new AbortController();
  let closed: Promise<unknown> = Promise.reject(new Error('nobody asked'));
  closed.catch(() => undefined);
  const url = await served((_, response) => {
    closed = once(response, 'close');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"choices":', () => {
      setImmediate(() => {
        abort.abort(new Error('enough'));
      });
    });
  });
  await expect(ask(url, { signal: abort.signal })).rejects.not.toBeInstanceOf(ModelError);
  await closed;
});
