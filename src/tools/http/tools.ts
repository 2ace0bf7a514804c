import { z } from 'zod';
import { Check } from '../../definition/check.js';
import { tool, type Tool } from '../../definition/tool.js';
import type { Duration } from '../../plan/duration.js';
import type { StepContext } from '../../plan/executor.js';
import {
  boundedFetch,
  DEFAULT_MAX_BYTES,
  DEFAULT_TIMEOUT,
  retryAfter,
  within,
  type Answer,
  type Ask,
  type Method,
} from '../bounded-fetch.js';
import { MAX_LISTED_URL } from '../results.js';
import { cut, wellFormed } from '../text.js';
import type { Resolve } from './addresses.js';
import { allowListOf } from './allow.js';
import { guardedFetch, type HeadersFor } from './guarded-fetch.js';
import { readableText } from './readable.js';

/** What {@link httpTools} may reach, and how far. */
export interface HttpOptions {
  /**
   * The origins that may be asked: scheme, host, and port where it isn't the scheme's own.
   * `'https://api.example.com'` is that one alone, `'https://*.example.com'` all names below example.com but not itself,
   * `'https://*'` any host. Redirects have to lead to one of them, too.
   */
  readonly allow: readonly string[];
  /**
   * What the model may do: with `'GET'` there is the tool `http_get`, with any other one `http_send`.
   * @default ['GET']
   */
  readonly methods?: readonly Method[];
  /**
   * Headers for an address, such as a key: called on the worker before each request, redirects included. What it adds
   * reaches no history, and stands as `[key]` in an answer that repeats it.
   * @default none
   */
  readonly headers?: HeadersFor;
  /**
   * Whether addresses of this machine and of private networks may be asked, where the list allows them.
   * @default false
   */
  readonly allowPrivateAddresses?: boolean;
  /**
   * Redirects that are followed, from 0.
   * @default 5
   */
  readonly redirects?: number;
  /**
   * Of an answer, unpacked: what is longer is an error.
   * @default 2,000,000
   */
  readonly maxBytes?: number;
  /**
   * Of an answer's text: what is longer is cut.
   * @default 20,000
   */
  readonly maxCharacters?: number;
  /**
   * For each call, all of its requests together; at most 24 days.
   * @default '15 seconds'
   */
  readonly timeout?: Duration;
}

/**
 * Tools that ask servers over HTTP, those of an allow list alone. `http_get` takes a `url`; `http_send`, where `methods` has
 * more than GET, also `method`, `body` and `content_type`. Both give `{ url, status, type, text }`: of an HTML page what a
 * reader sees of it, with its links, of anything else that is text the text itself.
 *
 * @throws DefinitionError
 */
export function httpTools(options: HttpOptions): readonly Tool[] {
  return createHttp(options);
}

