import type { Check } from '../../definition/check.js';
import { isPublic, literalOf } from './addresses.js';

/** Which addresses may be asked. */
export interface AllowList {
  /** As they were given, for messages. */
  readonly entries: string;
  readonly allows: (url: URL) => boolean;
}

/**
 * Reads an allow list. An entry is an origin: scheme, host and port, the scheme's own where none is given. Its host is
 * one name or address, or `*.NAME` for all names below that one, or `*` for any.
 *
 * @throws DefinitionError
 */
export function allowListOf(check: Check, given: unknown, withPrivate: boolean): AllowList {
  const entries = check.texts('allow', given);
  if (entries.length === 0) check.fail('allow', 'have at least one origin', given);
  const rules = entries.map((entry, at) => {
    const option = `allow[${String(at)}]`;
    const origin = originOf(entry);
    if (origin === null) return check.fail(option, `be ${FORM}`, entry);
    const address = literalOf(origin);
    if (address !== null && !withPrivate && !isPublic(address))
      check.fail(option, 'be no private address without `allowPrivateAddresses: true`', entry);
    return ruleOf(origin);
  });
  return {
    entries: entries.join(', '),
    allows: (url) => rules.some((rule) => rule(url)),
  };
}

const FORM =
  "an origin without a path, such as 'https://api.example.com', 'http://127.0.0.1:8080' or 'https://*.example.com'";

/** `null` for what is none, or has a `*` elsewhere than in the place of the first names. */
function originOf(entry: string): URL | null {
  if (!/^https?:\/\/(?:\*|(?:\*\.)?[^*/?#@\\\s]+?)(?::\d+)?\/?$/i.test(entry)) return null;
  return URL.canParse(entry) ? new URL(entry) : null;
}

function ruleOf({ protocol, hostname, port }: URL): (url: URL) => boolean {
  const fits = hostRule(hostname);
  return (url) => url.protocol === protocol && url.port === port && fits(url.hostname);
}

function hostRule(host: string): (hostname: string) => boolean {
  if (host === '*') return () => true;
  if (host.startsWith('*.')) return (hostname) => hostname.endsWith(host.slice(1));
  return (hostname) => hostname === host;
}
