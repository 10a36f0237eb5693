import type { Socket } from '../../server/index.js';

/** A socket whose client has shown who it is. */
export type AuthenticatedSocket<User = unknown, S = Socket> = S & { readonly user: User };

/** The user of a socket; `undefined` where nobody asked who it is. */
export function userOf(socket: object): unknown {
  return (socket as { user?: unknown }).user;
}
