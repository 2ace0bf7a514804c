import { expect, test } from 'vitest';
import { Models } from '../../../src/activities/models/models.js';
import { customModel } from '../../../src/definition/custom-model.js';
import type { ModelAnswer } from '../../../src/plan/model.js';

const model = customModel({ provider: 'acme', id: 'small', temperature: 0 });
const answer: ModelAnswer = { text: 'Noon.', calls: [], usage: null };
const call = { id: 'a', name: 'clock', arguments: '{}' };

function ask(given: unknown): Promise<ModelAnswer> {
  const providers = new Map([['acme', { answer: async () => given as ModelAnswer }]]);
  const models = new Models({ env: {}, trustedBaseURLs: [], providers });
  return models.answer(
    { model, messages: [], tools: [], output: null },
    new AbortController().signal,
  );
}

test('what is more than an answer is not recorded', async () => {
  const given = { ...answer, at: new Date(), calls: [{ ...call, more: 1 }], usage: undefined };
  expect(await ask(given)).toEqual({ ...answer, calls: [call], model: null, price: null });
});

test('what is counted of a turn is recorded', async () => {
  const usage = { input: 3, output: 2, cached: 1, reasoning: NaN, more: 1n };
  expect((await ask({ ...answer, usage })).usage).toEqual({ input: 3, output: 2, cached: 1 });
});

test.each<[unknown, string]>([
  [null, 'MODEL_ANSWER_INVALID'],
  ['Noon.', 'MODEL_ANSWER_INVALID'],
  [{ ...answer, text: null }, 'MODEL_ANSWER_INVALID'],
  [{ ...answer, calls: null }, 'MODEL_ANSWER_INVALID'],
  [{ ...answer, calls: [null] }, 'MODEL_ANSWER_INVALID'],
  [{ ...answer, calls: [{ ...call, id: '' }] }, 'MODEL_ANSWER_INVALID'],
  [{ ...answer, calls: [{ ...call, arguments: {} }] }, 'MODEL_ANSWER_INVALID'],
  [{ ...answer, calls: [call, call] }, 'MODEL_ANSWER_INVALID'],
  [{ ...answer, usage: { input: 1 } }, 'MODEL_ANSWER_INVALID'],
  [{ ...answer, usage: { input: NaN, output: 1 } }, 'MODEL_ANSWER_INVALID'],
  [{ ...answer, text: ' ' }, 'MODEL_ANSWER_EMPTY'],
])('an answer that is none is refused, and may be better next time: %j', async (given, code) => {
  await expect(ask(given)).rejects.toMatchObject({ code, retry: true });
});

test('a provider that the worker lacks is named', async () => {
  const models = new Models({ env: {}, trustedBaseURLs: [], providers: new Map() });
  const signal = new AbortController().signal;
  await expect(
    models.answer({ model, messages: [], tools: [], output: null }, signal),
  ).rejects.toThrow(/no model provider 'acme'.*models: \{ providers:/);
});
