import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openaiCompatible } from '../definition/model.js';
import { OptionError } from '../plan/errors.js';
import type { JsonObject } from '../plan/json.js';
import type { Model } from '../plan/model.js';
import { answer, type ScriptedTurn, send } from './scripted-turn.js';

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
 * A real HTTP server on 127.0.0.1 that speaks OpenAI's protocol (chat completions, streamed where that is asked for, word by
 * word) and plays a dialogue: a list of turns, each for one request, or a function that answers each. A request beyond the
 * list, or for which the function throws, is answered with status 400, which fails its agent.
 *
 * @throws OptionError
 */
export async function scriptedModel(
  script: readonly ScriptedTurn[] | ScriptedHandler,
): Promise<ScriptedModel> {
  const given: unknown = script;
  if (typeof given !== 'function' && !Array.isArray(given)) {
    const must = 'be given a list of turns, or a function that gives one';
    throw new OptionError({ at: 'scriptedModel', must, got: script });
  }
  const requests: ScriptedRequest[] = [];
  const handler: ScriptedHandler =
    typeof script === 'function' ? script : ({ number }) => script[number - 1] ?? beyond(number);

  const server = createServer((incoming, response) => {
    void (async () => {
      const body = await read(incoming);
      // Numbered when it is whole: others may have come in the meantime.
      const request = requestOf(incoming, body, requests.length + 1);
      requests.push(request);
      const { number } = request;
      await answer(response, await handler(request), { number, streams: body['stream'] === true });
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
      if (typeof script === 'function' || script.length === requests.length) return;
      const [asked, has] = [String(requests.length), String(script.length)];
      throw new Error(
        `The scripted model was asked ${asked} times, and its script has ${has} turns.`,
      );
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function beyond(number: number): ScriptedTurn {
  return { status: 400, message: `The script has no turn ${String(number)}.` };
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
