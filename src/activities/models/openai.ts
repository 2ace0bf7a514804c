import { createHash } from 'node:crypto';
import type * as sdk from 'openai';
import type { JsonObject } from '../../plan/json.js';
import type {
  Message,
  ModelAnswer,
  ModelOptions,
  ModelRequest,
  ToolDescription,
  ToolRequest,
  Usage,
} from '../../plan/model.js';
import { PLAIN, providerOf } from '../../plan/providers.js';
import type { Access } from './access.js';
import { ANSWER_INVALID, ModelError, retryAfterOf, UNAVAILABLE, verdictOf } from './errors.js';

type Body = sdk.OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming;

/**
 * Asks a model by OpenAI's protocol, once: tries and waits are the turn's own affair. How long it may take is the
 * signal's to say.
 *
 * @throws ModelError
 */
export async function askOpenAI(
  request: ModelRequest,
  access: Access,
  signal: AbortSignal,
): Promise<ModelAnswer> {
  const { openai, fetch } = await loaded();
  const client = new openai.OpenAI({
    baseURL: access.baseURL,
    apiKey: access.apiKey ?? 'none',
    // What the environment has of these is meant for OpenAI alone.
    ...(request.model.provider !== 'openai' && { organization: null, project: null }),
    defaultQuery: access.query,
    ...keyOf(request.model.provider, access.apiKey),
    maxRetries: 0,
    timeout: NO_LIMIT,
    logLevel: 'off',
    fetch,
  });
  const where = `${request.model.id} at ${access.baseURL}`;
  let completion: unknown;
  try {
    completion = await client.chat.completions.create(bodyOf(request), { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw failureOf(openai, where, error, access);
  }
  return answerOf(where, completion, request, access);
}

/** The client's own way is the header `Authorization`. */
function keyOf(provider: string, apiKey: string | null): sdk.ClientOptions {
  if (apiKey === null) return { defaultHeaders: { Authorization: null } };
  const { keyHeader } = providerOf(provider) ?? PLAIN;
  if (keyHeader === 'Authorization') return {};
  return {
    defaultHeaders: { Authorization: null, [keyHeader]: apiKey },
    // On the way to another host `fetch` drops the usual header, not this one.
    fetchOptions: { redirect: 'manual' },
  };
}

/** Node's timers take no more. */
const NO_LIMIT = 2_147_483_647;

/** An answer is kept in a history, which takes 2 MB of it. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

interface Loaded {
  readonly openai: typeof sdk;
  readonly fetch: typeof globalThis.fetch;
}

let loading: Promise<Loaded> | null = null;

/** A worker without agents doesn't load it. */
function loaded(): Promise<Loaded> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Loaded> {
  const [openai, undici] = await Promise.all([import('openai'), import('undici')]);
  // Node's own gives up on a server that takes five minutes to answer, which models do.
  const dispatcher = new undici.Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const ask = undici.fetch as unknown as (url: string, init: object) => Promise<Response>;
  const fetch = async (url: string, init: object): Promise<Response> =>
    bounded(await ask(url, { ...init, dispatcher }));
  return { openai, fetch: fetch as typeof globalThis.fetch };
}

/** Ends an answer that is too long. What is counted is unpacked: a few packed bytes can be any number of them. */
function bounded(response: Response): Response {
  if (response.body === null) return response;
  let bytes = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes <= MAX_ANSWER_BYTES) controller.enqueue(chunk);
      else controller.error(new AnswerTooLongError());
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(counter), {
    ...{ status, statusText, headers: [...headers] },
  });
}

class AnswerTooLongError extends Error {
  constructor() {
    super(`it takes more than ${String(MAX_ANSWER_BYTES)} bytes`);
  }
}

function bodyOf({ model, messages, tools, output }: ModelRequest): Body {
  return {
    model: model.id,
    messages: messages.map((message) => messageOf(message, model.provider)),
    ...(tools.length > 0 && { tools: tools.map(toolOf) }),
    ...(output !== null && { response_format: formatOf(output) }),
    ...optionsOf(model.provider, model.options),
  };
}

type ToolMessage = NonNullable<Body['tools']>[number];

function toolOf({ name, description, parameters }: ToolDescription): ToolMessage {
  return { type: 'function', function: { name, description, parameters: { ...parameters } } };
}

/** Not `strict`: that refuses schemas for what they leave out, and what comes is checked. */
function formatOf(schema: JsonObject): NonNullable<Body['response_format']> {
  return { type: 'json_schema', json_schema: { name: 'answer', schema: { ...schema } } };
}

function messageOf(message: Message, provider: string): Body['messages'][number] {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content: message.text };
    case 'tool':
      return {
        role: 'tool',
        tool_call_id: callIdOf(provider, message.request),
        content: message.text,
      };
    case 'assistant':
      return {
        role: 'assistant',
        content: message.text === '' ? null : message.text,
        tool_calls: message.calls.map(({ id, name, arguments: args }) => ({
          id: callIdOf(provider, id),
          type: 'function',
          function: { name, arguments: args === '' ? '{}' : args },
        })),
      };
  }
}

/** An id that another provider gave, or we, is made into one that this provider takes. */
function callIdOf(provider: string, id: string): string {
  if (providerOf(provider)?.shortIds !== true || /^[a-zA-Z0-9]{9}$/.test(id)) return id;
  return createHash('sha256').update(id).digest('hex').slice(0, 9);
}

