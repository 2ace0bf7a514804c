import { request, type ClientRequest } from 'node:http';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import {
  scriptedModel,
  type ScriptedHandler,
  type ScriptedModel,
  type ScriptedTurn,
} from '../../src/testing/index.js';

async function scripted(script: readonly ScriptedTurn[] | ScriptedHandler): Promise<ScriptedModel> {
  const model = await scriptedModel(script);
  onTestFinished(() => model.close());
  return model;
}

function post(model: ScriptedModel, text = 'Hello'): Promise<Response> {
  const messages = [{ role: 'user', content: text }];
  return fetch(`${model.baseURL}/chat/completions`, {
    ...{ method: 'POST', body: JSON.stringify({ model: 'm', messages }) },
  });
}

test('a text is an answer that ends', async () => {
  const model = await scripted(['yes']);
  expect(await (await post(model)).json()).toMatchObject({
    object: 'chat.completion',
    choices: [{ message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number) },
  });
});

test('an answer may say why it ends, or that it is declined', async () => {
  const model = await scripted([
    { text: 'half an', finish: 'length' },
    { refusal: "I can't." },
    { status: 400, message: 'm', code: 'context_length_exceeded' },
  ]);
  expect(await (await post(model)).json()).toMatchObject({
    choices: [{ message: { content: 'half an' }, finish_reason: 'length' }],
  });
  expect(await (await post(model)).json()).toMatchObject({
    choices: [{ message: { content: null, refusal: "I can't." }, finish_reason: 'stop' }],
  });
  expect(await (await post(model)).json()).toMatchObject({
    error: { message: 'm', code: 'context_length_exceeded' },
  });
});

test('calls are asked for with ids of their own, or the given ones, and arguments as text', async () => {
  const calls = [
    { name: 'f', arguments: { a: 1 } },
    { name: 'g', arguments: '{broken', id: 'mine' },
  ];
  const model = await scripted([{ text: 'Let me see.', calls }, { calls: [calls[0]!] }]);
  expect(await (await post(model)).json()).toMatchObject({
    choices: [
      {
        finish_reason: 'tool_calls',
        message: {
          content: 'Let me see.',
          tool_calls: [
            { id: 'call_1_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
            { id: 'mine', function: { name: 'g', arguments: '{broken' } },
          ],
        },
      },
    ],
  });
  expect(await (await post(model)).json()).toMatchObject({
    choices: [{ message: { content: null, tool_calls: [{ id: 'call_2_1' }] } }],
  });
});

test('an answer comes no sooner than it says', async () => {
  const model = await scripted([{ text: 'late', after: 200 }]);
  const begun = performance.now();
  await post(model);
  expect(performance.now() - begun).toBeGreaterThan(190);
});

test.each([
  [{ status: 429, message: 'slow down', retryAfter: 3 }, '3', 'slow down'],
  [{ status: 503, retryAfter: 'Thu, 01 Jan 2026 00:00:00 GMT' }, /^Thu, 01 Jan/, 'status 503'],
  [{ status: 500 }, null, 'status 500'],
])('%o is an error in the form of the provider', async (turn, retryAfter, message) => {
  const response = await post(await scripted([turn]));
  expect(response.status).toBe(turn.status);
  if (retryAfter === null) expect(response.headers.has('retry-after')).toBe(false);
  else expect(response.headers.get('retry-after')).toMatch(retryAfter);
  expect(await response.json()).toMatchObject({ error: { message } });
});

test('a connection can be cut in the middle of the answer', async () => {
  const response = await post(await scripted([{ cut: true }]));
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
});

test('garbage is sent as it is', async () => {
  const response = await post(await scripted([{ garbage: '<html>' }]));
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('<html>');
});

test('what it was sent can be looked at', async () => {
  const model = await scripted(['one', 'two']);
  await post(model, 'first');
  await post(model, 'second');
  expect(model.requests).toMatchObject([
    { number: 1, path: '/v1/chat/completions', messages: [{ role: 'user', content: 'first' }] },
    { number: 2, body: { model: 'm' }, messages: [{ content: 'second' }] },
  ]);
});

test('a script is complete when each of its turns was asked for, once', async () => {
  const model = await scripted(['one', 'two']);
  await post(model);
  expect(() => {
    model.assertComplete();
  }).toThrow('asked 1 times, and its script has 2 turns');
  await post(model);
  model.assertComplete();
  const beyond = await post(model);
  expect(beyond.status).toBe(400);
  expect(await beyond.text()).toContain('The script has no turn 3.');
  expect(() => {
    model.assertComplete();
  }).toThrow('asked 3 times, and its script has 2 turns');
});

test('a function answers what it is asked, and is always complete', async () => {
  const model = await scripted(
    ({ messages, number }) => `${String(number)} ${String(messages[0]?.content)}`,
  );
  expect(await (await post(model, 'Hi')).text()).toContain('1 Hi');
  model.assertComplete();
});

test('what a function throws is told, and is not worth another attempt', async () => {
  const model = await scripted(() => {
    throw new Error('expected a system message');
  });
  const response = await post(model);
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('expected a system message');
});

test('requests that come at the same time are given a turn each', async () => {
  const model = await scripted(['one', 'two']);
  const body = JSON.stringify({ model: 'm', messages: [] });
  const send = (): ClientRequest => {
    const sent = request(`${model.baseURL}/chat/completions`, {
      ...{ method: 'POST', headers: { 'content-length': body.length } },
    });
    sent.flushHeaders();
    return sent;
  };
  const both = [send(), send()];
  // Both have arrived, without their bodies, once a third has been answered.
  const third = await post(model);
  expect(await third.text()).toContain('one');
  const codes = both.map(async (sent) => {
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
    response.resume();
    return response.statusCode;
  });
  expect((await Promise.all(codes)).sort()).toEqual([200, 400]);
  expect(model.requests.map(({ number }) => number)).toEqual([1, 2, 3]);
});

test('it ends with connections open, and may be told so twice', async () => {
  const model = await scriptedModel([{ text: 'late', after: '1 hour' }]);
  const pending = post(model).catch((error: unknown) => error);
  await expect.poll(() => model.requests.length).toBe(1);
  await model.close();
  await model.close();
  expect(await pending).toBeInstanceOf(Error);
  await expect(post(model)).rejects.toThrow();
});

test.each([undefined, null, 'yes', {}])('a script that is none is refused: %o', async (script) => {
  await expect(scriptedModel(script as never)).rejects.toThrow(
    'scriptedModel must be given a list of turns, or a function that gives one',
  );
});
