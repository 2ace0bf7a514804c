import { NonRetryableError } from '../../plan/errors.js';
import { boundedFetch, retryAfter, type Ask } from '../bounded-fetch.js';

/** As messages name it. */
export const WHO = 'DuckDuckGo';

/** Where it is. Tests have it elsewhere. */
export interface Addresses {
  /** Its page of results for browsers without JavaScript. */
  readonly html: URL;
  /** Its front page, which gives the token that the news want. */
  readonly home: URL;
  readonly news: URL;
}

/** How it is searched. */
export interface Search {
  readonly addresses: Addresses;
  /** As DuckDuckGo writes it: `wt-wt` for all. */
  readonly region: string;
  /** `1`, `-1` or `-2`. */
  readonly safeSearch: string;
  readonly signal: AbortSignal;
}

/**
 * The body of an answer of status 200.
 *
 * @throws NonRetryableError where asking again would be of no use; Error else.
 */
export async function ask(request: Ask, signal: AbortSignal): Promise<string> {
  const { status, headers, text } = await boundedFetch(
    { ...request, headers: { 'user-agent': USER_AGENT, ...request.headers } },
    { who: WHO, signal, redirects: MAX_REDIRECTS },
  );
  if (status === 200) return text;
  if (BLOCKED.has(status)) throw blocked(` (status ${String(status)})`);
  if (status === 429)
    throw new Error(`${WHO} limits how often it is searched (status 429).${retryAfter(headers)}`);
  const message = `${WHO} answered with status ${String(status)}.`;
  throw status < 500 ? new NonRetryableError(message) : new Error(message);
}

/** It asks for a human. Further attempts would only make that last longer. */
export function blocked(how = ''): NonRetryableError {
  return new NonRetryableError(
    `${WHO} takes this worker for a bot and doesn't answer its searches${how}. That lasts for an hour or so: search less often, or by another tool.`,
  );
}

const USER_AGENT = 'Mozilla/5.0 (compatible; outlast)';
const MAX_REDIRECTS = 3;

/** 202 is the usual one, of the page with the challenge. */
const BLOCKED: ReadonlySet<number> = new Set([202, 403, 418]);
