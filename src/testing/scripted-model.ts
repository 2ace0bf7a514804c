import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openaiCompatible } from '../definition/model.js';
import { OptionError } from '../plan/errors.js';
import type { JsonObject } from '../plan/json.js';
import type { Model } from '../plan/model.js';
import { answer, send, type ScriptedTurn } from './scripted-turn.js';

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
  /** Its text; `null` for none. */
  readonly content: string | null;
  /** Of a message with images, sounds or files: all of its parts, the text among them, as they came. */
  readonly parts?: readonly JsonObject[];
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
 * A real HTTP server on 127.0.0.1 that speaks OpenAI's protocol (chat completions, streamed where that is asked for, word by
 * word) and plays a dialogue: a list of turns, each for one request, a function that answers each, or what `fromRun` makes of
 * a recorded run. A request beyond the list, or for which the function throws, is answered with status 400, which fails its
 * agent.
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
      const { number } = request;
      const turn = await played.answer(request);
      await answer(response, turn, { number, streams: body['stream'] === true });
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
  const messages = ((body['messages'] ?? []) as unknown as readonly SentMessage[]).map(messageOf);
  return { number, path: incoming.url ?? '', headers: incoming.headers, body, messages };
}

type SentMessage = Omit<ScriptedMessage, 'content' | 'parts'> & {
  readonly content?: string | null | readonly JsonObject[];
};

function messageOf({ content = null, ...message }: SentMessage): ScriptedMessage {
  if (content === null || typeof content === 'string') return { ...message, content };
  const texts = content.map(({ text }) => text).filter((text) => typeof text === 'string');
  return { ...message, content: texts.length === 0 ? null : texts.join('\n\n'), parts: content };
}
