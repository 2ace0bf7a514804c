import { lookup } from 'node:dns';
import { NonRetryableError } from '../../plan/errors.js';
import { isPublic, literalOf, privateAddress, guardedLookup, type Resolve } from './addresses.js';
import type { AllowList } from './allow.js';

/** Headers that a definition adds for an address, keys among them. */
export type HeadersFor = (
  url: URL,
) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;

/** Which requests are made, and what goes with them. */
export interface Guard {
  readonly allow: AllowList;
  readonly headersFor: HeadersFor;
  readonly withPrivate: boolean;
  /** Tests have another one. */
  readonly resolve?: Resolve;
}

/** `fetch` for the addresses of an allow list. It follows no redirect: each is to be asked for, and looked at, like the first. */
export interface GuardedFetch {
  readonly fetch: typeof globalThis.fetch;
  /** A text without the keys that this worker added to requests. */
  readonly redacted: (text: string) => string;
}

export function guardedFetch({ allow, headersFor, withPrivate, resolve }: Guard): GuardedFetch {
  const secrets = new Set<string>();
  let asking: Promise<Ask> | null = null;

  const guarded = async (url: URL, init: RequestInit): Promise<Response> => {
    refuseUnless(url, allow, withPrivate);
    const added = await headersFor(url);
    for (const [name, value] of Object.entries(added)) {
      // What refuses such a header names it.
      if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
        throw new NonRetryableError(`The header ${JSON.stringify(name)} can't be sent.`);
      for (const secret of [value, ...value.split(/\s+/).slice(-1)])
        if (secret.length >= MIN_SECRET) secrets.add(secret);
    }
    asking ??= loaded(withPrivate, resolve);
    const ask = await asking;
    return ask(url, { ...init, headers: { ...(init.headers as object), ...added } });
  };

  return {
    fetch: guarded as typeof globalThis.fetch,
    redacted: (text) => [...secrets].reduce((rest, key) => rest.replaceAll(key, '[key]'), text),
  };
}

/** Shorter values stand anywhere. */
const MIN_SECRET = 8;

type Ask = (url: URL, init: RequestInit) => Promise<Response>;

/** @throws NonRetryableError */
function refuseUnless(url: URL, { allows, entries }: AllowList, withPrivate: boolean): void {
  if (!allows(url))
    throw new NonRetryableError(
      `${url.protocol}//${url.host} isn't allowed: the tool reaches ${entries}.`,
    );
  if (url.username !== '' || url.password !== '')
    throw new NonRetryableError('An address with a user name or a password is not asked.');
  const address = literalOf(url);
  // A connection to an address looks nothing up.
  if (address !== null && !withPrivate && !isPublic(address))
    throw privateAddress(address, address);
}

async function loaded(withPrivate: boolean, resolve: Resolve = lookup): Promise<Ask> {
  const undici = await import('undici');
  // Node's own fetch has no way to say how names are looked up.
  const dispatcher = new undici.Agent({ connect: { lookup: guardedLookup(resolve, withPrivate) } });
  const ask = undici.fetch as unknown as (url: URL, init: object) => Promise<Response>;
  return (url, init) => ask(url, { ...init, dispatcher });
}
