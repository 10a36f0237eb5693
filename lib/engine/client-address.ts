import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Returns the address of the client that made a request; empty where it cannot be told.
 *
 * Each proxy writes the address of who came to it behind what `X-Forwarded-For` had already: as many entries from the right
 * as there are trusted proxies are theirs, everything left of them is what the client says.
 *
 * @param trustedProxies how many proxies stand in front of the server, all of which write `X-Forwarded-For`.
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string {
  const peer = request.socket?.remoteAddress ?? '';
  const address = proxyEntry(request.headers['x-forwarded-for'], trustedProxies);
  return address === undefined || isIP(address) === 0 ? peer : address;
}

/** What the outermost of the trusted proxies has written into a header that each of them writes; `undefined` for nothing. */
export function proxyEntry(header: string | string[] | undefined, trustedProxies: number): string | undefined {
  if (trustedProxies === 0 || header === undefined) return undefined;
  const hops = String(header).split(',');
  // A proxy that is missing makes the chain shorter: what is left of it is nobody's to make longer.
  return (hops[Math.max(0, hops.length - trustedProxies)] ?? '').trim();
}

/**
 * Returns what addresses of one client have in common: a whole IPv4 address, the first 64 bits of an IPv6 one, which are
 * what one customer gets.
 */
export function addressGroup(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1]!;
  if (isIP(address) !== 6) return address;
  return `${prefixOf(address)}::/64`;
}

/** The first four of the eight groups, without leading zeros. */
function prefixOf(address: string): string {
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing =
    tail === undefined ? 0 : 8 - left.length - right.length - Number(right.at(-1)?.includes('.') ?? false);
  const groups = [...left, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
