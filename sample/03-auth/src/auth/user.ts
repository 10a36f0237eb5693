/** A user, as the application keeps it. */
export interface User {
  readonly id: number;
  readonly name: string;
  readonly isAdmin: boolean;
}

/** Who a request or a socket is of: a user, and the login that the token came from. */
export interface LoggedIn extends User {
  /** The `jti` of the token. */
  readonly login: string;
  /** When the token expires, in seconds since 1970: the socket is disconnected then. */
  readonly exp: number;
}
