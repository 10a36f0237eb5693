import type { Socket } from '../../server/index.js';

/**
 * Where a token comes from: `auth` is the client's `auth.token`, `header` its `Authorization` header, the others name a
 * cookie or a parameter of the query; a function looks for itself.
 */
export type TokenSource =
  | 'auth'
  | 'header'
  | `cookie:${string}`
  | `query:${string}`
  | ((socket: Socket) => string | undefined | null | Promise<string | undefined | null>);

/** What happens to a socket whose authentication expires. */
export type ExpiryAction = 'disconnect' | 'revalidate' | 'ignore';

/** Options of `@NamespaceAuth()`. */
export interface NamespaceAuthOptions {
  /**
   * Where the token comes from; the first source that has one counts.
   *
   * Strategies read it as `Authorization: Bearer …`, and find no such header where no source has one.
   *
   * @default ["header", "auth"]
   */
  readonly tokenFrom?: readonly TokenSource[];
  /**
   * Whether a client without a token that nobody knows is let in, without a user. One whose token is refused is not.
   *
   * @default false
   */
  readonly optional?: boolean;
  /**
   * What happens when the authentication expires: the socket gets an `exception` event with status 401 and is
   * disconnected; the strategies are asked again, and it is disconnected if they refuse; or nothing.
   *
   * Asked again, strategies see the token as it is by then: a handler may have put a new one into
   * `socket.handshake.auth.token`. A session is loaded anew.
   *
   * @default "disconnect"
   */
  readonly onExpiry?: ExpiryAction;
  /**
   * When the authentication of a user expires: seconds since 1970, as in a JWT, or a `Date`; `undefined` for never.
   *
   * @default the user's `exp`
   */
  // The border to the application: whatever its strategies make of a user.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly expiresAt?: (user: any, socket: Socket) => number | Date | undefined;
  /** Options for the strategies, as `passport.authenticate()` takes them. Default: `{ session: false }`. */
  readonly strategyOptions?: Readonly<Record<string, unknown>>;
}

/** What `@NamespaceAuth()` says. */
export interface NamespaceAuthMetadata {
  readonly strategies: readonly string[];
  readonly options: NamespaceAuthOptions;
}
