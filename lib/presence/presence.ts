import { ParentNamespace, RookeryError, type DisconnectReason, type Namespace, type Socket } from '../server/index.js';
import { createId } from '../shared/index.js';
import { HeldLeaves } from './held-leaves.js';
import { PresenceListeners } from './presence-listeners.js';
import {
  leaveReasons,
  PresenceConnection,
  type LeaveReason,
  type PresenceEventName,
  type PresenceEvents,
  type PresenceMember,
} from './presence-member.js';
import { maxNameLength, presenceEvent, type PresenceMessage } from './presence-message.js';
import { resolvePresence, type PresenceOptions, type ResolvedPresenceOptions } from './presence-options.js';
import { Replication, type PresenceClock } from './replication.js';
import { Roster } from './roster.js';

/** How much a `Presence` knows, and what it took to know it. */
export interface PresenceStats {
  /** Other nodes that have members, or had. */
  readonly nodes: number;
  /** Members of all rooms, on all nodes; whoever is in two rooms counts twice. */
  readonly members: number;
  /** Their connections. */
  readonly connections: number;
  /** Messages that this node has sent. */
  readonly sent: number;
  /** Messages of other nodes. */
  readonly received: number;
  /** What came in their place and was none. */
  readonly malformed: number;
}

const clock: PresenceClock = {
  now: () => performance.now(),
  defer: (callback) => void setImmediate(callback),
  later: (callback, milliseconds) => void setTimeout(callback, milliseconds).unref(),
};

/** Whoever leaves so is not expected back. */
const onPurpose: ReadonlySet<DisconnectReason> = new Set<DisconnectReason>([
  'client namespace disconnect',
  'server namespace disconnect',
]);

const presences = new WeakMap<object, Presence<never>>();

/**
 * The `Presence` of a namespace, made now if there is none.
 *
 * @throws RookeryError `INVALID_OPTION` for options where there is one already, and as of `new Presence()`.
 */
export function presenceOf<Metadata = unknown>(
  namespace: Namespace,
  options?: PresenceOptions<Metadata>,
): Presence<Metadata> {
  const existing = presences.get(namespace) as Presence<Metadata> | undefined;
  if (existing === undefined) return new Presence(namespace, options);
  if (options === undefined) return existing;
  throw new RookeryError('INVALID_OPTION', `The presence of "${namespace.name}" has its options already`);
}

/**
 * Who is in the rooms of a namespace, over all nodes.
 *
 * Every node keeps all members, and is read at once; what changes elsewhere is there a moment later. It ends with its
 * namespace.
 */
export class Presence<Metadata = unknown> {
  /** This node, as connections name it. */
  readonly nodeId: string = createId();
  readonly #namespace: Namespace;
  readonly #options: ResolvedPresenceOptions;
  readonly #listeners: PresenceListeners<Metadata>;
  readonly #roster: Roster;
  readonly #replication: Replication;
  readonly #held: HeldLeaves;
  readonly #followed = new WeakSet<Socket>();
  /** Sockets that are leaving every room now, by their ids, and whether they may be back soon. */
  readonly #leaving = new Map<string, { readonly isHeld: boolean }>();
  /** Sockets that `enter()` has join a room: none is a member before it has its metadata. */
  readonly #entering = new Set<string>();
  #ticks: ReturnType<typeof setInterval> | undefined;
  #release: (() => void)[] = [];
  #isClosed = false;

