/** The id of a user, as applications have it. */
export type UserId = string | number;

const prefix = 'user:';

/** The room of all sockets of one user; a socket with a user joins it when it enters a namespace. */
export function userRoom(id: UserId): string {
  return `${prefix}${id}`;
}

/** Tells whether a room is that of a user: what clients may choose a name for must not be one. */
export function isUserRoom(room: string): boolean {
  return room.startsWith(prefix);
}

/** Tells whether a value can be the id of a user. */
export function isUserId(id: unknown): id is UserId {
  return typeof id === 'number' ? Number.isFinite(id) : typeof id === 'string' && id !== '';
}
