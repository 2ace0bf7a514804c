import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type Json } from '../plan/json.js';
import type { Model, ModelAnswer, ModelProvider, ModelRequest } from '../plan/model.js';
import { ModelError, type ModelErrorCode } from '../plan/model-error.js';

/** What a provider is checked with. */
export interface CheckProviderOptions {
  /** A model of the provider that answers: `customModel({ provider: 'acme', id: 'small' })`. */
  readonly model: Model;
  /**
   * Models of the provider that fail, each by the code that it is to fail by.
   * @default none
   */
  readonly failing?: Readonly<Partial<Record<ModelErrorCode, Model>>>;
  /**
   * Texts that no failure may tell: keys.
   * @default none
   */
  readonly secrets?: readonly string[];
}

/** A provider breaks a rule. */
export class ProviderRuleError extends Error {
  override readonly name = 'ProviderRuleError';

  constructor(
    /** The rule, as a sentence about the provider. */
    readonly rule: string,
    fault: string,
    cause?: unknown,
  ) {
    super(`The provider must keep the rule '${rule}': ${fault}`, { cause });
  }
}

/**
 * Checks that a provider keeps the rules by which agents call it, one after the other. It asks the model some ten times, and
 * needs no test runner: call it in a test.
 *
 * @throws ProviderRuleError on the first rule that is broken
 */
export async function checkProvider(
  provider: ModelProvider,
  options: CheckProviderOptions,
): Promise<void> {
  for (const [rule, holds] of Object.entries(RULES)) {
    try {
      await holds(provider, options);
    } catch (error) {
      if (error instanceof Fault) throw new ProviderRuleError(rule, error.message, error.cause);
      throw new ProviderRuleError(rule, `it fails: ${String(error)}`, error);
    }
  }
}

class Fault extends Error {}

type Rule = (provider: ModelProvider, options: CheckProviderOptions) => Promise<void>;

const RULES: Readonly<Record<string, Rule>> = {
  'answers a prompt': async (provider, { model }) => {
    await answered(provider, { model, messages: PROMPT, tools: [], output: null });
  },

  'takes a conversation in which tools were called': async (provider, { model }) => {
    await answered(provider, { model, messages: CONVERSATION, tools: [CLOCK], output: null });
  },

  'asks only for tools that it is offered': async (provider, { model }) => {
    const { calls } = await answered(provider, {
      model,
      messages: PROMPT,
      tools: [CLOCK],
      output: null,
    });
    const other = calls.find(({ name }) => name !== CLOCK.name);
    if (other !== undefined) throw new Fault(`it asks for '${other.name}'`);
  },

  'leaves what it is given as it is': async (provider, { model }) => {
    const request: ModelRequest = { model, messages: CONVERSATION, tools: [CLOCK], output: null };
    const given = structuredClone(request);
    await answered(provider, given);
    if (!isDeepStrictEqual(given, request)) throw new Fault('the request has changed');
  },

  'answers several at once': async (provider, { model }) => {
    const request: ModelRequest = { model, messages: PROMPT, tools: [], output: null };
    await Promise.all([1, 2, 3].map(() => answered(provider, request)));
  },

  'asks nobody when its signal has fired before': async (provider, { model }) => {
    const request: ModelRequest = { model, messages: PROMPT, tools: [], output: null };
    const end = await ended(provider, request, AbortSignal.abort(new Error('cancelled')));
    if (end.kind === 'answer') throw new Fault('it answers');
  },

  'ends soon after its signal fires': async (provider, { model }) => {
    const abort = new AbortController();
    const ending = ended(
      provider,
      { model, messages: PROMPT, tools: [], output: null },
      abort.signal,
    );
    setImmediate(() => {
      abort.abort(new Error('cancelled'));
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, ABORT_WITHIN, 'late');
    });
    const first = await Promise.race([ending, late]);
    clearTimeout(timer);
    if (first === 'late')
      throw new Fault(`it goes on for more than ${String(ABORT_WITHIN)} milliseconds`);
  },

  'fails by a ModelError that says why': async (provider, { failing = {} }) => {
    for (const [code, model] of Object.entries(failing)) {
      const error = await failure(provider, model);
      if (!ModelError.is(error))
        throw new Fault(`${model.id} is to fail by ${code}, and throws ${String(error)}`, {
          cause: error,
        });
      if (error.code !== code)
        throw new Fault(`${model.id} is to fail by ${code}, and fails by ${error.code}`);
      const { retryAfter } = error;
      if (retryAfter !== null && !(retryAfter >= 0))
        throw new Fault(`it asks to wait for ${String(retryAfter)} milliseconds`);
    }
  },

  'tells no secret when it fails': async (provider, { failing = {}, secrets = [] }) => {
    for (const model of Object.values(failing)) {
      const said = String(await failure(provider, model));
      if (secrets.some((secret) => said.includes(secret)))
        throw new Fault(`the failure of ${model.id} has one in its message`);
    }
  },
};

