import {
  KeptEvent,
  type Adapter,
  type BroadcastFlags,
  type DeliveryLog,
  type KeepsDeliveries,
  type Room,
  type SocketId,
} from '../../adapter/index.js';
import type { LimitHit } from '../../engine/index.js';
import { PacketType, type Frame, type Packet } from '../../protocol/index.js';
import { formatOffset, messageOf, RookeryError, type DeliveryMarker } from '../../shared/index.js';
import type { ErrorBoundary } from '../error-boundary.js';
import { HeadBatch } from './head-batch.js';
import { parseOffsets, streamOf, type KnownOffsets } from './offsets.js';
import type { Newcomers, ResolvedReliableDelivery } from './options.js';
import { Receiver, type ReceiverHost, type ReceivingSocket } from './receiver.js';

/** What deliveries need of their namespace. */
export interface DeliveryNamespace {
  readonly name: string;
  readonly boundary: ErrorBoundary;
  encode(packet: Packet, compress: boolean): Frame;
  readonly server: { onLimit(hit: LimitHit): void };
}

/** The streams of a namespace: what is emitted to them is kept, and clients that take part get what they have missed. */
export class Deliveries implements ReceiverHost {
  readonly name: string;
  readonly log: DeliveryLog;
  readonly heads: HeadBatch;
  readonly #namespace: DeliveryNamespace;
  readonly #adapter: Adapter;
  readonly #options: ResolvedReliableDelivery;
  readonly #receivers = new Map<SocketId, Receiver>();

  private constructor(
    namespace: DeliveryNamespace,
    adapter: Adapter,
    options: ResolvedReliableDelivery,
    log: DeliveryLog,
  ) {
    this.name = namespace.name;
    this.log = log;
    this.heads = new HeadBatch(log);
    this.#namespace = namespace;
    this.#adapter = adapter;
    this.#options = options;
    adapter.on('join-room', this.#onJoin);
    adapter.on('leave-room', this.#onLeave);
  }

  /** @returns `null` where the adapter keeps no messages. */
  static open(namespace: DeliveryNamespace, adapter: Adapter, options: ResolvedReliableDelivery): Deliveries | null {
    const log = (adapter as Partial<KeepsDeliveries>).openDeliveryLog?.(options);
    return log === undefined ? null : new Deliveries(namespace, adapter, options, log);
  }

  get maxStreams(): number {
    return this.#options.maxStreamsPerSocket;
  }

  /**
   * Keeps an event in the stream of a room, then sends it to those who are there.
   *
   * Rejects with `NOT_SERIALIZABLE`, with `DELIVERY_FAILED`, or with what the adapter throws.
   */
  async emit(room: Room, event: KeptEvent, flags: BroadcastFlags): Promise<void> {
    const data = event.read();
    const offset = await this.#append(room, data);
    const marker: DeliveryMarker = { stream: this.streamOf(room), offset: formatOffset(offset) };
    const packet: Packet = { type: PacketType.EVENT, nsp: this.name, data: [...data, marker] };
    const sending = this.#adapter.broadcast(packet, { rooms: new Set([room]), except: new Set(), flags: { ...flags } });
    this.#namespace.boundary.watch(sending, { event: 'broadcast' });
  }

  /** What a client says it has when it connects; a text says why it cannot be read, `undefined` that it takes no part. */
  announcementIn(auth: object): KnownOffsets | string | undefined {
    const { offsets } = auth as { readonly offsets?: unknown };
    return offsets === undefined ? undefined : parseOffsets(offsets, this.maxStreams);
  }

  /** A socket takes part from now on. */
  enter(socket: ReceivingSocket, known: KnownOffsets): void {
    this.#receivers.set(socket.id, new Receiver(socket, this, known));
  }

  /** A client asks for what it has missed; what cannot be read counts as nothing. */
  onReplay(socket: ReceivingSocket, given: unknown): void {
    const offsets = parseOffsets(given, this.maxStreams);
    if (typeof offsets === 'string') return;
    const receiver = this.#receivers.get(socket.id);
    if (receiver === undefined) this.enter(socket, offsets);
    else receiver.ask(offsets);
  }

  /** A bus has been told that a socket is in rooms: what came before that has not reached it. */
  lookAgain(id: SocketId, rooms: Room | readonly Room[]): void {
    const receiver = this.#receivers.get(id);
    for (const room of typeof rooms === 'string' ? [rooms] : rooms)
      if (this.#adapter.rooms.get(room)?.has(id) === true) receiver?.join(room);
  }

  /** A socket is gone. */
  leave(id: SocketId): void {
    this.#receivers.get(id)?.leave();
    this.#receivers.delete(id);
  }

  close(): Promise<void> | void {
    this.#adapter.off('join-room', this.#onJoin);
    this.#adapter.off('leave-room', this.#onLeave);
    for (const id of [...this.#receivers.keys()]) this.leave(id);
    return this.log.close();
  }

  encode(packet: Packet): Frame {
    return this.#namespace.encode(packet, true);
  }

  streamOf(room: Room): string {
    return streamOf(this.name, room);
  }

  newcomers(room: Room): Newcomers {
    try {
      return this.#options.newcomers(room);
    } catch (error) {
      this.#namespace.boundary.report(error, { event: 'newcomers' });
      return 'none';
    }
  }

  onTooManyStreams({ conn }: ReceivingSocket): void {
    const { server, name: namespace } = this.#namespace;
    server.onLimit({ limit: 'maxStreamsPerSocket', max: this.maxStreams, socket: conn, namespace });
  }

  onFailure(error: unknown, socket: ReceivingSocket): void {
    this.#namespace.boundary.report(error, { event: 'reliableDelivery', socket });
  }

  async #append(room: Room, data: unknown[]): ReturnType<DeliveryLog['append']> {
    try {
      return await this.log.append(room, data);
    } catch (error) {
      const message = `The log has not confirmed the message: ${messageOf(error)}; it was sent to nobody yet`;
      throw new RookeryError('DELIVERY_FAILED', message, { cause: error });
    }
  }

  readonly #onJoin = (room: Room, id: SocketId): void => this.#receivers.get(id)?.join(room);
  readonly #onLeave = (room: Room, id: SocketId): void => this.#receivers.get(id)?.leaveRoom(room);
}
