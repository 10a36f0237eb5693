import type { IncomingHttpHeaders } from 'node:http';
import { Socket, type Handshake } from '../../server/index.js';
import { parseCookies } from './cookies.js';

/** What a socket has of a request, for guards and strategies that were written for HTTP. */
export interface RequestFields {
  /** Those of the handshake; `authorization` is made of the client's `auth.token` where there is no such header. */
  readonly headers: IncomingHttpHeaders;
  readonly query: Handshake['query'];
  readonly url: string;
  readonly method: string;
  /** What the client sent as `auth`. */
  readonly body: Handshake['auth'];
  readonly cookies: Record<string, string>;
  /** Set by an engine middleware such as `express-session`. */
  readonly session: unknown;
}

type Readers = { readonly [Name in keyof RequestFields]: (socket: Socket) => RequestFields[Name] };

/** How each field is read; nothing is read before somebody asks. */
const readers: Readers = {
  headers: ({ handshake }) => withBearer(handshake.headers, handshake.headers.authorization ?? authTokenOf(handshake)),
  query: ({ handshake }) => handshake.query,
  url: ({ handshake }) => handshake.url,
  method: ({ request }) => request?.method ?? 'GET',
  body: ({ handshake }) => handshake.auth,
  cookies: ({ handshake }) => parseCookies(handshake.headers.cookie),
  session: sessionOf,
};

/** The session of a socket's request; `undefined` without one. */
export function sessionOf({ request }: Socket): unknown {
  return (request as { session?: unknown } | undefined)?.session;
}

/** The token that a client sent as `auth.token`. */
export function authTokenOf({ auth }: Handshake): string | undefined {
  const { token } = auth as { token?: unknown };
  return typeof token === 'string' && token !== '' ? token : undefined;
}

/** Headers whose `authorization` shows a token, or nothing; a token may name its scheme. */
export function withBearer(headers: IncomingHttpHeaders, token: string | undefined): IncomingHttpHeaders {
  if (headers.authorization === token) return headers;
  const { authorization: _replaced, ...others } = headers;
  if (token === undefined) return others;
  // A token has no space in it; a scheme is followed by one.
  return { ...others, authorization: token.includes(' ') ? token : `Bearer ${token}` };
}

/** Reads every field. */
export function requestFieldsOf(socket: Socket): RequestFields {
  const entries = Object.entries(readers).map(([name, read]) => [name, read(socket)]);
  return Object.fromEntries(entries) as RequestFields;
}

/** Gives every socket the fields of a request: accessors of the class, so that sockets that nobody asks pay nothing. */
export function giveSocketsRequestFields(): void {
  for (const [name, read] of Object.entries(readers)) {
    if (Object.hasOwn(Socket.prototype, name)) continue;
    Object.defineProperty(Socket.prototype, name, {
      configurable: true,
      get(this: Socket) {
        return read(this);
      },
      // What the application sets is the application's.
      set(this: Socket, value: unknown) {
        Object.defineProperty(this, name, { configurable: true, enumerable: true, writable: true, value });
      },
    });
  }
}