  /**
   * @param namespace one of one name; its adapter is set.
   * @throws RookeryError `INVALID_OPTION` for an option that cannot work, and for a second one of a namespace.
   */
  constructor(namespace: Namespace, options: PresenceOptions<Metadata> = {}) {
    this.#options = resolvePresence(options as PresenceOptions<never>);
    if (namespace instanceof ParentNamespace) {
      throw new RookeryError('INVALID_OPTION', 'Presence is of a namespace of one name, not of a pattern');
    }
    if (presences.has(namespace)) {
      throw new RookeryError('INVALID_OPTION', `"${namespace.name}" has a presence already; presenceOf() returns it`);
    }
    const { leaveDelay, heartbeatInterval, heartbeatTimeout } = this.#options;
    this.#namespace = namespace;
    const listeners = new PresenceListeners<Metadata>((error, event) => namespace.reportError(error, event));
    this.#listeners = listeners;
    this.#roster = new Roster({
      joined: (room, member, connection) => listeners.emit('join', room, member as never, connection as never),
      updated: (room, member, connection) => {
        this.#onMoved(room, connection);
        listeners.emit('update', room, member as never, connection as never);
      },
      left: (room, member, reason) => listeners.emit('leave', room, member as never, reason),
    });
    this.#replication = new Replication({
      nodeId: this.nodeId,
      roster: this.#roster,
      clock,
      send: namespace.reachesNodes ? (message) => this.#send(message) : undefined,
      heartbeatInterval,
      heartbeatTimeout,
      leaveDelay,
    });
    this.#held = new HeldLeaves(leaveDelay, clock, (room, id) => this.#remove(room, id, leaveReasons.disconnected));
    presences.set(namespace, this as unknown as Presence<never>);
    this.#watch();
    if (namespace.reachesNodes) this.#connect();
  }

  /**
   * Makes a socket present in a room, which it joins where it is not in it; a second time, it gets other metadata.
   *
   * A socket that is not connected, or no longer, is left alone.
   *
   * @param metadata what JSON can hold.
   * @returns a promise where the adapter joins the room later.
   * @throws RookeryError `INVALID_PRESENCE` for metadata, a key or a room that is too long, and for a socket of another
   * namespace; `NOT_SERIALIZABLE` for metadata that JSON cannot hold.
   */
  enter(socket: Socket, room: string, metadata?: Metadata): Promise<void> | void {
    this.#assertOwn(socket);
    assertName('The name of a room', room);
    const kept = this.#encoded(metadata);
    if (!socket.connected || this.#isClosed) return;
    const joining = socket.rooms.has(room) ? undefined : this.#join(socket, room);
    const present = (): void => {
      if (!this.#isClosed && socket.connected && socket.rooms.has(room)) this.#set(socket, room, kept);
    };
    if (joining === undefined || socket.rooms.has(room)) present();
    return joining?.then(present);
  }

  /**
   * Gives the connection of a socket in a room other metadata; `false` where it is not present.
   *
   * @throws RookeryError `INVALID_PRESENCE` or `NOT_SERIALIZABLE`, as of `enter()`.
   */
  update(socket: Socket, room: string, metadata: Metadata): boolean {
    this.#assertOwn(socket);
    const kept = this.#encoded(metadata);
    const before = this.#replication.own.get(room, socket.id);
    if (before === undefined) return false;
    this.#replication.set(room, new PresenceConnection(socket.id, this.nodeId, before.key, kept));
    return true;
  }

  /** Takes a socket off a room's members, and leaves it in the room; `false` where it is not present. */
  leave(socket: Socket, room: string): boolean {
    this.#held.takeBack(room, socket.id);
    return this.#remove(room, socket.id, leaveReasons.left);
  }

  /** The members of a room, on all nodes. */
  list(room: string): PresenceMember<Metadata>[] {
    return this.#roster.membersOf(room) as PresenceMember<Metadata>[];
  }

  /** How many members a room has. */
  count(room: string): number {
    return this.#roster.countOf(room);
  }

  /** Whether a room has a member with this key. */
  has(room: string, key: string): boolean {
    return this.#roster.find(room, key) !== undefined;
  }

  /** The member of a room with this key. */
  get(room: string, key: string): PresenceMember<Metadata> | undefined {
    return this.#roster.find(room, key) as PresenceMember<Metadata> | undefined;
  }

  /** The rooms that have members. */
  rooms(): string[] {
    return this.#roster.rooms;
  }

  stats(): PresenceStats {
    const { nodes, connections, sent, received, malformed } = this.#replication;
    return { nodes, members: this.#roster.size, connections, sent, received, malformed };
  }

  /** Listens to members who come, change and go, on every node; what a listener throws is reported to the server. */
  on<Event extends PresenceEventName>(event: Event, listener: PresenceEvents<Metadata>[Event]): this {
    this.#listeners.add(event, listener as never);
    return this;
  }

  off<Event extends PresenceEventName>(event: Event, listener: PresenceEvents<Metadata>[Event]): this {
    this.#listeners.remove(event, listener as never);
    return this;
  }

  /**
   * Says goodbye to the other nodes, which let go of the members of this one, and forgets everything.
   *
   * Closing the server or the namespace does it. Safe to call twice.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#ticks);
    for (const release of this.#release.splice(0)) release();
    this.#held.clear();
    this.#replication.close();
    this.#listeners.clear();
    this.#roster.clear();
    presences.delete(this.#namespace);
  }

  #join(socket: Socket, room: string): Promise<void> | void {
    const name = `${socket.id} ${room}`;
    this.#entering.add(name);
    const joining = socket.join(room);
    if (joining === undefined) this.#entering.delete(name);
    return joining?.finally(() => this.#entering.delete(name));
  }

  #watch(): void {
    const namespace = this.#namespace;
    const { adapter } = namespace;
    const joined = (room: string, id: string): void => this.#onJoinRoom(room, id);
    const left = (room: string, id: string): void => this.#onLeaveRoom(room, id);
    const connected = (socket: Socket): void => {
      for (const room of [...socket.rooms]) this.#onJoinRoom(room, socket.id);
    };
    adapter.on('join-room', joined);
    adapter.on('leave-room', left);
    namespace.on('connection', connected);
    this.#release.push(
      () => adapter.off('join-room', joined),
      () => adapter.off('leave-room', left),
      () => namespace.off('connection', connected),
      namespace.onClose(() => this.close()),
    );
    for (const socket of namespace.sockets.values()) connected(socket);
  }

  #connect(): void {
    const namespace = this.#namespace;
    const receive = (message: unknown): void => this.#replication.receive(message);
    namespace.on(presenceEvent, receive);
    this.#release.push(() => namespace.off(presenceEvent, receive));
    this.#ticks = setInterval(() => this.#replication.tick(), this.#replication.tickInterval);
    this.#ticks.unref();
    const start = (): void => this.#replication.start();
    // A bus that could not be reached may come back.
    Promise.resolve(namespace.adapterStart).then(start, start);
  }

  #send(message: PresenceMessage): void {
    try {
      this.#namespace.serverSideEmit(presenceEvent, message);
    } catch (error) {
      this.#namespace.reportError(error, 'presence.send');
    }
  }

  #onJoinRoom(room: string, id: string): void {
    const socket = this.#namespace.sockets.get(id);
    // Whoever is still on the way in is looked at when it is connected.
    if (socket?.connected !== true) return;
    const { own } = this.#replication;
    if (this.#held.takeBack(room, id)) {
      this.#follow(socket);
      return;
    }
    if (this.#entering.has(`${id} ${room}`) || own.get(room, id) !== undefined) return;
    try {
      // A client that was interrupted goes on here as who it was there.
      const before = socket.recovered ? this.#replication.findElsewhere(room, id) : undefined;
      if (before !== undefined) this.#set(socket, room, before.metadata, before.key);
      else if (this.#options.isTracked(room)) {
        assertName('The name of a room', room);
        this.#set(socket, room, this.#encoded(this.#options.metadata(socket, room)));
      }
    } catch (error) {
      this.#namespace.reportError(error, 'presence.join');
    }
  }

  #onLeaveRoom(room: string, id: string): void {
    if (this.#replication.own.get(room, id) === undefined) return;
    const leaving = this.#leaving.get(id);
    if (leaving?.isHeld === true) this.#held.hold(room, id);
    else this.#remove(room, id, leaving === undefined ? leaveReasons.left : leaveReasons.disconnected);
  }

  /** A socket that was here goes on elsewhere: nobody waits for it any more. */
  #onMoved(room: string, { id, node }: PresenceConnection): void {
    if (node !== this.nodeId && this.#held.takeBack(room, id)) this.#remove(room, id, leaveReasons.disconnected);
  }

  #set(socket: Socket, room: string, metadata: unknown, key?: string): void {
    const { id } = socket;
    const known = this.#replication.own.get(room, id);
    const own = key ?? known?.key ?? this.#keyOf(socket);
    this.#follow(socket);
    this.#replication.set(room, new PresenceConnection(id, this.nodeId, own, metadata));
  }

  #keyOf(socket: Socket): string {
    const key: unknown = this.#options.key(socket);
    assertName('The key of a socket', key);
    return key;
  }

  #follow(socket: Socket): void {
    if (this.#followed.has(socket)) return;
    this.#followed.add(socket);
    const { id } = socket;
    socket.on('disconnecting', (reason) => {
      this.#leaving.set(id, { isHeld: this.#options.leaveDelay > 0 && !onPurpose.has(reason) });
    });
    socket.on('disconnect', () => this.#leaving.delete(id));
  }

  #remove(room: string, id: string, reason: LeaveReason): boolean {
    return this.#replication.remove(room, id, reason);
  }

  #assertOwn(socket: Socket): void {
    if ((socket as Partial<Socket> | null | undefined)?.nsp === (this.#namespace as object)) return;
    throw new RookeryError('INVALID_PRESENCE', `Presence of "${this.#namespace.name}" takes sockets of that namespace`);
  }

  /** Metadata as every node has it. */
  #encoded(metadata: unknown): unknown {
    if (metadata === undefined) return undefined;
    let text: string | undefined;
    try {
      text = JSON.stringify(metadata) as string | undefined;
    } catch (cause) {
      throw new RookeryError('NOT_SERIALIZABLE', 'The metadata of a member has to be what JSON can hold', { cause });
    }
    if (text === undefined) throw new RookeryError('NOT_SERIALIZABLE', 'A function or a symbol is no metadata');
    const bytes = Buffer.byteLength(text);
    const { maxMetadataBytes } = this.#options;
    if (bytes <= maxMetadataBytes) return JSON.parse(text) as unknown;
    throw new RookeryError(
      'INVALID_PRESENCE',
      `The metadata of a member takes ${bytes} bytes; maxMetadataBytes allows ${maxMetadataBytes}`,
    );
  }
}

function assertName(what: string, value: unknown): asserts value is string {
  if (typeof value === 'string' && value !== '' && value.length <= maxNameLength) return;
  throw new RookeryError('INVALID_PRESENCE', `${what} is a text of 1 to ${maxNameLength} characters in a presence`);
}
