import { describe, expect, onTestFinished, test } from 'vitest';
import { Models } from '../../src/activities/models/models.js';
import {
  customModel,
  fallback,
  ModelError,
  offline,
  openaiCompatible,
  type Model,
  type ModelAnswer,
  type ModelProvider,
} from '../../src/index.js';
import {
  checkProvider,
  ProviderRuleError,
  scriptedModel,
  type ScriptedHandler,
} from '../../src/testing/index.js';

const KEY = 'no-known-form-0123456789';
const small = customModel({ provider: 'acme', id: 'small' });
const limited = customModel({ provider: 'acme', id: 'limited' });

async function served(handler: ScriptedHandler, id = 'm'): Promise<Model> {
  const server = await scriptedModel(handler);
  onTestFinished(() => server.close());
  return openaiCompatible({ baseURL: server.baseURL, id, apiKeyEnv: 'LLM_KEY' });
}

describe('ours keep the rules', () => {
  const ours = new Models({
    ...{ env: { LLM_KEY: KEY }, trustedBaseURLs: ['http://127.0.0.1'], providers: new Map() },
  });

  test('offline', async () => {
    await checkProvider(ours, { model: offline() });
  });

  test("OpenAI's protocol, alone and as a fallback", async () => {
    const fails = (status: number, code?: string): Promise<Model> =>
      served(({ headers }) => ({
        ...{ status, message: `no luck with ${String(headers['authorization'])}` },
        ...(code !== undefined && { code }),
      }));
    const model = await served(({ body, messages }) =>
      body['tools'] !== undefined && messages.length === 2
        ? { calls: [{ name: 'clock', arguments: { query: 'Lisbon' } }] }
        : 'Noon.',
    );
    const failing = {
      MODEL_RATE_LIMITED: await fails(429),
      MODEL_UNAVAILABLE: await fails(503),
      MODEL_KEY_INVALID: await fails(401),
      MODEL_UNKNOWN: await fails(404),
      MODEL_CONTEXT_OVERFLOW: await fails(400, 'context_length_exceeded'),
      MODEL_CONTENT_FILTERED: await fails(400, 'content_filter'),
      MODEL_QUOTA_EXHAUSTED: await fails(402),
      MODEL_ANSWER_EMPTY: await served(() => ''),
      MODEL_ANSWER_CUT: await served(() => ({ text: '', finish: 'length' })),
      MODEL_ANSWER_REFUSED: await served(() => ({ refusal: 'No.' })),
      MODEL_ANSWER_INVALID: await served(() => ({ garbage: '<html>' })),
      MODEL_REQUEST_REFUSED: await fails(422),
    };
    const secrets = [KEY];
    const trusting = new Models({
      ...ours.settings,
      trustedBaseURLs: [model, ...Object.values(failing)].map(({ baseURL }) => baseURL ?? ''),
    });
    await checkProvider(trusting, { model, failing, secrets });
    const either = fallback(failing.MODEL_UNAVAILABLE, model);
    await checkProvider(trusting, { model: either, secrets });
  });
});

describe('a provider of the user', () => {
  const answer: ModelAnswer = { text: 'Noon.', calls: [], usage: { input: 1, output: 2 } };
  const good: ModelProvider = {
    async answer({ model }, signal) {
      signal.throwIfAborted();
      if (model.id === 'small') return answer;
      throw new ModelError('busy', { code: 'MODEL_RATE_LIMITED', retryAfter: 5 });
    },
  };
  const failing = { MODEL_RATE_LIMITED: limited };

  test('keeps the rules', async () => {
    await checkProvider(good, { model: small, failing, secrets: [KEY] });
  });

  const giving =
    (given: unknown): ModelProvider['answer'] =>
    async () =>
      given as ModelAnswer;
  const call = { id: 'a', name: 'clock', arguments: '{}' };

  const parsing: ModelProvider['answer'] = async ({ messages }) => {
    for (const message of messages)
      if (message.role === 'assistant')
        message.calls.forEach(({ arguments: args }) => void JSON.parse(args));
    return answer;
  };

  test.each<[rule: string, fault: string, answer: ModelProvider['answer']]>([
    ['answers a prompt', 'it fails: Error: out', () => Promise.reject(new Error('out'))],
    ['answers a prompt', 'no object that JSON', giving(undefined)],
    ['answers a prompt', 'no object that JSON', giving({ ...answer, at: new Date() })],
    ['answers a prompt', '`text` is no string', giving({ ...answer, text: null })],
    ['answers a prompt', 'neither a text nor a call', giving({ ...answer, text: '' })],
    ['answers a prompt', 'are strings', giving({ ...answer, calls: [{ ...call, arguments: {} }] })],
    ['answers a prompt', 'an `id` of its own', giving({ ...answer, calls: [call, call] })],
    ['answers a prompt', '`usage` is null, or', giving({ ...answer, usage: { input: '1' } })],
    ['takes a conversation in which tools were called', 'it fails: SyntaxError', parsing],
    [
      'asks only for tools that it is offered',
      "it asks for 'sundial'",
      giving({ ...answer, calls: [{ ...call, name: 'sundial' }] }),
    ],
    [
      'leaves what it is given as it is',
      'the request has changed',
      async ({ messages }) => {
        (messages as unknown[]).pop();
        return answer;
      },
    ],
    ['asks nobody when its signal has fired before', 'it answers', giving(answer)],
    [
      'ends soon after its signal fires',
      'it goes on for more than 2000 milliseconds',
      async (_, signal) => {
        signal.throwIfAborted();
        await new Promise((resolve) => {
          signal.addEventListener('abort', () => setTimeout(resolve, 3_000).unref());
          setTimeout(resolve, 50);
        });
        return signal.aborted ? new Promise(() => undefined) : answer;
      },
    ],
    [
      'fails by a ModelError that says why',
      'limited is to fail by MODEL_RATE_LIMITED, and throws Error: busy',
      async ({ model }, signal) => {
        signal.throwIfAborted();
        if (model.id === 'limited') throw new Error('busy');
        return answer;
      },
    ],
    [
      'fails by a ModelError that says why',
      'limited is to fail, and answers',
      async (_, signal) => {
        signal.throwIfAborted();
        return answer;
      },
    ],
    [
      'tells no secret when it fails',
      'the failure of limited has one',
      async ({ model }, signal) => {
        signal.throwIfAborted();
        if (model.id === 'small') return answer;
        throw new ModelError(`busy: ${KEY}`, { code: 'MODEL_RATE_LIMITED' });
      },
    ],
  ])('that breaks the rule %s is told: %s', async (rule, fault, broken) => {
    const options = { model: small, failing, secrets: [KEY] };
    const error: unknown = await checkProvider({ answer: broken }, options).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ProviderRuleError);
    expect(error).toMatchObject({ rule, message: expect.stringContaining(fault) });
  });
});
