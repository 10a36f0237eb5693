import type { Frame, Packet } from '../protocol/index.js';
import { Adapter, isBase, ownerOf, type SocketDescription } from './adapter.js';
import type { BroadcastOptions, Room, SocketId } from './broadcast-options.js';
import type { DeliveryLog, DeliveryLogLimits, KeepsDeliveries } from './delivery-log.js';
import type { AdapterSocket } from './host.js';
import { InMemoryDeliveryLog } from './in-memory-delivery-log.js';
import { PendingAcks } from './pending-acks.js';
import { RoomIndex, type Member } from './room-index.js';

/** The default adapter: rooms and broadcasts of one node. */
export class InMemoryAdapter extends Adapter implements KeepsDeliveries {
  readonly #index = new RoomIndex();
  readonly rooms = this.#index.rooms;
  readonly sids = this.#index.sids;

  addAll(id: SocketId, rooms: Set<Room>): void {
    const member = this.#index.enter(id);
    for (const room of rooms) this.#join(member, room);
  }

  // hot: no set of one room, where nobody has put something else in the place of `addAll`.
  override addOne(id: SocketId, room: Room): Promise<void> | void {
    if (this.addAll !== InMemoryAdapter.prototype.addAll) return super.addOne(id, room);
    this.#join(this.#index.enter(id), room);
  }

  del(id: SocketId, room: Room): void {
    const left = this.#index.remove(id, room);
    if (left === -1) return;
    this.emit('leave-room', room, id);
    // A listener may have put somebody there.
    if (left === 0 && !this.#index.hasRoom(room)) this.emit('delete-room', room);
  }

  delAll(id: SocketId): void {
    for (const room of this.#index.roomsOf(id)) this.del(id, room);
    this.#index.removeSocket(id);
  }

  /** Encodes the packet once and writes the same frame to every member; nothing is encoded when nobody is there. */
  // hot: one closure and one frame per broadcast.
  broadcast(packet: Packet, options: BroadcastOptions): Promise<void> | void {
    if (!this.#index.reaches(options.rooms)) return;
    this.deliverFrame(this.nsp.encode(packet, options.flags.compress !== false), packet, options);
  }

  /** Writes a packet that is encoded to every socket of this node that it is for. */
  protected deliverFrame(frame: Frame, packet: Packet, options: BroadcastOptions): void {
    const isVolatile = options.flags.volatile === true;
    this.#forEach(options, (socket) => {
      socket.notifyOutgoing(packet);
      socket.deliver(frame, isVolatile);
    });
  }

  broadcastWithAck(
    packet: Packet,
    options: BroadcastOptions,
    onClientCount: (count: number) => void,
    onAck: (...args: unknown[]) => void,
  ): void {
    const { flags } = options;
    const id = this.nsp.nextAckId();
    const numbered: Packet = { ...packet, id };
    const frame = this.nsp.encode(numbered, flags.compress !== false);
    const isVolatile = flags.volatile === true;
    const acks = new PendingAcks(id, onAck);
    let count = 0;
    this.#forEach(options, (socket) => {
      count++;
      acks.expect(socket);
      socket.notifyOutgoing(numbered);
      socket.deliver(frame, isVolatile);
    });
    acks.forgetAfter(flags.timeout);
    onClientCount(count);
  }

  sockets(rooms: Set<Room>): Promise<Set<SocketId>> {
    const ids = new Set<SocketId>();
    this.#index.match({ rooms, except: new Set() }, (member) => ids.add(member.id));
    return Promise.resolve(ids);
  }

  socketRooms(id: SocketId): Set<Room> | undefined {
    return this.#index.socketRooms(id);
  }

  fetchSockets(options: BroadcastOptions): Promise<SocketDescription[]> {
    return Promise.resolve(this.#collect(options));
  }

  addSockets(options: BroadcastOptions, rooms: Room[]): void {
    for (const socket of this.#collect(options)) void socket.join(rooms);
  }

  delSockets(options: BroadcastOptions, rooms: Room[]): void {
    for (const socket of this.#collect(options)) for (const room of rooms) void socket.leave(room);
  }

  disconnectSockets(options: BroadcastOptions, close: boolean): void {
    for (const socket of this.#collect(options)) socket.disconnect(close);
  }

  /** There is no other node: nobody hears the event, and an ack gets no answers. */
  serverSideEmit(args: unknown[]): void {
    const ack = args.at(-1);
    if (typeof ack === 'function') (ack as (error: null, answers: unknown[]) => void)(null, []);
  }

  /**
   * Keeps messages for their receivers in the memory of this process.
   *
   * @returns `undefined` for an adapter of a class that reaches other nodes: each would count for itself.
   */
  openDeliveryLog(limits: DeliveryLogLimits): DeliveryLog | undefined {
    return reachesNodes(this) ? undefined : new InMemoryDeliveryLog(limits);
  }

  #join(member: Member, room: Room): void {
    const count = this.#index.add(member, room);
    if (count === 0) return;
    if (count === 1) this.emit('create-room', room);
    this.emit('join-room', room, member.id);
  }

  #forEach(options: BroadcastOptions, visit: (socket: AdapterSocket) => void): void {
    this.#index.match(options, (member) => {
      const socket = (member.socket ??= this.nsp.socket(member.id));
      if (socket !== undefined) visit(socket);
    });
  }

  /** Collected first: what is done to the sockets changes the rooms that are walked. */
  #collect(options: BroadcastOptions): AdapterSocket[] {
    const sockets: AdapterSocket[] = [];
    this.#forEach(options, (socket) => sockets.push(socket));
    return sockets;
  }
}

/** Whether an adapter, ours or any other, reaches other nodes: whether it says more than one that is in memory. */
export function reachesNodes(adapter: object): boolean {
  const owner = ownerOf(adapter, 'serverSideEmit');
  return owner !== null && owner !== InMemoryAdapter.prototype && !isBase(owner);
}
