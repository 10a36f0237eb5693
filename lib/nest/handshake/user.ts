import type { Socket } from '../../server/index.js';
import type { RequestFields } from './request-fields.js';

/** A socket whose client has shown who it is; like every socket of the module, it has the fields of a request. */
export type AuthenticatedSocket<User = unknown, S = Socket> = S & RequestFields & { readonly user: User };

/** The user of a socket; `undefined` where nobody asked who it is. */
export function userOf(socket: object): unknown {
  return (socket as { user?: unknown }).user;
}

/** Says who a socket's client is. */
export function setUser(socket: Socket, user: unknown): void {
  (socket as { user?: unknown }).user = user;
}