/** The same with names looked up elsewhere. */
export function createHttp(options: HttpOptions, resolve?: Resolve): readonly Tool[] {
  const check = new Check('httpTools');
  check.known(options, KNOWN);
  const withPrivate = check.flag('allowPrivateAddresses', options.allowPrivateAddresses) ?? false;
  const allow = allowListOf(check, options.allow, withPrivate);
  const methods = methodsOf(check, options.methods ?? ['GET']);
  const headersFor = headersOf(check, options.headers);
  const redirects = check.integer('redirects', options.redirects ?? 5, 0);
  const maxBytes = check.integer('maxBytes', options.maxBytes ?? DEFAULT_MAX_BYTES, 1);
  const maxCharacters = check.integer('maxCharacters', options.maxCharacters ?? 20_000, 1);
  const timeout = check.duration('timeout', options.timeout ?? DEFAULT_TIMEOUT);
  const { fetch, redacted } = guardedFetch({
    ...{ allow, headersFor, withPrivate },
    ...(resolve !== undefined && { resolve }),
  });

  const answerTo = async (ask: Ask, { signal: outer }: StepContext): Promise<Answer> => {
    const who = ask.url.host;
    const headers = { 'user-agent': USER_AGENT, accept: ACCEPT, ...ask.headers };
    return within({ who, timeout, outer }, (signal) =>
      boundedFetch(
        { ...ask, headers },
        { who, signal, redirects, maxBytes, fetch, mayFollow: (_, to) => allow.allows(to) },
      ),
    );
  };
  const told = ({ url, status, headers, text }: Answer): Told => {
    const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
    const readable = wellFormed(redacted(readableOf(type, text, url)));
    return { url: redacted(url.href), status, type, text: cut(readable, maxCharacters) };
  };

  const get = tool({
    name: 'http_get',
    description: `Reads a web address. Gives the status and the text of what is there. Allowed are ${allow.entries}.`,
    parameters: z.object({ url: urlParameter }),
    execute: async ({ url }, context) => {
      const answer = await answerTo({ url: new URL(url), headers: {} }, context);
      if (isPassing(answer.status))
        throw new Error(
          `${answer.url.host} answered with status ${String(answer.status)}.${retryAfter(answer.headers)}`,
        );
      return told(answer);
    },
  });

  const [first, ...others] = methods.filter((method) => method !== 'GET');
  if (first === undefined) return Object.freeze([get]);
  const send = tool({
    name: 'http_send',
    description: `Sends something to a web address. Gives the status and the text of the answer. Allowed are ${allow.entries}.`,
    parameters: z.object({
      method: z.enum([first, ...others]),
      url: urlParameter,
      body: z.string().max(MAX_BODY).optional().describe('What is sent, as text.'),
      content_type: z
        .string()
        .regex(/^[\w.+-]+\/[\w.+-]+(?:; ?charset=[\w-]+)?$/)
        .default('application/json')
        .describe('Of the body.'),
    }),
    // Whether a request that failed was done after all is known to nobody here.
    maxRetries: 0,
    execute: async ({ method, url, body, content_type }, context) => {
      const headers = {
        'idempotency-key': context.idempotencyKey,
        ...(body !== undefined && { 'content-type': content_type }),
      };
      const ask = { method, url: new URL(url), headers, ...(body !== undefined && { body }) };
      return told(await answerTo(ask, context));
    },
  });
  return Object.freeze(methods.includes('GET') ? [get, send] : [send]);
}

const KNOWN = [
  ...['allow', 'methods', 'headers', 'allowPrivateAddresses', 'redirects', 'maxBytes'],
  ...['maxCharacters', 'timeout'],
] as const satisfies readonly (keyof HttpOptions)[];

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const satisfies readonly Method[];

/** What a model is told of an answer. */
type Told = Readonly<Record<'url' | 'type' | 'text', string> & { status: number }>;

const USER_AGENT = 'Mozilla/5.0 (compatible; outlast)';
const ACCEPT = 'text/html,application/json,text/*;q=0.9,*/*;q=0.1';
const MAX_BODY = 1_000_000;

const urlParameter = z
  .url({ protocol: /^https?$/ })
  .max(MAX_LISTED_URL)
  .describe('The whole address, https:// included.');

function methodsOf(check: Check, given: unknown): readonly Method[] {
  const methods = check.texts('methods', given);
  if (methods.length === 0) check.fail('methods', 'have at least one method', given);
  return [
    ...new Set(methods.map((each, at) => check.oneOf(`methods[${String(at)}]`, each, METHODS))),
  ];
}

function headersOf(check: Check, given: unknown): HeadersFor {
  if (given === undefined) return () => ({});
  if (typeof given !== 'function') check.fail('headers', 'be a function', given);
  return given as HeadersFor;
}

/** What another attempt may mend. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function readableOf(type: string, text: string, url: URL): string {
  if (/^(?:text\/html|application\/xhtml\+xml)$/.test(type)) return readableText(text, url);
  // A null byte is what only binary files have.
  const isText = /^(?:$|text\/)|\b(?:json|xml|javascript|yaml|x-www-form-urlencoded)$/.test(type);
  return isText && !text.includes('\0') ? text : `[${type || 'binary'}, which is no text]`;
}
