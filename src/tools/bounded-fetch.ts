import { NonRetryableError } from '../plan/errors.js';

/** Milliseconds that a tool's call may take, all of its requests together. */
export const DEFAULT_TIMEOUT = 15_000;
/** Of an answer, decompressed: one that goes on and on is ended there. */
const MAX_BYTES = 2_000_000;

/** What is asked. */
export interface Ask {
  readonly url: URL;
  readonly method?: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Who is asked, and for how long and how far. */
export interface Bounds {
  /** As messages name it. */
  readonly who: string;
  /** Ends everything at once, the reading of the answer included. */
  readonly signal: AbortSignal;
  /** How many redirects are followed. They lead to the same site at most, and never from https to http. */
  readonly redirects: number;
}

/** Whatever came, of whatever status. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
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
      return { status: response.status, headers: response.headers, text };
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
  { who, signal }: Bounds,
): Promise<Response> {
  try {
    return await fetch(url, {
      ...{ method, headers, signal, redirect: 'manual' },
      ...(body !== undefined && { body }),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${who} can't be reached: ${reasonOf(error)}.`, { cause: error });
  }
}

async function textOf(response: Response, { who, signal }: Bounds): Promise<string> {
  const body = response.body as AsyncIterable<Uint8Array> | null;
  if (body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      // Leaving the loop ends the connection.
      if (bytes > MAX_BYTES) break;
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${who} broke off its answer: ${reasonOf(error)}.`, { cause: error });
  }
  if (bytes > MAX_BYTES)
    throw new Error(`${who} answered with more than ${String(MAX_BYTES / 1_000_000)} MB.`);
  return text + decoder.decode();
}

function redirected(ask: Ask, status: number, location: string, { who }: Bounds): Ask {
  const to = URL.canParse(location, ask.url.href) ? new URL(location, ask.url) : null;
  if (to === null || !mayFollow(ask.url, to))
    throw new NonRetryableError(
      `${who} redirects to ${to === null ? 'no address' : to.host || to.protocol}, which isn't followed.`,
    );
  const keepsMethod = status === 307 || status === 308;
  if (keepsMethod || ask.method !== 'POST') return { ...ask, url: to };
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
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as { code?: unknown };
  return cause.message || (typeof code === 'string' ? code : cause.name);
}
