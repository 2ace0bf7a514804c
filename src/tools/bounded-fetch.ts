import { TextDecoder } from 'node:util';
import { NonRetryableError } from '../plan/errors.js';

/** Milliseconds that a tool's call may take, all of its requests together. */
export const DEFAULT_TIMEOUT = 15_000;
/** Of an answer, decompressed: one that goes on and on is ended there. */
export const DEFAULT_MAX_BYTES = 2_000_000;

/** What a server may be asked to do. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What is asked. */
export interface Ask {
  readonly url: URL;
  readonly method?: Method;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Who is asked, and for how long and how far. */
export interface Bounds {
  /** As messages name it. */
  readonly who: string;
  /** Ends everything at once, the reading of the answer included. */
  readonly signal: AbortSignal;
  /** How many redirects are followed. */
  readonly redirects: number;
  /** Which of them. @default those that lead to the same site, and not from https to http */
  readonly mayFollow?: (from: URL, to: URL) => boolean;
  /** Of an answer, decompressed. @default 2,000,000 */
  readonly maxBytes?: number;
  /** Asks for each address, redirects included. A NonRetryableError that it throws, or meets on its way, is thrown on. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Whatever came, of whatever status. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** By the character set that the headers name, or else as UTF-8. */
  readonly text: string;
  /** After the redirects. */
  readonly url: URL;
}

/** Does `work` with a signal that fires with `outer`, and after `timeout` milliseconds. */
export async function within<T>(
  { who, timeout, outer }: { who: string; timeout: number; outer: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const inner = new AbortController();
  const stop = (): void => {
    inner.abort(outer.reason);
  };
  const timer = setTimeout(() => {
    inner.abort(new Error(`${who} didn't answer within ${String(timeout / 1000)} s.`));
  }, timeout);
  // Not AbortSignal.any: what it makes of signals that nobody else holds is lost to garbage collection in Node 20.
  outer.addEventListener('abort', stop, { once: true });
  try {
    return await work(inner.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', stop);
    // What a redirect says beside its address is never read: its connection would stay open.
    inner.abort();
  }
}

/**
 * Asks a server over HTTP. An answer comes whole or not at all.
 *
 * @throws the signal's reason; NonRetryableError for a redirect that leads elsewhere; Error for anything else.
 */
export async function boundedFetch(ask: Ask, bounds: Bounds): Promise<Answer> {
  let next = ask;
  for (let followed = 0; ; followed++) {
    const response = await fetched(next, bounds);
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
    if (location === null) {
      const text = await textOf(response, bounds);
      return { status: response.status, headers: response.headers, text, url: next.url };
    }
    next = redirected(next, response.status, location, bounds);
    if (followed === bounds.redirects)
      throw new Error(`${bounds.who} redirects once more than is followed, to ${next.url.host}.`);
  }
}

/** Ends a sentence's neighbour: what the header `Retry-After` asks for, or nothing. */
export function retryAfter(headers: Headers): string {
  const value = headers.get('retry-after')?.trim() ?? '';
  const seconds = /^\d{1,6}$/.test(value)
    ? Number(value)
    : Math.ceil((Date.parse(value) - Date.now()) / 1000);
  return seconds > 0 ? ` It asks to wait ${String(seconds)} s.` : '';
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

async function fetched(
  { url, method = 'GET', headers, body }: Ask,
  { who, signal, fetch: ask = fetch }: Bounds,
): Promise<Response> {
  try {
    return await ask(url, {
      ...{ method, headers, signal, redirect: 'manual' },
      ...(body !== undefined && { body }),
    });
  } catch (error) {
    signal.throwIfAborted();
    const refusal = [error, (error as Error).cause].find(
      (each) => each instanceof NonRetryableError,
    );
    if (refusal !== undefined) throw refusal;
    throw new Error(`${who} can't be reached: ${reasonOf(error)}.`, { cause: error });
  }
}

async function textOf(
  response: Response,
  { who, signal, maxBytes = DEFAULT_MAX_BYTES }: Bounds,
): Promise<string> {
  const body = response.body as AsyncIterable<Uint8Array> | null;
  if (body === null) return '';
  const decoder = decoderOf(response.headers);
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      // Leaving the loop ends the connection.
      if (bytes > maxBytes) break;
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${who} broke off its answer: ${reasonOf(error)}.`, { cause: error });
  }
  if (bytes > maxBytes)
    throw new Error(`${who} answered with more than ${String(maxBytes / 1_000_000)} MB.`);
  return text + decoder.decode();
}

function decoderOf(headers: Headers): TextDecoder {
  const [, charset] = /;\s*charset="?([^\s";]+)/i.exec(headers.get('content-type') ?? '') ?? [];
  try {
    return new TextDecoder(charset);
  } catch {
    // One that nobody knows.
    return new TextDecoder();
  }
}

function redirected(
  ask: Ask,
  status: number,
  location: string,
  { who, mayFollow: follows = mayFollow }: Bounds,
): Ask {
  const to = URL.canParse(location, ask.url.href) ? new URL(location, ask.url) : null;
  if (to === null || !follows(ask.url, to))
    throw new NonRetryableError(
      `${who} redirects to ${to === null ? 'no address' : to.host || to.protocol}, which isn't followed.`,
    );
  const { method = 'GET' } = ask;
  const becomesGet = status === 303 ? method !== 'GET' : status < 303 && method === 'POST';
  if (!becomesGet) return { ...ask, url: to };
  const { 'content-type': _, ...headers } = ask.headers;
  return { url: to, headers };
}

/** Whether a redirect leads to the same site, and as safely. */
export function mayFollow(from: URL, to: URL): boolean {
  const isWeb = to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:');
  const isSameSite =
    to.hostname === from.hostname ||
    to.hostname.endsWith(`.${from.hostname}`) ||
    from.hostname.endsWith(`.${to.hostname}`);
  return isWeb && isSameSite;
}

/** `fetch` says "fetch failed"; what failed stands in the causes. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as { code?: unknown };
  return cause.message || (typeof code === 'string' ? code : cause.name);
}