/** Milliseconds. */
const ABORT_WITHIN = 2_000;

const CLOCK: ModelRequest['tools'][number] = {
  name: 'clock',
  description: 'Tells the time in a zone.',
  parameters: {
    ...{ type: 'object', properties: { query: { type: 'string', description: 'The zone.' } } },
    required: ['query'],
  },
};

const PROMPT: ModelRequest['messages'] = [
  { role: 'system', text: 'Be brief.' },
  { role: 'user', text: 'How late is it in Lisbon?' },
];

const CONVERSATION: ModelRequest['messages'] = [
  ...PROMPT,
  {
    ...{ role: 'assistant', text: '' },
    calls: [
      { id: 'call_1', name: CLOCK.name, arguments: '{"query":"Lisbon"}' },
      { id: 'call_2', name: CLOCK.name, arguments: '{"query":' },
    ],
  },
  { role: 'tool', request: 'call_1', text: 'It is 12:00 in Lisbon.' },
  { role: 'tool', request: 'call_2', text: 'Error: the arguments are no JSON' },
];

/** An answer in due form. */
async function answered(provider: ModelProvider, request: ModelRequest): Promise<ModelAnswer> {
  let told = '';
  const answer = await provider.answer(request, new AbortController().signal, (delta) => {
    if (delta.kind === 'text') told += delta.text;
  });
  const fault = faultOf(answer);
  if (fault !== null) throw new Fault(fault);
  if (told !== '' && told !== answer.text)
    throw new Fault('the texts that it tells of its answer are not those of the answer');
  return answer;
}

function faultOf(answer: unknown): string | null {
  const json = jsonOf(answer);
  if (!isJsonObject(json)) return 'the answer is no object that JSON can carry';
  const { text, calls, usage } = json;
  if (typeof text !== 'string') return '`text` is no string';
  if (!Array.isArray(calls)) return '`calls` is no list';
  if (text.trim() === '' && calls.length === 0) return 'there is neither a text nor a call';
  const ids = new Set<Json>();
  for (const call of calls) {
    if (!isJsonObject(call)) return 'a call is no object';
    const { id, name, arguments: args } = call;
    if ([id, name, args].some((part) => typeof part !== 'string'))
      return 'the `id`, `name` and `arguments` of a call are strings';
    if (id === '' || ids.has(id ?? null)) return 'each call has an `id` of its own';
    ids.add(id ?? null);
  }
  if (usage === null) return null;
  const isCounted = isJsonObject(usage) && [usage['input'], usage['output']].every(isCount);
  return isCounted ? null : '`usage` is null, or counts `input` and `output`';
}

function isCount(value: Json | undefined): boolean {
  return typeof value === 'number' && value >= 0;
}

/** `null` for what JSON can't carry as it is. */
function jsonOf(value: unknown): Json {
  try {
    const json = JSON.parse(JSON.stringify(value)) as Json;
    return isDeepStrictEqual(json, { ...(value as object) }) ? json : null;
  } catch {
    return null;
  }
}

type End = { readonly kind: 'answer' } | { readonly kind: 'failure'; readonly error: unknown };

async function ended(
  provider: ModelProvider,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<End> {
  try {
    await provider.answer(request, signal);
    return { kind: 'answer' };
  } catch (error) {
    return { kind: 'failure', error };
  }
}

async function failure(provider: ModelProvider, model: Model): Promise<unknown> {
  const request: ModelRequest = { model, messages: PROMPT, tools: [], output: null };
  const end = await ended(provider, request, new AbortController().signal);
  if (end.kind === 'answer') throw new Fault(`${model.id} is to fail, and answers`);
  return end.error;
}
