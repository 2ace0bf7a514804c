import type { Json, JsonObject } from '../plan/json.js';
import { isJsonObject } from '../plan/json.js';
import type { Model, ModelOptions, ModelPrice } from '../plan/model.js';
import { PROVIDERS, type ProviderName } from '../plan/providers.js';
import { NotJsonError, toJson } from '../plan/to-json.js';
import { Check } from './check.js';

/** How a model is to answer, and what it costs. */
export interface PricedModelOptions extends ModelOptions {
  /**
   * USD for a million tokens: `{ input: 0.25, cachedInput: 0.025, output: 2 }`. With it `metrics` have a `cost`, and agents may
   * have a `budget` of it.
   * @default not known
   */
  readonly price?: ModelPrice;
}

/**
 * A model of OpenAI, by its name there: `openai('gpt-5-mini')`. The worker's `OPENAI_API_KEY` is its key. Where the worker has
 * `OPENAI_BASE_URL`, that is where it is.
 *
 * @throws DefinitionError
 */
export function openai(id: string, options: PricedModelOptions = {}): Model {
  return provided('openai', id, options);
}

/**
 * A model of Google's, by its name there: `gemini('gemini-2.5-flash')`. It is called at Google's OpenAI-compatible
 * address, or at the worker's `GEMINI_BASE_URL`, with the worker's `GEMINI_API_KEY`.
 *
 * @throws DefinitionError
 */
export function gemini(id: string, options: PricedModelOptions = {}): Model {
  return provided('gemini', id, options);
}

/**
 * A model of Anthropic's, by its name there: `anthropic('claude-sonnet-4-5')`. It is called at Anthropic's
 * OpenAI-compatible address, or at the worker's `ANTHROPIC_BASE_URL`, with the worker's `ANTHROPIC_API_KEY`.
 *
 * @throws DefinitionError
 */
export function anthropic(id: string, options: PricedModelOptions = {}): Model {
  return provided('anthropic', id, options);
}

/**
 * A model that an Ollama serves, by its name there: `ollama('llama3.2')`. It is at port 11434 of the worker's own machine, or
 * where the worker's `OLLAMA_BASE_URL` says (with its `/v1`). It wants no key.
 *
 * @throws DefinitionError
 */
export function ollama(id: string, options: PricedModelOptions = {}): Model {
  return provided('ollama', id, options);
}

/**
 * A model that Groq serves, by its name there: `groq('openai/gpt-oss-20b')`. The worker's `GROQ_API_KEY` is its key.
 *
 * @throws DefinitionError
 */
export function groq(id: string, options: PricedModelOptions = {}): Model {
  return provided('groq', id, options);
}

/**
 * A model of Mistral's, by its name there: `mistral('mistral-large-latest')`. The worker's `MISTRAL_API_KEY` is its key.
 *
 * @throws DefinitionError
 */
export function mistral(id: string, options: PricedModelOptions = {}): Model {
  return provided('mistral', id, options);
}

/**
 * A model by way of OpenRouter, by its name there: `openRouter('anthropic/claude-sonnet-4.5')`. The worker's
 * `OPENROUTER_API_KEY` is its key.
 *
 * @throws DefinitionError
 */
export function openRouter(id: string, options: PricedModelOptions = {}): Model {
  return provided('openrouter', id, options);
}

/** Where an {@link openaiCompatible} model is. */
export interface OpenAICompatibleOptions extends PricedModelOptions {
  /** With its path: `'http://127.0.0.1:11434/v1'` for Ollama. */
  readonly baseURL: string;
  /** The server's name of the model. */
  readonly id: string;
  /**
   * The environment variable of the worker that holds the key. The worker must trust `baseURL` with a key: see `models`
   * of `createWorker`.
   * @default none is sent
   */
  readonly apiKeyEnv?: string;
}

/**
 * A model behind any server that speaks OpenAI's protocol: Ollama, llama.cpp, vLLM, a gateway.
 *
 * @throws DefinitionError
 */
export function openaiCompatible(options: OpenAICompatibleOptions): Model {
  new Check('openaiCompatible').known(options, ['baseURL', 'id', 'apiKeyEnv', ...PRICED_OPTIONS]);
  const { baseURL, id, apiKeyEnv = null, ...rest } = options;
  const check = new Check('openaiCompatible');
  const address = addressOf(check, 'baseURL', baseURL, 'http://127.0.0.1:11434/v1');
  return model('openai-compatible', id, rest, {
    ...{ baseURL: address, apiKeyEnv: variableOf(check, apiKeyEnv) },
  });
}

/**
 * No language model: a deterministic program of ours behind the same interface, for trying things without a key. It
 * calls the search tool that its agent has, picks the sentences that answer the prompt, cites their documents, and says
 * what it is.
 */
export function offline(): Model {
  return model('offline', 'offline', {}, {});
}

/** Names of the options, for those who take them beside their own. */
export const OPTIONS: readonly (keyof ModelOptions)[] = [
  ...(['temperature', 'topP', 'maxTokens', 'seed', 'stop', 'reasoningEffort', 'extra'] as const),
];

