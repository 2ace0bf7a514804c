import type { Exa } from 'exa-js';
import { NonRetryableError } from '../../plan/errors.js';
import { boundedFetch, retryAfter, type Answer } from '../bounded-fetch.js';
import { optional } from '../optional.js';
import { cut, inLine } from '../text.js';

/** As messages name it. */
export const WHO = 'Exa';

/**
 * A client for one call. The key is read now, from the worker's environment, and stands in nothing that comes back.
 *
 * @throws NonRetryableError without the package or a key.
 */
export async function exaClient(baseURL: string, signal: AbortSignal): Promise<Exa> {
  const { Exa } = await optional({ name: 'exa-js', tool: 'exaTools' }, () => import('exa-js'));
  const key = keyOf(process.env);
  const exa = new Exa(key, baseURL);
  // The SDK's own way to ask ends neither with a signal nor with time, and reads without a limit.
  exa.request = <T>(endpoint: string, method: string, body?: unknown) =>
    request(new URL(baseURL + endpoint), { method, body, key, signal }) as Promise<T>;
  return exa;
}

function keyOf(environment: NodeJS.ProcessEnv): string {
  const key = environment[KEY]?.trim() ?? '';
  if (key === '') throw new NonRetryableError(`${WHO} needs a key: set ${KEY} on the worker.`);
  // What refuses such a key as a header names it.
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new NonRetryableError(`${KEY} on the worker holds characters that no key has.`);
  return key;
}

const KEY = 'EXA_API_KEY';

interface Request {
  readonly method: string;
  readonly body: unknown;
  readonly key: string;
  readonly signal: AbortSignal;
}

async function request(url: URL, { method, body, key, signal }: Request): Promise<unknown> {
  const answer = await boundedFetch(
    {
      url,
      method: method === 'GET' ? 'GET' : 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json', accept: 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    },
    // A redirect would take the key along.
    { who: WHO, signal, redirects: 0 },
  );
  const redacted = { ...answer, text: answer.text.replaceAll(key, '[key]') };
  if (answer.status !== 200) throw refusal(redacted);
  const json = jsonOf(redacted.text);
  if (json === undefined) throw new Error(`${WHO} answered with something that isn't JSON.`);
  return json;
}

/** `undefined` for what is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What Exa's status means. Of what isn't listed, below 500 is the request's fault, and the rest Exa's. */
const BY_STATUS: Readonly<Record<number, { readonly says: string; readonly retry: boolean }>> = {
  401: { says: `refuses the key in ${KEY} on the worker`, retry: false },
  402: { says: 'wants to be paid: its credits are used up', retry: false },
  403: { says: `doesn't allow this with the key in ${KEY} on the worker`, retry: false },
  408: { says: 'took too long', retry: true },
  429: { says: 'limits how often it is asked', retry: true },
};

function refusal({ status, headers, text }: Answer): Error {
  const { says, retry } = BY_STATUS[status] ?? {
    says: status < 500 ? 'refuses the request' : 'failed',
    retry: status >= 500,
  };
  const own = ownWords(jsonOf(text));
  const message = `${WHO} ${says} (status ${String(status)})${own === '' ? '.' : `: ${own}`}${retryAfter(headers)}`;
  return retry ? new Error(message) : new NonRetryableError(message);
}

/** Its message: `{ error: 'text' }`, or `{ error: { message: 'text' } }`. */
function ownWords(json: unknown): string {
  const { error, message } = (json ?? {}) as { error?: unknown; message?: unknown };
  const nested = (error as { message?: unknown } | null | undefined)?.message;
  const words = [error, nested, message].find((each) => typeof each === 'string');
  return typeof words === 'string' ? cut(inLine(words), MAX_WORDS) : '';
}

const MAX_WORDS = 300;
