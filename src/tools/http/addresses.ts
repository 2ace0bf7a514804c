import type { LookupAddress, LookupOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { NonRetryableError } from '../../plan/errors.js';

/** Asks for all addresses of a name, as `dns.lookup` does. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Whether an IP address is one of the whole internet: neither this machine's, nor of a private network, nor of any range
 * that is reserved. Of IPv6 addresses that stand for one of IPv4 that one counts.
 */
export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !RESERVED.check(address, 'ipv4');
  // With a zone it is of this machine's own network.
  if (isIP(address) !== 6 || address.includes('%')) return false;
  if (EMBEDDING.check(address, 'ipv6')) return isPublic(embeddedIn(address));
  return GLOBAL.check(address, 'ipv6') && !RESERVED.check(address, 'ipv6');
}

/** The IP address that a URL names in the place of a host; `null` for a name. */
export function literalOf({ hostname }: URL): string | null {
  const address = hostname.replace(/^\[|\]$/g, '');
  return isIP(address) === 0 ? null : address;
}

/**
 * Looks names up for a connection, which is made to the address that was looked at: it isn't looked up again, when the
 * answer could be another. A name with one private address among its addresses is refused, unless they are allowed.
 */
export function guardedLookup(resolve: Resolve, withPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses as [LookupAddress?];
      if (error !== null || first === undefined) {
        callback(error ?? new Error(`${hostname} has no address`), '');
        return;
      }
      const inside = addresses.find(({ address }) => !withPrivate && !isPublic(address));
      if (inside !== undefined) callback(privateAddress(hostname, inside.address), '');
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** That an address leads inside. */
export function privateAddress(host: string, address: string): NonRetryableError {
  const which = host === address ? host : `${host} (${address})`;
  return new NonRetryableError(
    `${which} is a private address, which the tool doesn't reach: \`allowPrivateAddresses\` would let it.`,
  );
}

/** The last 32 bits, as an IPv4 address. */
function embeddedIn(address: string): string {
  // In the form that URLs have there are no dots.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':').slice(-2);
  const bytes = groups.flatMap((group) => {
    const value = Number.parseInt(group || '0', 16);
    return [value >> 8, value & 0xff];
  });
  return bytes.join('.');
}

/** IANA's registries of special addresses. */
const RESERVED = listOf(
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
);
/** What of IPv6 is given out at all. */
const GLOBAL = listOf('2000::/3');
/** IPv4 in IPv6: as it is, and by NAT64. */
const EMBEDDING = listOf('::ffff:0:0/96', '64:ff9b::/96');

function listOf(...subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [net = '', bits] = subnet.split('/');
    list.addSubnet(net, Number(bits), isIP(net) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
