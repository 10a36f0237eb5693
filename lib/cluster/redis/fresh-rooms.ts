import type { NodeId, Room } from '../../adapter/index.js';

interface FreshRoom {
  /** The join that made it so, counted by this node; 0 for joins that others asked for. */
  readonly join: number;
  /** Nodes that have not said that they listen; with none, the time alone counts. */
  readonly waiting: Set<NodeId>;
  readonly until: number;
}

/** How long the joins that another node asked for take at most, in milliseconds: nobody says that they are done. */
const grace = 1_000;

/**
 * Rooms that sockets of other nodes were made to join a moment ago.
 *
 * Their nodes may not listen to the room's own channel yet: until they have said so, everyone's channel is used.
 */
export class FreshRooms {
  readonly #rooms = new Map<Room, FreshRoom>();
  #lastJoin = 0;

  get size(): number {
    return this.#rooms.size;
  }

  /** This node makes sockets of others join. Returns the number of the join: the others say that they have done it. */
  asked(rooms: readonly Room[], nodes: Iterable<NodeId>): number {
    const join = ++this.#lastJoin;
    for (const room of rooms) this.#rooms.set(room, { join, waiting: new Set(nodes), until: Date.now() + grace });
    return join;
  }

  /** Another node makes sockets join. */
  heard(rooms: readonly Room[]): void {
    this.#sweep();
    const until = Date.now() + grace;
    for (const room of rooms) {
      const waiting = this.#rooms.get(room)?.waiting ?? new Set();
      this.#rooms.set(room, { join: this.#rooms.get(room)?.join ?? 0, waiting, until });
    }
  }

  /** A node has done all joins up to this number. */
  done(node: NodeId, join: number): void {
    for (const fresh of this.#rooms.values()) if (fresh.join <= join) fresh.waiting.delete(node);
    this.#sweep();
  }

  /** @param nodes those that are still there. */
  has(room: Room, nodes: Iterable<NodeId>): boolean {
    const fresh = this.#rooms.get(room);
    if (fresh === undefined) return false;
    if (isFresh(fresh) && (fresh.waiting.size === 0 || hasAny(fresh.waiting, nodes) || fresh.until > Date.now()))
      return true;
    this.#rooms.delete(room);
    return false;
  }

  #sweep(): void {
    for (const [room, fresh] of this.#rooms) if (!isFresh(fresh)) this.#rooms.delete(room);
  }
}

function isFresh({ waiting, until }: FreshRoom): boolean {
  return waiting.size > 0 || until > Date.now();
}

function hasAny(waiting: ReadonlySet<NodeId>, nodes: Iterable<NodeId>): boolean {
  for (const node of nodes) if (waiting.has(node)) return true;
  return false;
}