function optionsOf(provider: string, options: ModelOptions): JsonObject {
  const { temperature, topP, maxTokens, seed, stop, reasoningEffort, extra } = options;
  const named = providerOf(provider) ?? PLAIN;
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(maxTokens !== undefined && { [named.maxTokens]: maxTokens }),
    ...(seed !== undefined && { [named.seed]: seed }),
    ...(stop !== undefined && { stop: [...stop] }),
    ...(reasoningEffort !== undefined && { reasoning_effort: reasoningEffort }),
    ...extra,
  };
}

/** As far as it is read. Servers that speak the protocol almost leave out, or add, what they like. */
interface Completion {
  readonly choices?:
    | readonly ({
        readonly message?: CompletionMessage | null;
        readonly finish_reason?: unknown;
      } | null)[]
    | null;
  readonly usage?: {
    readonly prompt_tokens?: unknown;
    readonly completion_tokens?: unknown;
  } | null;
}

interface CompletionMessage {
  readonly content?: unknown;
  readonly refusal?: unknown;
  readonly tool_calls?: unknown;
}

interface CompletionCall {
  readonly id?: unknown;
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown } | null;
}

function answerOf(
  where: string,
  given: unknown,
  { messages }: ModelRequest,
  access: Access,
): ModelAnswer {
  const completion: Completion = typeof given === 'object' && given !== null ? given : {};
  const message = completion.choices?.[0]?.message;
  if (typeof message !== 'object' || message === null) {
    const said = typeof given === 'string' ? given : JSON.stringify(given ?? null);
    throw new ModelError(
      `${where} answers what is no completion: ${quoted(said, access)}`,
      ANSWER_INVALID,
    );
  }
  const { content, refusal } = message;
  const asked: unknown = message.tool_calls;
  const calls = Array.isArray(asked) ? (asked as readonly (CompletionCall | null)[]) : [];
  // Some servers give none, or the same to all: the answers could then not be told apart.
  const ids = new Set(calls.map((call) => call?.id));
  const areApart =
    ids.size === calls.length && [...ids].every((id) => typeof id === 'string' && id !== '');
  const text = textOf(content) ?? textOf(refusal) ?? '';
  const reason = completion.choices?.[0]?.finish_reason;
  if (text === '' && calls.length === 0 && (reason === 'length' || reason === 'content_filter')) {
    throw new ModelError(`${where} answers nothing (finish_reason: ${reason})`, ANSWER_INVALID);
  }
  return {
    text,
    calls: calls.map((call, index) => {
      const id = areApart ? call?.id : `call_${String(messages.length)}_${String(index + 1)}`;
      return requestOf(where, String(id), call);
    }),
    usage: usageOf(completion),
  };
}

/** Some servers give a text in parts, with what a model thought beside them. */
function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const parts = content as ({ readonly text?: unknown } | null)[];
  return parts.map((part) => (typeof part?.text === 'string' ? part.text : '')).join('');
}

function requestOf(where: string, id: string, call: CompletionCall | null): ToolRequest {
  const { name, arguments: args } = call?.function ?? {};
  if (typeof name !== 'string')
    throw new ModelError(`${where} asks for a tool without a name`, ANSWER_INVALID);
  return { id, name, arguments: typeof args === 'string' ? args : JSON.stringify(args ?? {}) };
}

function usageOf({ usage }: Completion): Usage | null {
  const { prompt_tokens: input, completion_tokens: output } = usage ?? {};
  return typeof input === 'number' && typeof output === 'number' ? { input, output } : null;
}

function failureOf(
  openai: Loaded['openai'],
  where: string,
  error: unknown,
  access: Access,
): ModelError {
  if (error instanceof SyntaxError || error instanceof AnswerTooLongError) {
    const fault = error instanceof SyntaxError ? 'what is no JSON' : 'too much';
    const message = `${where} answers ${fault}: ${quoted(error.message, access)}`;
    return new ModelError(message, ANSWER_INVALID);
  }
  if (!(error instanceof openai.APIError)) {
    return new ModelError(
      `${where} breaks off its answer: ${quoted(causeOf(error), access)}`,
      UNAVAILABLE,
    );
  }
  const { status, headers } = error as { status?: number; headers?: Headers };
  if (status === undefined) {
    return new ModelError(
      `${where} can't be reached: ${quoted(causeOf(error), access)}`,
      UNAVAILABLE,
    );
  }
  const verdict = verdictOf(status);
  const keyed =
    verdict.code === 'MODEL_KEY_INVALID'
      ? access.apiKeyEnv === null
        ? ' It wants a key: name its variable in `apiKeyEnv`.'
        : ` Is the key in the worker's ${access.apiKeyEnv} the right one?`
      : '';
  const message = `${where} answers ${quoted(error.message, access)}.${keyed}`;
  return new ModelError(
    message,
    verdict,
    retryAfterOf(headers?.get('retry-after') ?? null, Date.now()),
  );
}

/** `fetch failed` says nothing; what caused it does. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? causeOf(error.cause) : error.message;
}

const MAX_QUOTED = 1_000;

/** What a provider said, without keys: the one that was sent, and what looks like one, for they are quoted in part. */
function quoted(text: string, { apiKey }: Access): string {
  const whole = apiKey === null ? text : text.replaceAll(apiKey, HIDDEN);
  const hidden = whole.replace(/\b(?:[a-z]{0,4}[sp]k[-_]|AIza|Bearer )[\w*.…-]{6,}/g, HIDDEN);
  return hidden.length > MAX_QUOTED ? `${hidden.slice(0, MAX_QUOTED)}…` : hidden;
}

const HIDDEN = '[key]';
