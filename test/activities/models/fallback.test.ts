import { expect, onTestFinished, test } from 'vitest';
import { ModelError } from '../../../src/plan/model-error.js';
import { Models, type Answered } from '../../../src/activities/models/models.js';
import { fallback } from '../../../src/definition/fallback.js';
import { openai, openaiCompatible } from '../../../src/definition/model.js';
import type { Model } from '../../../src/plan/model.js';
import {
  scriptedModel,
  type ScriptedModel,
  type ScriptedTurn,
} from '../../../src/testing/index.js';

async function scripted(...turns: readonly ScriptedTurn[]): Promise<[ScriptedModel, Model]> {
  const server = await scriptedModel(turns);
  onTestFinished(() => server.close());
  return [server, openaiCompatible({ baseURL: server.baseURL, id: `m${String(next++)}` })];
}

let next = 1;
const DOWN = openaiCompatible({ baseURL: 'http://127.0.0.1:9/v1', id: 'down' });

function ask(model: Model): Promise<Answered> {
  const models = new Models({ env: {}, trustedBaseURLs: [], providers: new Map() });
  const messages = [{ role: 'user', text: 'Hello' }] as const;
  return models.answer({ model, messages, tools: [], output: null }, new AbortController().signal);
}

async function failure(model: Model): Promise<ModelError> {
  const error: unknown = await ask(model).catch((reason: unknown) => reason);
  if (error instanceof ModelError) return error;
  throw new Error('it did not fail so', { cause: error });
}

test('the first answers, and the others are not asked', async () => {
  const [, one] = await scripted('fine');
  const [two, second] = await scripted();
  const answer = await ask(fallback(one, second));
  expect(answer).toMatchObject({ text: 'fine', model: `openai-compatible/${one.id}` });
  expect(two.requests).toEqual([]);
});

test.each<[string, ScriptedTurn]>([
  ['asked too often', { status: 429, retryAfter: 60 }],
  ['failing by itself', { status: 500 }],
  ['overloaded', { status: 529 }],
  ['not paid any more', { status: 429, code: 'insufficient_quota' }],
  ['breaking off', { cut: true }],
])('the next is asked where one is %s', async (_, turn) => {
  const [, one] = await scripted(turn);
  const [, two] = await scripted('fine');
  const answer = await ask(fallback(DOWN, one, two));
  expect(answer).toMatchObject({ text: 'fine', model: `openai-compatible/${two.id}` });
});

test.each<[string, ScriptedTurn, string]>([
  ['a wrong key', { status: 401 }, 'MODEL_KEY_INVALID'],
  ['a request that is refused', { status: 400 }, 'MODEL_REQUEST_REFUSED'],
  ['an answer that is none', { garbage: '<html>' }, 'MODEL_ANSWER_INVALID'],
])('the next is not asked after %s', async (_, turn, code) => {
  const [, one] = await scripted(turn);
  const [two, second] = await scripted();
  expect(await failure(fallback(one, second))).toMatchObject({
    code,
    message: expect.stringContaining(one.id),
  });
  expect(two.requests).toEqual([]);
});

test('a key that is missing is not passed over', async () => {
  const [two, second] = await scripted();
  expect(await failure(fallback(openai('m'), second))).toMatchObject({
    code: 'MODEL_KEY_INVALID',
    retry: false,
  });
  expect(two.requests).toEqual([]);
});

test('a failure of all is the last one’s, and tells all of them', async () => {
  const [, one] = await scripted({ status: 429, message: 'slow down' });
  const [, two] = await scripted({ status: 401, message: 'who are you' });
  const error = await failure(fallback(one, two));
  expect(error).toMatchObject({ code: 'MODEL_KEY_INVALID', retry: true, retryAfter: null });
  expect(error.message).toMatch(
    /^none of 2 models answers: m\d+ at .* slow down.*; m\d+ at .* who are you/,
  );
});

test.each([
  [60, 5, 5_000],
  [5, 60, 5_000],
  [undefined, 60, null],
  [60, undefined, null],
  [undefined, undefined, null],
])('of waits of %s and %s seconds the shortest counts', async (first, second, wait) => {
  const limited = (retryAfter: number | undefined): ScriptedTurn => ({
    ...{ status: 429, ...(retryAfter !== undefined && { retryAfter }) },
  });
  const [, one] = await scripted(limited(first));
  const [, two] = await scripted(limited(second));
  expect((await failure(fallback(one, two))).retryAfter).toBe(wait);
});

test('a wait of one that would not answer after it does not count', async () => {
  const [, one] = await scripted({ status: 429, retryAfter: 60 });
  const [, two] = await scripted({ status: 400 });
  expect(await failure(fallback(one, two))).toMatchObject({ retry: true, retryAfter: 60_000 });
});
