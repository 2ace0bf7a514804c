import type { ServerResponse } from 'node:http';
import { milliseconds, type Duration } from '../plan/duration.js';
import type { JsonObject } from '../plan/json.js';
import type { Usage } from '../plan/model.js';

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
      /** Tokens that it says it took. @default 10 of input, 5 of output */
      readonly usage?: Usage;
      /** Waits before it answers. */
      readonly after?: Duration;
      /** Streamed: what it thinks before. */
      readonly reasoning?: string;
      /** Streamed: waits before each further word of the text, or of `reasoning`. */
      readonly every?: Duration;
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
  /** The connection ends in the middle of the answer: of a streamed one after this text, which comes like any other. */
  | { readonly cut: true; readonly text?: string; readonly every?: Duration }
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

const STREAM = 'text/event-stream';
const DONE = 'data: [DONE]\n\n';

/** Answers a request as the script says: the one with that number, streamed where it asks for that. */
export async function answer(
  response: ServerResponse,
  turn: ScriptedTurn,
  { number, streams }: { readonly number: number; readonly streams: boolean },
): Promise<void> {
  if (typeof turn === 'string') {
    await complete(response, number, { text: turn }, streams);
    return;
  }
  if ('garbage' in turn) {
    const type = streams ? STREAM : 'application/json';
    response.writeHead(200, { 'content-type': type });
    response.end(streams ? `data: ${turn.garbage}\n\n${DONE}` : turn.garbage);
    return;
  }
  if ('cut' in turn) {
    if (streams) {
      response.writeHead(200, { 'content-type': STREAM });
      await write(response, turn);
    } else {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    }
    response.write('{"id":"cut","choices":[', () => response.destroy());
    return;
  }
  if ('status' in turn) {
    const { status, message = `status ${String(status)}`, code = null, retryAfter } = turn;
    if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
    send(response, status, { error: { message, type: 'scripted', code } });
    return;
  }
  await pause(turn.after);
  await complete(response, number, turn, streams);
}

async function pause(time: Duration | undefined): Promise<void> {
  if (time === undefined) return;
  const wait = milliseconds(time) ?? 0;
  await new Promise((resolve) => setTimeout(resolve, wait).unref());
}

/** Answers with JSON. */
export function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

type Written = Pick<ScriptedAnswer, 'reasoning' | 'text' | 'every'>;

/** A turn that is an answer. */
type ScriptedAnswer = Exclude<
  ScriptedTurn,
  string | { readonly status: number } | { readonly cut: true } | { readonly garbage: string }
>;

async function complete(
  response: ServerResponse,
  number: number,
  turn: ScriptedAnswer,
  streams: boolean,
): Promise<void> {
  const message = messageOf(number, turn);
  const finish = turn.finish ?? (message.tool_calls === undefined ? 'stop' : 'tool_calls');
  if (streams) {
    await stream(response, turn, message, finish);
    return;
  }
  send(response, 200, {
    id: `scripted-${String(number)}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: 'scripted',
    choices: [{ index: 0, message, finish_reason: finish }],
    usage: usageOf(turn),
  });
}

async function stream(
  response: ServerResponse,
  turn: ScriptedAnswer,
  { refusal, tool_calls: calls = [] }: Message,
  finish: string,
): Promise<void> {
  response.writeHead(200, { 'content-type': STREAM });
  await write(response, turn);
  if (refusal !== undefined) chunk(response, { refusal });
  for (const [index, { id, type, function: of }] of calls.entries()) {
    const begun = { index, id, type, function: { name: of.name, arguments: '' } };
    chunk(response, { tool_calls: [begun] });
    for (const piece of of.arguments.match(/.{1,8}/gsu) ?? [])
      chunk(response, { tool_calls: [{ index, function: { arguments: piece } }] });
  }
  chunk(response, {}, finish);
  event(response, { choices: [], usage: usageOf(turn) });
  response.end(DONE);
}

/** Streams thoughts and text word by word, for as long as somebody listens. */
async function write(response: ServerResponse, { reasoning, text, every }: Written): Promise<void> {
  const pieces = [
    ...wordsOf(reasoning).map((piece) => ({ reasoning_content: piece })),
    ...wordsOf(text).map((piece) => ({ content: piece })),
  ];
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await pause(every);
    if (response.destroyed) return;
    chunk(response, piece);
  }
}

function wordsOf(text = ''): readonly string[] {
  return text.match(/\s*\S+\s*/g) ?? (text === '' ? [] : [text]);
}

function chunk(response: ServerResponse, delta: object, finish: string | null = null): void {
  event(response, { choices: [{ index: 0, delta, finish_reason: finish }] });
}

function event(response: ServerResponse, data: object): void {
  const head = { object: 'chat.completion.chunk', model: 'scripted' };
  response.write(`data: ${JSON.stringify({ ...head, ...data })}\n\n`);
}

interface Message {
  readonly role: 'assistant';
  readonly content: string | null;
  readonly refusal?: string;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly type: 'function';
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
}

function messageOf(number: number, turn: ScriptedAnswer): Message {
  const { text = null, calls = [], refusal } = turn;
  const toolCalls = calls.map(({ id, name, arguments: args }, index) => ({
    id: id ?? `call_${String(number)}_${String(index + 1)}`,
    type: 'function' as const,
    function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
  }));
  return {
    role: 'assistant',
    content: text,
    ...(refusal !== undefined && { refusal }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
}

function usageOf({ usage = { input: 10, output: 5 } }: ScriptedAnswer): object {
  const { input, output, cached, reasoning } = usage;
  return {
    ...{ prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
    ...(cached !== undefined && { prompt_tokens_details: { cached_tokens: cached } }),
    ...(reasoning !== undefined && { completion_tokens_details: { reasoning_tokens: reasoning } }),
  };
}
