import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openaiCompatible } from '../definition/model.js';
import { milliseconds, type Duration } from '../plan/duration.js';
import { OptionError } from '../plan/errors.js';
import type { JsonObject } from '../plan/json.js';
import type { Model } from '../plan/model.js';

/** What a scripted model answers to one request: a text, tools to call, or trouble. */
export type ScriptedTurn =
  | string
  | {
      /** Beside the tools to call, or alone. */
      readonly text?: string;
      readonly calls?: readonly ScriptedCall[];
      /** Why it ends: `'length'`, `'content_filter'` … @default 'stop', or 'tool_calls' */
      readonly finish?: string;
      /** Why it declines to answer. */
      readonly refusal?: string;
      /** Waits before it answers. */
      readonly after?: Duration;
    }
  /** An error of the provider's, by its HTTP status. */
  | {
      readonly status: number;
      readonly message?: string;
      /** The provider's word for it: `'context_length_exceeded'`. */
      readonly code?: string;
      /** Seconds, or a date as HTTP has it. */
      readonly retryAfter?: number | string;
    }
  /** The connection ends in the middle of the answer. */
  | { readonly cut: true }
  /** Sent as it is, as if it were an answer. */
  | { readonly garbage: string };

/** A tool that a scripted model asks for. */
export interface ScriptedCall {
  readonly name: string;
  /** An object, or text that is sent as it is: JSON that is broken, say. */
  readonly arguments: JsonObject | string;
  /** @default one that is used only once */
  readonly id?: string;
}

/** A request as a scripted model was sent it. */
export interface ScriptedRequest {
  /** From 1, in the order in which they came. */
  readonly number: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** OpenAI's chat completion request. */
  readonly body: JsonObject;
  /** Its messages, in OpenAI's form. */
  readonly messages: readonly ScriptedMessage[];
}

/** A message in OpenAI's form, as far as it is read here. */
export interface ScriptedMessage {
  readonly role: string;
  readonly content: string | null;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
}

/** Answers each request: for dialogues that branch, and for several agents at once. */
export type ScriptedHandler = (request: ScriptedRequest) => ScriptedTurn | Promise<ScriptedTurn>;

/** A script that finds the turn for each request itself: `fromRun` makes one of a recorded run. */
export interface Script {
  readonly answer: ScriptedHandler;
  /** @throws Error when not all of it was asked for, or something else was. */
  assertComplete(): void;
}

/** A server that plays a model's part. */
export interface ScriptedModel extends AsyncDisposable {
  /** Give it to an agent. */
  readonly model: Model;
  /** With its path: for `openaiCompatible`, or a worker's `OPENAI_BASE_URL`. */
  readonly baseURL: string;
  /** What it was sent, in the order in which it came. */
  readonly requests: readonly ScriptedRequest[];
  /** @throws Error when turns of the script are left, or more were asked for than it has. */
  assertComplete(): void;
  /** Ends it, and the connections that are open. */
  close(): Promise<void>;
}

/**
 * A real HTTP server on 127.0.0.1 that speaks OpenAI's protocol (chat completions, not streamed) and plays a dialogue: a
 * list of turns, each for one request, a function that answers each, or what `fromRun` makes of a recorded run. A request
 * beyond the list, or for which the function throws, is answered with status 400, which fails its agent.
 *
 * @throws OptionError
 */
export async function scriptedModel(
  script: readonly ScriptedTurn[] | ScriptedHandler | Script,
): Promise<ScriptedModel> {
  const requests: ScriptedRequest[] = [];
  const played = scriptOf(script);

  const server = createServer((incoming, response) => {
    void (async () => {
      const body = await read(incoming);
      // Numbered when it is whole: others may have come in the meantime.
      const request = requestOf(incoming, body, requests.length + 1);
      requests.push(request);
      await answer(response, request.number, await played.answer(request));
    })().catch((error: unknown) => {
      // Not tried again, and told: what a handler expects of a request is part of a test.
      send(response, 400, { error: { message: String(error), type: 'scripted', code: null } });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const baseURL = `http://127.0.0.1:${String(port)}/v1`;

  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  return {
    baseURL,
    requests,
    model: openaiCompatible({ baseURL, id: 'scripted' }),
    assertComplete() {
      played.assertComplete();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function scriptOf(given: readonly ScriptedTurn[] | ScriptedHandler | Script): Script {
  if (typeof given === 'function') return { answer: given, assertComplete: () => undefined };
  if (isList(given)) return listed(given);
  if (typeof (given as Partial<Script> | null | undefined)?.answer === 'function') return given;
  const must = 'be given a list of turns, or a function that gives one, or what fromRun gives';
  throw new OptionError({ at: 'scriptedModel', must, got: given });
}

function isList(given: readonly ScriptedTurn[] | Script): given is readonly ScriptedTurn[] {
  return Array.isArray(given);
}

/** A turn for each request, in the order in which they come. */
function listed(turns: readonly ScriptedTurn[]): Script {
  let asked = 0;
  return {
    answer({ number }) {
      asked = number;
      const message = `The script has no turn ${String(number)}.`;
      return turns[number - 1] ?? { status: 400, message };
    },
    assertComplete() {
      if (asked === turns.length) return;
      throw new Error(
        `The scripted model was asked ${String(asked)} times, and its script has ${String(turns.length)} turns.`,
      );
    },
  };
}

async function read(incoming: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as JsonObject;
}

function requestOf(incoming: IncomingMessage, body: JsonObject, number: number): ScriptedRequest {
  const messages = (body['messages'] ?? []) as unknown as readonly ScriptedMessage[];
  return { number, path: incoming.url ?? '', headers: incoming.headers, body, messages };
}

async function answer(response: ServerResponse, number: number, turn: ScriptedTurn): Promise<void> {
  if (typeof turn === 'string') {
    send(response, 200, completion(number, { text: turn }));
    return;
  }
  if ('garbage' in turn) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(turn.garbage);
    return;
  }
  if ('cut' in turn) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"id":"cut","choices":[', () => response.destroy());
    return;
  }
  if ('status' in turn) {
    const { status, message = `status ${String(status)}`, code = null, retryAfter } = turn;
    if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
    send(response, status, { error: { message, type: 'scripted', code } });
    return;
  }
  if (turn.after !== undefined) {
    const wait = milliseconds(turn.after) ?? 0;
    await new Promise((resolve) => setTimeout(resolve, wait).unref());
  }
  send(response, 200, completion(number, turn));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A turn that is an answer. */
type ScriptedAnswer = Extract<ScriptedTurn, { text?: string }>;

function completion(number: number, turn: ScriptedAnswer): unknown {
  const { text = null, calls = [], refusal, finish } = turn;
  const toolCalls = calls.map(({ id, name, arguments: args }, index) => ({
    id: id ?? `call_${String(number)}_${String(index + 1)}`,
    type: 'function',
    function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
  }));
  const message = {
    role: 'assistant',
    content: text,
    ...(refusal !== undefined && { refusal }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
  const usual = toolCalls.length > 0 ? 'tool_calls' : 'stop';
  return {
    id: `scripted-${String(number)}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: 'scripted',
    choices: [{ index: 0, message, finish_reason: finish ?? usual }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  };
}
