import { EventEmitter } from 'node:events';
import type { Packet } from '../protocol/index.js';
import type { BroadcastOptions, Room, SocketId } from './broadcast-options.js';
import type { AdapterHost } from './host.js';
import type { RestoredSession, SessionToPersist } from './session.js';

/** A socket as adapters describe it: a local `Socket`, or the copy of one that lives on another node. */
export interface SocketDescription {
  readonly id: SocketId;
  readonly handshake: unknown;
  readonly rooms: Set<Room> | readonly Room[];
  readonly data: unknown;
}

/**
 * Keeps who is in which room, here and on other nodes, and carries broadcasts.
 *
 * This is the published shape: a class with these members works as the `adapter` option. Events: `create-room(room)`,
 * `delete-room(room)`, `join-room(room, id)`, `leave-room(room, id)`.
 */
export abstract class Adapter extends EventEmitter {
  /** room → the ids of its members on this node. */
  abstract readonly rooms: Map<Room, Set<SocketId>>;
  /** socket id → its rooms. */
  abstract readonly sids: Map<SocketId, Set<Room>>;
  readonly nsp: AdapterHost;

  constructor(nsp: AdapterHost) {
    super();
    this.nsp = nsp;
  }

  /** Called once, when the namespace is created. */
  init(): Promise<void> | void {}

  /** Called once, when the namespace or the server is closed. */
  close(): Promise<void> | void {}

  /** How many nodes serve this namespace. */
  serverCount(): Promise<number> {
    return Promise.resolve(1);
  }

  abstract addAll(id: SocketId, rooms: Set<Room>): Promise<void> | void;
  /** Same as `addAll` with one room. */
  addOne(id: SocketId, room: Room): Promise<void> | void {
    return this.addAll(id, new Set([room]));
  }
  abstract del(id: SocketId, room: Room): Promise<void> | void;
  abstract delAll(id: SocketId): Promise<void> | void;

  abstract broadcast(packet: Packet, options: BroadcastOptions): Promise<void> | void;
  /**
   * Broadcasts and collects acks: `onClientCount` is called once per node, `onAck` once per answer.
   *
   * Adapters that notice that a node is gone call `onLost`, with how many answers went with it.
   */
  abstract broadcastWithAck(
    packet: Packet,
    options: BroadcastOptions,
    onClientCount: (count: number) => void,
    onAck: (...args: unknown[]) => void,
    onLost?: (missing: number) => void,
  ): void;

  abstract sockets(rooms: Set<Room>): Promise<Set<SocketId>>;
  abstract socketRooms(id: SocketId): Set<Room> | undefined;
  abstract fetchSockets(options: BroadcastOptions): Promise<SocketDescription[]>;
  abstract addSockets(options: BroadcastOptions, rooms: Room[]): Promise<void> | void;
  abstract delSockets(options: BroadcastOptions, rooms: Room[]): Promise<void> | void;
  abstract disconnectSockets(options: BroadcastOptions, close: boolean): Promise<void> | void;

  abstract serverSideEmit(args: unknown[]): Promise<void> | void;

  /** Keeps a session for connection state recovery. An adapter that cannot recover leaves both methods as they are. */
  persistSession(_session: SessionToPersist): Promise<void> | void {}

  /**
   * Takes up a session, with the packets that its client missed behind the one at `offset`.
   *
   * @returns `null` when it is not kept.
   */
  restoreSession(_pid: string, _offset: string): Promise<RestoredSession | null> | RestoredSession | null {
    return null;
  }
}

/** Whether an adapter, ours or any other, keeps sessions: whether it says more than the base of its class does. */
export function canRecover(adapter: object): boolean {
  const owner = ownerOf(adapter, 'persistSession');
  // The base of every adapter stands right above the emitter.
  return owner !== null && !isBase(owner);
}

/** The prototype that has a member of an adapter. */
export function ownerOf(adapter: object, member: keyof Adapter): object | null {
  let owner: object | null = adapter;
  while (owner !== null && !Object.hasOwn(owner, member)) owner = Object.getPrototypeOf(owner) as object | null;
  return owner;
}

/** Whether a prototype is that of the class under all adapters, ours or the published one. */
export function isBase(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === EventEmitter.prototype;
}

/** What the `adapter` option takes: a class, or a function that returns an adapter; called once per namespace. */
export type AdapterConstructor = (new (nsp: AdapterHost) => Adapter) | ((nsp: AdapterHost) => Adapter);
