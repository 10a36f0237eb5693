import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TransportName } from './transport/transport.js';

/** What a client would have asked for, where no HTTP request brought it. */
export interface RequestDescription {
  /** Names in any case. Default: none. */
  readonly headers?: Readonly<Record<string, string | string[]>> | undefined;
  /** More of the query, besides what `url` has. Default: none. */
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** The path, with or without a query. @default "/" */
  readonly url?: string | undefined;
  /** The peer's address. Default: none. */
  readonly remoteAddress?: string | undefined;
}

/** Makes what the application sees as the request of a session that had none. */
export function syntheticRequest(
  { headers = {}, query: more = {}, url = '/', remoteAddress }: RequestDescription,
  transport: TransportName,
  isEncrypted: boolean,
): IncomingMessage {
  const request = new IncomingMessage({ remoteAddress, encrypted: isEncrypted } as unknown as Socket);
  request.method = 'GET';
  for (const [name, value] of Object.entries(headers)) request.headers[name.toLowerCase()] = value;
  const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  for (const [name, value] of Object.entries({ ...more, EIO: '4', transport })) query.set(name, value);
  request.url = `${url.split('?', 1)[0]!}?${query.toString()}`;
  return request;
}
