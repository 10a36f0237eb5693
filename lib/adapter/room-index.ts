import type { BroadcastOptions, Room, SocketId } from './broadcast-options.js';

/** Who is in which room on this node: two maps that always agree. */
export class RoomIndex {
  readonly rooms = new Map<Room, Set<SocketId>>();
  readonly sids = new Map<SocketId, Set<Room>>();

  /** Makes a socket known, in no room yet. */
  addSocket(id: SocketId): void {
    if (!this.sids.has(id)) this.sids.set(id, new Set());
  }

  /** Puts a known socket into a room; returns `false` when it was there already. */
  add(id: SocketId, room: Room): boolean {
    const own = this.sids.get(id);
    if (own === undefined || own.has(room)) return false;
    own.add(room);
    const members = this.rooms.get(room);
    if (members === undefined) this.rooms.set(room, new Set([id]));
    else members.add(id);
    return true;
  }

  /** Takes a socket out of a room; returns `false` when it was not there. An empty room is gone. */
  remove(id: SocketId, room: Room): boolean {
    if (this.sids.get(id)?.delete(room) !== true) return false;
    const members = this.rooms.get(room);
    members?.delete(id);
    if (members?.size === 0) this.rooms.delete(room);
    return true;
  }

  /** Forgets a socket that is in no room any more. */
  removeSocket(id: SocketId): void {
    this.sids.delete(id);
  }

  /** Whether a broadcast to these rooms could reach anyone; cheaper than `match`. */
  reaches(rooms: ReadonlySet<Room>): boolean {
    if (rooms.size === 0) return this.sids.size > 0;
    for (const room of rooms) if (this.rooms.has(room)) return true;
    return false;
  }

  /** Visits each socket that a broadcast reaches, once. */
  // hot: no allocation per member unless several rooms are named.
  match(options: Pick<BroadcastOptions, 'rooms' | 'except'>, visit: (id: SocketId) => void): void {
    const { rooms } = options;
    const excluded = this.#members(options.except);
    if (rooms.size === 0) {
      for (const id of this.sids.keys()) if (!isIn(excluded, id)) visit(id);
      return;
    }
    const included = this.#members(rooms);
    if (included.length === 1) {
      for (const id of included[0]!) if (!isIn(excluded, id)) visit(id);
      return;
    }
    const visited = new Set<SocketId>();
    for (const members of included) {
      for (const id of members) {
        if (visited.has(id) || isIn(excluded, id)) continue;
        visited.add(id);
        visit(id);
      }
    }
  }

  #members(rooms: ReadonlySet<Room>): ReadonlySet<SocketId>[] {
    const sets: ReadonlySet<SocketId>[] = [];
    for (const room of rooms) {
      const members = this.rooms.get(room);
      if (members !== undefined) sets.push(members);
    }
    return sets;
  }
}

function isIn(sets: readonly ReadonlySet<SocketId>[], id: SocketId): boolean {
  for (const members of sets) if (members.has(id)) return true;
  return false;
}
