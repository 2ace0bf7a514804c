import type * as sdk from 'openai';
import { saidIn } from './said.js';

/** An answer is kept in a history, which takes 2 MB of it. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** Streamed, a word of it takes some 200. */
const MAX_STREAM_BYTES = 8 * MAX_ANSWER_BYTES;

/** What is loaded when the first model is asked. */
export interface Loaded {
  readonly openai: typeof sdk;
  readonly fetch: typeof globalThis.fetch;
}

let loading: Promise<Loaded> | null = null;

/** A worker without agents doesn't load it. */
export function loaded(): Promise<Loaded> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Loaded> {
  const [openai, undici] = await Promise.all([import('openai'), import('undici')]);
  // Node's own gives up on a server that takes five minutes to answer, which models do.
  const dispatcher = new undici.Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const ask = undici.fetch as unknown as (url: string, init: object) => Promise<Response>;
  const fetch = async (url: string, init: object): Promise<Response> =>
    inOneForm(bounded(await ask(url, { ...init, dispatcher })));
  return { openai, fetch: fetch as typeof globalThis.fetch };
}

/** Ends an answer that is too long. What is counted is unpacked: a few packed bytes can be any number of them. */
function bounded(response: Response): Response {
  if (response.body === null) return response;
  const isStream = response.headers.get('content-type')?.includes('text/event-stream') === true;
  const most = isStream ? MAX_STREAM_BYTES : MAX_ANSWER_BYTES;
  let bytes = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes <= most) controller.enqueue(chunk);
      else controller.error(new AnswerTooLongError(most));
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(counter), {
    ...{ status, statusText, headers: [...headers] },
  });
}

/** The client reads a failure in OpenAI's form alone: of any other it would say that it has no body. */
async function inOneForm(response: Response): Promise<Response> {
  if (response.ok || response.body === null) return response;
  const { status, statusText, headers } = response;
  const error = saidIn(await response.text().catch(String));
  return new Response(error.message === '' ? null : JSON.stringify({ error }), {
    ...{ status, statusText, headers },
  });
}

/** An answer has more bytes than are read. */
export class AnswerTooLongError extends Error {
  constructor(most: number) {
    super(`it takes more than ${String(most)} bytes`);
  }
}
