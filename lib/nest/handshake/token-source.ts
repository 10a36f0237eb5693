import type { Socket } from '../../server/index.js';
import type { TokenSource } from './auth-options.js';
import { parseCookies } from './cookies.js';
import { authTokenOf } from './request-fields.js';

/** Where a token comes from unless the gateway says otherwise. */
export const defaultTokenSources = ['header', 'auth'] as const satisfies readonly TokenSource[];

const named = /^(cookie|query):(.+)$/;

/** Tells whether a value names a source. */
export function isTokenSource(source: unknown): source is TokenSource {
  if (typeof source === 'function' || source === 'auth' || source === 'header') return true;
  return typeof source === 'string' && named.test(source);
}

/** The token of the first source that has one, or a whole `Authorization` header; `undefined` where none has. */
export async function findToken(socket: Socket, sources: readonly TokenSource[]): Promise<string | undefined> {
  for (const source of sources) {
    const token = typeof source === 'function' ? await source(socket) : tokenAt(socket, source);
    if (typeof token === 'string' && token !== '') return token;
  }
  return undefined;
}

function tokenAt({ handshake }: Socket, source: Exclude<TokenSource, (...args: never[]) => unknown>): unknown {
  if (source === 'header') return handshake.headers.authorization;
  if (source === 'auth') return authTokenOf(handshake);
  const [, place, name] = named.exec(source)!;
  return place === 'query' ? handshake.query[name!] : parseCookies(handshake.headers.cookie)[name!];
}
