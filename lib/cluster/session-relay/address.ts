import { RookeryError } from '../../shared/index.js';

/** Where a node takes what others pass on: `host:port`, or a path. */
export type NodeAddress = string;

/** What a connection to an address is made with. */
export type Destination = { readonly path: string } | { readonly host: string; readonly port: number };

/** Longest address, in bytes: no path of a unix socket is longer. */
export const longestAddress = 112;

/** What a connection to an address is made with. */
export function destinationOf(address: NodeAddress): Destination {
  if (isPath(address)) return { path: address };
  const { host, port } = partsOf(address);
  return { host, port: Number(port) };
}

/**
 * The address that other nodes are told.
 *
 * @param bound where the listener is: a path, or its host and port.
 * @param advertised of the options: a host, or `host:port`.
 */
export function advertisedAddress(
  bound: string | { readonly host: string; readonly port: number },
  advertised?: string,
): NodeAddress {
  if (typeof bound === 'string') return bound;
  const { host, port } = advertised === undefined ? { host: bound.host, port: undefined } : partsOf(advertised);
  return `${host.includes(':') ? `[${host}]` : host}:${port ?? bound.port}`;
}

/** @throws RookeryError `INVALID_OPTION` for what is no host, or no `host:port`. */
export function checkAdvertised(advertised: unknown): void {
  const { host, port } = partsOf(typeof advertised === 'string' ? advertised : '');
  const isPort = port === undefined || (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536);
  if (/^[\w.:%-]+$/.test(host) && host.length < longestAddress - 8 && isPort) return;
  throw new RookeryError(
    'INVALID_OPTION',
    `sessionRelay: address is a host, or host:port, that other nodes reach this one by, not ${String(advertised)}`,
  );
}

function partsOf(address: string): { readonly host: string; readonly port: string | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(address);
  if (bracketed !== null) return { host: bracketed[1]!, port: bracketed[2] };
  const [host = '', port, ...more] = address.split(':');
  // An IPv6 address without brackets has no port behind it.
  return more.length > 0 ? { host: address, port: undefined } : { host, port };
}

function isPath(address: NodeAddress): boolean {
  return address.startsWith('/') || address.startsWith('\\\\');
}
