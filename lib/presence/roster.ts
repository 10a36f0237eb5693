import { PresenceConnection, type LeaveReason, type PresenceMember } from './presence-member.js';

/** Is told what changes in a roster. */
export interface RosterListener {
  joined(room: string, member: PresenceMember, connection: PresenceConnection): void;
  updated(room: string, member: PresenceMember, connection: PresenceConnection): void;
  left(room: string, member: PresenceMember, reason: LeaveReason): void;
}

type Connections = readonly PresenceConnection[];

/**
 * Who is in which room, whatever node they are on: what is read.
 *
 * Members are made anew when they change, so that whoever was given one keeps what he was given.
 */
export class Roster {
  readonly #rooms = new Map<string, Map<string, PresenceMember>>();
  readonly #listener: RosterListener;
  #members = 0;

  constructor(listener: RosterListener) {
    this.#listener = listener;
  }

  /** How many members there are, counted once per room. */
  get size(): number {
    return this.#members;
  }

  get rooms(): string[] {
    return [...this.#rooms.keys()];
  }

  membersOf(room: string): PresenceMember[] {
    return [...(this.#rooms.get(room)?.values() ?? [])];
  }

  countOf(room: string): number {
    return this.#rooms.get(room)?.size ?? 0;
  }

  find(room: string, key: string): PresenceMember | undefined {
    return this.#rooms.get(room)?.get(key);
  }

  add(room: string, connection: PresenceConnection): void {
    let members = this.#rooms.get(room);
    if (members === undefined) this.#rooms.set(room, (members = new Map<string, PresenceMember>()));
    const { key } = connection;
    const before = members.get(key);
    const member = { key, connections: before === undefined ? [connection] : sorted(before.connections, connection) };
    members.set(key, member);
    if (before === undefined) {
      this.#members++;
      this.#listener.joined(room, member, connection);
    } else {
      this.#listener.updated(room, member, connection);
    }
  }

  /** Puts a connection, with other metadata, where the same one stood. */
  replace(room: string, before: PresenceConnection, connection: PresenceConnection): void {
    const { key } = connection;
    const members = this.#rooms.get(room);
    const known = members?.get(key);
    if (members === undefined || known === undefined) return;
    const connections = known.connections.map((each) => (each === before ? connection : each));
    const member = { key, connections };
    members.set(key, member);
    this.#listener.updated(room, member, connection);
  }

  remove(room: string, connection: PresenceConnection, reason: LeaveReason): void {
    const { key } = connection;
    const members = this.#rooms.get(room);
    const before = members?.get(key);
    // A listener may have closed everything meanwhile.
    if (members === undefined || before === undefined) return;
    if (before.connections.length > 1) {
      const member = { key, connections: before.connections.filter((each) => each !== connection) };
      members.set(key, member);
      this.#listener.updated(room, member, connection);
      return;
    }
    members.delete(key);
    if (members.size === 0) this.#rooms.delete(room);
    this.#members--;
    this.#listener.left(room, before, reason);
  }

  clear(): void {
    this.#rooms.clear();
    this.#members = 0;
  }
}

/** The same order on every node: by socket, and where two nodes have the same one for a moment, by node. */
function sorted(connections: Connections, added: PresenceConnection): Connections {
  const behind = connections.findIndex(({ id, node }) => id > added.id || (id === added.id && node > added.node));
  return connections.toSpliced(behind === -1 ? connections.length : behind, 0, added);
}