/** The same with what a model costs. */
export const PRICED_OPTIONS: readonly string[] = [...OPTIONS, 'price'];

/** An address that stands in logs and errors, and after which a path is put. */
export function addressOf(check: Check, option: string, given: unknown, example: string): string {
  const isAddress = typeof given === 'string' && URL.canParse(given);
  if (!isAddress || !/^https?:$/.test(new URL(given).protocol))
    return check.fail(option, `be an address such as '${example}'`, given);
  const { username, password, origin } = new URL(given);
  if (username !== '' || password !== '')
    check.fail(option, 'be without a password: name a variable in `apiKeyEnv`', origin);
  if (/[?#]/.test(given))
    check.fail(option, 'be without a query or a fragment: a path is put after it', given);
  return given.replace(/\/+$/, '');
}

/** The variable that holds a key; `null` for none. */
export function variableOf(check: Check, given: string | null): string | null {
  if (given === null || VARIABLE.test(given)) return given;
  return check.fail('apiKeyEnv', 'be the name of an environment variable, not the key', '…');
}

/** Names of variables as shells take them, in upper case: keys have lower-case letters, or signs. */
const VARIABLE = /^[A-Z][A-Z0-9_]*$/;

function provided(provider: ProviderName, id: string, options: PricedModelOptions): Model {
  return model(provider, id, options, { apiKeyEnv: PROVIDERS[provider].apiKeyEnv });
}

/** A model of any provider, its name and options checked. */
export function model(
  provider: string,
  id: string,
  { price, ...options }: PricedModelOptions,
  { baseURL = null, apiKeyEnv = null, ...rest }: Partial<Model>,
): Model {
  const check = new Check(provider);
  return Object.freeze({
    provider,
    id: check.name('id', id),
    baseURL,
    apiKeyEnv,
    options: modelOptions(check, options),
    ...(price !== undefined && { price: priceOf(check, price) }),
    ...rest,
  });
}

function priceOf(check: Check, price: ModelPrice): ModelPrice {
  if (typeof price !== 'object')
    check.fail('price', 'be like { input: 0.25, output: 2 }, in USD for a million tokens', price);
  const own = new Check(`${check.at}: \`price\``);
  own.known(price, ['input', 'output', 'cachedInput']);
  const { input, output, cachedInput } = price;
  return Object.freeze({
    input: own.number('input', input, 0),
    output: own.number('output', output, 0),
    ...(cachedInput !== undefined && { cachedInput: own.number('cachedInput', cachedInput, 0) }),
  });
}

/** The options of a model among others, checked. */
export function modelOptions(check: Check, options: ModelOptions): ModelOptions {
  const { temperature, topP, maxTokens, seed, stop, reasoningEffort, extra } = options;
  return Object.freeze({
    ...(temperature !== undefined && { temperature: check.number('temperature', temperature, 0) }),
    ...(topP !== undefined && { topP: check.number('topP', topP, 0) }),
    ...(maxTokens !== undefined && { maxTokens: check.integer('maxTokens', maxTokens, 1) }),
    ...(seed !== undefined && { seed: check.integer('seed', seed, Number.MIN_SAFE_INTEGER) }),
    ...(stop !== undefined && { stop: stopsOf(check, stop) }),
    ...(reasoningEffort !== undefined && {
      reasoningEffort: check.name('reasoningEffort', reasoningEffort),
    }),
    ...(extra !== undefined && { extra: jsonObject(check, extra) }),
  });
}

/** A line break is a text to stop at like any other. */
function stopsOf(check: Check, given: unknown): readonly string[] {
  const isText = (text: unknown): text is string => typeof text === 'string' && text !== '';
  if (!Array.isArray(given)) check.fail('stop', 'be a list of strings', given);
  return Array.from(given, (text: unknown, index) =>
    isText(text)
      ? text
      : check.fail(`stop[${String(index)}]`, 'be a string that is not empty', text),
  );
}

function jsonObject(check: Check, extra: JsonObject): JsonObject {
  if (!isJsonObject(extra)) check.fail('extra', 'be an object', extra);
  for (const own of ['model', 'messages', 'stream'])
    if (own in extra) check.fail(`extra.${own}`, "be left out: it is the agent's own", extra[own]);
  try {
    return toJson(extra, 'extra') as JsonObject;
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    return check.fail(error.path, 'be JSON', error.value);
  }
}

/** Tells models from what else may stand in the place of one. */
export function isModel(value: unknown): value is Model {
  if (typeof value !== 'object' || value === null) return false;
  const { provider, id, options, baseURL, apiKeyEnv } = value as { [K in keyof Model]?: unknown };
  return (
    typeof provider === 'string' &&
    typeof id === 'string' &&
    isJsonObject(options as Json) &&
    [baseURL, apiKeyEnv].every((text) => text === null || typeof text === 'string')
  );
}
