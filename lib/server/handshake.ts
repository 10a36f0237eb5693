import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { EngineSocket } from '../engine/index.js';

/** The circumstances under which a socket connected. */
export interface Handshake {
  /** The headers of the first request; empty where the transport has none. */
  readonly headers: IncomingHttpHeaders;
  /** When it happened, as text. */
  readonly time: string;
  /** The peer's address. */
  readonly address: string;
  /** Whether the request came from a page of another origin. */
  readonly xdomain: boolean;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  /** When it happened, in milliseconds since 1970. */
  readonly issued: number;
  /** The URL of the first request. */
  readonly url: string;
  /** The query of the first request. */
  readonly query: Record<string, string | string[] | undefined>;
  /** What the client sent as `auth`; an empty object when it sent nothing. */
  // The border to the application: whatever its clients send.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly auth: Record<string, any>;
}

type RequestWithQuery = IncomingMessage & { readonly _query?: Record<string, string> };

/** Records the circumstances under which a client connected to a namespace. @param issued when, in milliseconds since 1970. */
export function createHandshake(conn: EngineSocket, auth: object, issued: number): Handshake {
  const request = conn.request as RequestWithQuery | undefined;
  return {
    headers: request?.headers ?? {},
    time: String(new Date(issued)),
    address: conn.remoteAddress,
    xdomain: request?.headers.origin !== undefined,
    // Without a request there is a transport that is always encrypted.
    secure: request === undefined || (request.socket as TLSSocket).encrypted === true,
    issued,
    url: request?.url ?? '',
    query: { ...request?._query },
    auth,
  };
}
