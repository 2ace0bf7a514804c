import { createHash } from 'node:crypto';
import type * as sdk from 'openai';
import type { JsonObject } from '../../plan/json.js';
import type {
  Message,
  ModelAnswer,
  ModelDelta,
  ModelOptions,
  ModelRequest,
  ToolDescription,
} from '../../plan/model.js';
import { ModelError } from '../../plan/model-error.js';
import { PLAIN, providerOf } from '../../plan/providers.js';
import type { Access } from './access.js';
import { Assembly } from './assembly.js';
import { answerOf } from './completion.js';
import { ANSWER_INVALID, retryAfterOf, UNAVAILABLE, verdictOf, type Said } from './errors.js';
import { partsOf } from './parts.js';
import { quoted } from './said.js';
import { dataOf } from './server-sent.js';
import { AnswerTooLongError, loaded, type Loaded } from './transport.js';

type Body = sdk.OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming;

/**
 * Asks a model by OpenAI's protocol, once: tries and waits are the turn's own affair. How long it may take is the
 * signal's to say.
 *
 * @param tell Has the answer streamed, where the server does that, and is told of it as it comes.
 * @throws ModelError
 */
export async function askOpenAI(
  request: ModelRequest,
  access: Access,
  signal: AbortSignal,
  tell?: (delta: ModelDelta) => void,
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
  const { takesSchemas } = providerOf(request.model.provider) ?? PLAIN;
  const how: How = {
    streams: tell !== undefined && !REFUSED.streams.has(where),
    schemas: request.output !== null && takesSchemas && !REFUSED.schemas.has(where),
  };
  let completion: unknown;
  try {
    completion =
      how.streams && tell !== undefined
        ? await streamed(client, request, how, signal, tell)
        : await client.chat.completions.create(bodyOf(request, how), { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const refused = refusedBy(openai, error, how);
    if (refused === null) throw failureOf(openai, where, error, access, request);
    REFUSED[refused].add(where);
    return askOpenAI(request, access, signal, tell);
  }
  return answerOf(where, completion, request, access);
}

/** What is made use of that not every server knows. */
type How = Readonly<Record<'streams' | 'schemas', boolean>>;

/** Models, with where they are, that have refused it: a turn isn't to cost a request in vain each time. */
const REFUSED: Readonly<Record<keyof How, Set<string>>> = {
  streams: new Set(),
  schemas: new Set(),
};

/**
 * What a server refuses a request for: some don't know the fields, of which some answer as if it were their fault, and OpenAI
 * wants to know who its customers are before some models stream.
 */
function refusedBy(openai: Loaded['openai'], error: unknown, how: How): keyof How | null {
  if (!(error instanceof openai.APIError)) return null;
  const { status } = error as { status?: number };
  const isAsked = status === 400 || status === 422;
  const isOfSchemas = /response_format|json_schema/i.test(error.message);
  const isRefused = isAsked || (status === 500 && LACKS.test(error.message));
  // A schema that is wrong is the agent's own to mend.
  if (how.schemas && isOfSchemas && isRefused && !/invalid schema/i.test(error.message))
    return 'schemas';
  return how.streams && isAsked && /\bstream/i.test(error.message) ? 'streams' : null;
}

/** How servers say under the status of a fault of theirs that they know other fields alone. */
const LACKS = /should be|not (?:supported|allowed|permitted)|unsupported|unknown|unexpected/i;

/** The completion that a stream comes to. A server that doesn't know how to stream answers it at once. */
async function streamed(
  client: sdk.OpenAI,
  request: ModelRequest,
  how: How,
  signal: AbortSignal,
  tell: (delta: ModelDelta) => void,
): Promise<unknown> {
  const { streamOptions } = providerOf(request.model.provider) ?? PLAIN;
  const usage = streamOptions && { stream_options: { include_usage: true } };
  const body = { ...usage, ...bodyOf(request, how), stream: true } as const;
  const response = await client.chat.completions.create(body, { signal }).asResponse();
  const type = response.headers.get('content-type') ?? '';
  if (response.body === null || !type.includes('text/event-stream')) {
    const text = await response.text();
    return text === '' || !type.includes('json') ? text : JSON.parse(text);
  }
  const assembly = new Assembly(tell);
  let isOver = false;
  for await (const data of dataOf(response.body)) {
    // What is left is read as well: so the connection serves the next request.
    isOver ||= data === '[DONE]';
    if (!isOver) assembly.add(JSON.parse(data));
  }
  if (!isOver && !assembly.hasEnded) throw new Error('its stream has no end');
  return assembly.whole();
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

function bodyOf({ model, messages, tools, output }: ModelRequest, { schemas }: How): Body {
  const told = output === null || schemas ? messages : withSchema(messages, output);
  return {
    model: model.id,
    messages: told.map((message) => messageOf(message, model.provider)),
    ...(tools.length > 0 && { tools: tools.map(toolOf) }),
    ...(output !== null && schemas && { response_format: formatOf(output) }),
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

/** With the schema at the end of the system's message, where the model hasn't been told of it otherwise. */
function withSchema(messages: readonly Message[], schema: JsonObject): readonly Message[] {
  const text = `Answer with JSON alone, without a fence around it, by this JSON Schema:\n${JSON.stringify(schema)}`;
  const [first, ...rest] = messages;
  return first?.role === 'system'
    ? [{ role: 'system', text: `${first.text}\n\n${text}` }, ...rest]
    : [{ role: 'system', text }, ...messages];
}

function messageOf(message: Message, provider: string): Body['messages'][number] {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.text };
    case 'user':
      return { role: 'user', content: partsOf(message.text, message.media ?? {}) };
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
        // An empty list of them is refused.
        ...(message.calls.length > 0 && {
          tool_calls: message.calls.map(({ id, name, arguments: args }) => ({
            id: callIdOf(provider, id),
            type: 'function',
            function: { name, arguments: args === '' ? '{}' : args },
          })),
        }),
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

function failureOf(
  openai: Loaded['openai'],
  where: string,
  error: unknown,
  access: Access,
  { messages }: Pick<ModelRequest, 'messages'>,
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
  const { error: said } = error as { error?: Said };
  const verdict = verdictOf(status, said ?? { message: '', codes: [] });
  const keyed =
    verdict.code === 'MODEL_KEY_INVALID'
      ? access.apiKeyEnv === null
        ? ' It wants a key: name its variable in `apiKeyEnv`.'
        : ` Is the key in the worker's ${access.apiKeyEnv} the right one?`
      : '';
  const sentMedia = messages.some((message) => 'media' in message);
  const hint =
    status === 400 && sentMedia
      ? ' It was sent media: of an agent whose model takes text alone say `sendMediaToModel: false`.'
      : '';
  const message = `${where} answers ${quoted(error.message, access)}.${keyed}${hint}`;
  const retryAfter = retryAfterOf(headers?.get('retry-after') ?? null, Date.now());
  return new ModelError(message, { ...verdict, retryAfter });
}

/** `fetch failed` says nothing; what caused it does. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? causeOf(error.cause) : error.message;
}
