import type { PresenceConnection } from './presence-member.js';

/** A connection and its room. */
export type Entry = readonly [room: string, connection: PresenceConnection];

/** The connections of one node: room → socket id → connection. */
export class NodeEntries {
  readonly #rooms = new Map<string, Map<string, PresenceConnection>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(room: string, id: string): PresenceConnection | undefined {
    return this.#rooms.get(room)?.get(id);
  }

  set(room: string, connection: PresenceConnection): void {
    let connections = this.#rooms.get(room);
    if (connections === undefined) this.#rooms.set(room, (connections = new Map<string, PresenceConnection>()));
    if (!connections.has(connection.id)) this.#size++;
    connections.set(connection.id, connection);
  }

  delete(room: string, id: string): void {
    const connections = this.#rooms.get(room);
    if (connections?.delete(id) !== true) return;
    this.#size--;
    if (connections.size === 0) this.#rooms.delete(room);
  }

  *[Symbol.iterator](): IterableIterator<Entry> {
    for (const [room, connections] of this.#rooms) {
      for (const connection of connections.values()) yield [room, connection];
    }
  }
}
