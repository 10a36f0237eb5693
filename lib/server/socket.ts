import type { IncomingMessage } from 'node:http';
import type { AdapterSocket, BroadcastFlags, RestoredSession, Room, SocketId } from '../adapter/index.js';
import type { EngineSocket } from '../engine/index.js';
import { PacketType, type Frame, type Packet } from '../protocol/index.js';
import {
  AnyListeners,
  createId,
  createSecretId,
  replayEvent,
  type AnyListener,
  type Rate,
  type RookeryError,
} from '../shared/index.js';
import { ackDisconnectedError, ackLimitError, AckTable, type PendingAck } from './acks.js';
import { assertEmittable, BroadcastOperator } from './broadcast-operator.js';
import { disconnectReasons, isRecoverable, type DisconnectReason } from './disconnect-reason.js';
import type { Dispatchable } from './dispatch-queue.js';
import { createHandshake, type Handshake } from './handshake.js';
import { runMiddlewares, type Middleware } from './middleware.js';
import { publishSocket } from './published-host.js';
import { asOrdinary } from './reliable/ordinary-event.js';
import type { SocketConnection, SocketNamespace } from './socket-context.js';
import { emitToEach, rejection, TypedEmitter } from './typed-emitter.js';
import type {
  AckResult,
  DefaultEventsMap,
  EventName,
  EventParams,
  EventsMap,
  EventsWithTimeout,
  ParamsWithoutAck,
} from '../shared/index.js';

/** The events of a socket that are not its client's. */
export interface SocketReservedEvents {
  /** The socket is about to leave; its rooms are still there. */
  disconnecting(reason: DisconnectReason, description?: unknown): void;
  /** The socket has left. */
  disconnect(reason: DisconnectReason, description?: unknown): void;
  /** A packet was refused by a middleware of the socket, or could not be read. */
  error(error: Error): void;
}

/** An incoming event as a middleware of the socket gets it: its name and arguments, which it may change. */
// The border to the application: arguments of every event.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type IncomingEvent = [event: string, ...args: any[]];

/** Modifiers of the next emit. */
type EmitFlags = Pick<BroadcastFlags, 'volatile' | 'compress' | 'timeout'>;

const noFlags: EmitFlags = {};
const noRooms: Set<Room> = new Set();
const persisting = { event: 'persistSession' };

/**
 * A client in one namespace.
 *
 * `on(event, …)` listens to the client's events, and to `disconnecting`, `disconnect` and `error`.
 */
export class Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  // The border to the application: data it hangs on a socket.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  SocketData = any,
>
  extends TypedEmitter<ListenEvents, SocketReservedEvents>
  implements AdapterSocket, Dispatchable
{
  /** Unguessable, 20 characters; not the id of the connection, but for clients of Engine.IO 3. */
  readonly id: SocketId;
  readonly nsp: SocketNamespace<EmitEvents, ServerSideEvents, SocketData>;
  /** The connection, shared with the sockets of other namespaces. */
  readonly client: SocketConnection;
  /** For the application; `fetchSockets()` of other nodes shows it too. */
  data: Partial<SocketData> = {};
  /** Whether the socket has been told that it is connected, and has not left since. */
  connected = false;
  /** Whether the socket took up a session that had been interrupted. */
  readonly recovered: boolean;

  /** Made for the first who asks. */
  #handshake: Handshake | null = null;
  readonly #conn: EngineSocket;
  readonly #auth: object;
  readonly #issued = Date.now();
  /** Names the session to a client that may come back. */
  readonly #pid: string | undefined;
  /** What the client missed, until it is told. */
  #restored: RestoredSession | null;
  #flags: EmitFlags = noFlags;
  #isLeaving = false;
  #hasLeft = false;
  #acks: AckTable | null = null;
  #anyIncoming: AnyListeners | null = null;
  #anyOutgoing: AnyListeners | null = null;
  #middlewares: Middleware<IncomingEvent>[] | null = null;

  /** @internal */
  constructor(
    nsp: SocketNamespace<EmitEvents, ServerSideEvents, SocketData>,
    client: SocketConnection,
    auth: object,
    session: RestoredSession | null,
  ) {
    super({ captureRejections: true });
    this.id = session?.sid ?? client.dialect.socketId(nsp.name, client.id, createId);
    this.#pid = session?.pid ?? (nsp.canRecover ? createSecretId() : undefined);
    this.#restored = session;
    this.recovered = session !== null;
    if (session !== null) this.data = session.data as Partial<SocketData>;
    this.nsp = nsp;
    this.client = client;
    this.#conn = client.conn;
    this.#auth = auth;
  }

  /** The circumstances under which it connected. */
  get handshake(): Handshake {
    this.#handshake ??= createHandshake(this.client.conn, this.#auth, this.#issued);
    return this.#handshake;
  }

  /** How many events its client may send here. @internal */
  get eventRate(): Rate | false {
    return this.nsp.limits.eventRate;
  }

  get disconnected(): boolean {
    return !this.connected;
  }

  /** The request that opened the connection; `undefined` where the transport has none. */
  get request(): IncomingMessage | undefined {
    return this.client.request;
  }

  /** The Engine.IO session. */
  get conn(): EngineSocket {
    return this.#conn;
  }

  /** The rooms the socket is in, its own included; a live view, empty once it has left. */
  get rooms(): Set<Room> {
    return this.nsp.adapter.socketRooms(this.id) ?? new Set();
  }

  /**
   * Sends an event; with a callback as its last argument, waits for the client's answer.
   *
   * With more answers open than `maxPendingAcks`, nothing is sent: a callback behind `timeout()` gets `ACK_LIMIT` as its error,
   * for any other it is reported.
   *
   * @throws RookeryError `INVALID_EVENT_NAME` for a reserved name, `NOT_SERIALIZABLE` for data JSON cannot hold.
   */
  // hot: one array, one packet, one frame.
  emit<Event extends EventName<EmitEvents>>(event: Event, ...args: EventParams<EmitEvents, Event>): boolean {
    const flags = this.#takeFlags();
    assertEmittable(event);
    const last: unknown = args.at(-1);
    if (typeof last !== 'function') {
      const given: unknown[] = [event, ...(args as unknown[])];
      const data = this.nsp.isReliable ? asOrdinary(given) : given;
      if (this.nsp.canRecover && flags.volatile !== true) this.#sendRecoverable(data, flags);
      else this.#send(data, undefined, flags);
      return true;
    }
    const call = last as (...args: unknown[]) => unknown;
    const data: unknown[] = [event, ...args.slice(0, -1)];
    const hasErrors = flags.timeout !== undefined;
    this.#ask(data, flags, {
      onAnswer: (answers) => this.#call(event, call, hasErrors ? [null, ...answers] : answers),
      ...(hasErrors && { onFailure: (error) => this.#call(event, call, [error]) }),
    });
    return true;
  }

  /**
   * Sends an event and waits for the client's answer.
   *
   * Rejects when the client leaves, and, behind `timeout()`, when it does not answer in time; at once, with `ACK_LIMIT`, when it
   * owes `maxPendingAcks` answers.
   */
  emitWithAck<Event extends EventName<EmitEvents>>(
    event: Event,
    ...args: ParamsWithoutAck<EmitEvents, Event>
  ): Promise<AckResult<EmitEvents, Event>> {
    const flags = this.#takeFlags();
    return new Promise((resolve, reject) => {
      assertEmittable(event);
      this.#ask([event, ...(args as unknown[])], flags, {
        onAnswer: ([answer]) => resolve(answer as AckResult<EmitEvents, Event>),
        onFailure: reject,
      });
    });
  }

  /** Sends a `message` event. */
  send(...args: EventParams<EmitEvents, 'message'>): this {
    this.emit('message', ...args);
    return this;
  }

  /** Same as `send`. */
  write(...args: EventParams<EmitEvents, 'message'>): this {
    return this.send(...args);
  }

  /** Sets whether a transport may compress the next emit. */
  compress(compress: boolean): this {
    this.#flags = { ...this.#flags, compress };
    return this;
  }

  /** Drops the next emit if the connection cannot take it at once. */
  get volatile(): this {
    this.#flags = { ...this.#flags, volatile: true };
    return this;
  }

  /** Sets how long the ack of the next emit is waited for, in milliseconds; its callback gets an error first. */
  timeout(timeout: number): Socket<ListenEvents, EventsWithTimeout<EmitEvents>, ServerSideEvents, SocketData> {
    this.#flags = { ...this.#flags, timeout };
    return this as never;
  }

  /** Starts a broadcast to rooms, without this socket. */
  to(rooms: Room | readonly Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.#others().to(rooms);
  }

  /** Same as `to`. */
  in(rooms: Room | readonly Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.#others().to(rooms);
  }

  /** Starts a broadcast that leaves out the members of rooms, and this socket. */
  except(rooms: Room | readonly Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.#others().except(rooms);
  }

  /** Starts a broadcast to everyone else. */
  get broadcast(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#others();
  }

  /** Starts a broadcast to everyone else on this node. */
  get local(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#others().local;
  }

  /** Joins rooms; does nothing once the socket has left. */
  join(rooms: Room | readonly Room[]): Promise<void> | void {
    if (this.#hasLeft) return;
    const joined = this.#enterAll(rooms);
    if (joined === undefined) return;
    const { deliveries } = this.nsp;
    const done = deliveries === null ? joined : joined.then(() => deliveries.lookAgain(this.id, rooms));
    // Most who join do not wait: what fails then is nobody's to catch.
    this.nsp.boundary.watch(done, { event: 'join', socket: this });
    return done;
  }

  /** Leaves a room. */
  leave(room: Room): Promise<void> | void {
    const left = this.nsp.adapter.del(this.id, room);
    if (left !== undefined) this.nsp.boundary.watch(left, { event: 'leave', socket: this });
    return left;
  }

  /** Adds a middleware that sees every incoming event before its listeners, and may refuse it. */
  use(middleware: Middleware<IncomingEvent>): this {
    this.#middlewares = [...(this.#middlewares ?? []), middleware];
    return this;
  }

  /**
   * Disconnects the client from the namespace.
   *
   * @param close whether to disconnect it from every namespace and close the connection.
   */
  disconnect(close = false): this {
    if (!this.connected) return this;
    if (close) {
      this.client.disconnect();
      return this;
    }
    if (this.#isLeaving) return this;
    // It leaves, whether or not a parser of the application can write that.
    this.nsp.boundary.run(
      () => this.client.write(this.nsp.encode({ type: PacketType.DISCONNECT, nsp: this.nsp.name }, true), false),
      { event: 'parser', socket: this },
    );
    this.onGone(disconnectReasons.serverNamespace);
    return this;
  }

  /** Listens to every incoming event. */
  onAny(listener: AnyListener): this {
    (this.#anyIncoming ??= new AnyListeners()).append(listener);
    return this;
  }

  /** Listens to every incoming event, before the other catch-all listeners. */
  prependAny(listener: AnyListener): this {
    (this.#anyIncoming ??= new AnyListeners()).prepend(listener);
    return this;
  }

  /** Removes one catch-all listener, or all of them. */
  offAny(listener?: AnyListener): this {
    this.#anyIncoming?.remove(listener);
    return this;
  }

  listenersAny(): AnyListener[] {
    return this.#anyIncoming?.all() ?? [];
  }

  /** Listens to every outgoing event, broadcasts included; acks are no events. */
  onAnyOutgoing(listener: AnyListener): this {
    (this.#anyOutgoing ??= new AnyListeners()).append(listener);
    return this;
  }

  /** Listens to every outgoing event, before the other catch-all listeners. */
  prependAnyOutgoing(listener: AnyListener): this {
    (this.#anyOutgoing ??= new AnyListeners()).prepend(listener);
    return this;
  }

  /** Removes one outgoing catch-all listener, or all of them. */
  offAnyOutgoing(listener?: AnyListener): this {
    this.#anyOutgoing?.remove(listener);
    return this;
  }

  listenersAnyOutgoing(): AnyListener[] {
    return this.#anyOutgoing?.all() ?? [];
  }

  /** Joins its first rooms: its own, and those of the session. @internal */
  enterRooms(): Promise<void> | void {
    const others = this.#restored?.rooms ?? [];
    return this.#hasLeft ? undefined : this.#enterAll(others.length === 0 ? this.id : [this.id, ...others]);
  }

  /** Tells the client what it missed, and that it is connected. @internal */
  onConnected(): void {
    this.connected = true;
    const missed = this.#restored?.missedPackets ?? [];
    this.#restored = null;
    for (const args of missed) this.#send(args, undefined, noFlags);
    const data = this.client.dialect.welcome(this.id, this.#pid);
    this.client.write(this.nsp.encode({ type: PacketType.CONNECT, nsp: this.nsp.name, data }, true), false);
  }

  /** Takes a packet of the client. @internal */
  onPacket(packet: Packet): void {
    switch (packet.type) {
      case PacketType.EVENT:
        this.#onEvent(packet);
        return;
      case PacketType.ACK:
        this.#acks?.answer(packet.id!, packet.data as unknown[]);
        return;
      case PacketType.DISCONNECT:
        this.onGone(disconnectReasons.clientNamespace);
    }
  }

  /** The socket leaves; safe to call twice. @internal */
  onGone(reason: DisconnectReason, description?: unknown): void {
    if (!this.connected || this.#isLeaving) return;
    // A listener may disconnect it once more.
    this.#isLeaving = true;
    this.emitSafely(['disconnecting', reason, description]);
    if (this.#pid !== undefined && isRecoverable(reason)) this.#persist(this.#pid);
    this.leaveAll();
    this.nsp.remove(this.id);
    this.client.release(this.nsp.name);
    this.connected = false;
    this.emitSafely(['disconnect', reason, description]);
    this.#acks?.failAll();
  }

  /** The client was not let in, or went away before. @internal */
  abandon(): void {
    // It may try again.
    const restored = this.#restored;
    if (restored !== null) this.nsp.boundary.run(() => this.nsp.adapter.persistSession(restored), persisting);
    this.leaveAll();
  }

  /** Whether the session that it takes up, if there is one, belongs to whom its client has shown itself to be. @internal */
  ownsSession(): boolean {
    return this.#restored === null || (this.#restored.owner ?? undefined) === this.nsp.ownerOf(this);
  }

  /** Leaves every room, and joins none any more. @internal */
  leaveAll(): void {
    this.#hasLeft = true;
    this.nsp.boundary.run(() => this.nsp.adapter.delAll(this.id), { event: 'leave', socket: this });
  }

  /** A packet could not be read, or was refused. @internal */
  onError(error: Error): void {
    if (this.listenerCount('error') > 0) this.emitSafely(['error', error]);
  }

  /** Calls the listeners of an event. @internal */
  dispatch(args: unknown[]): void {
    if (!this.connected) return;
    const isTaken = this.#dispatchToApplication(args);
    // Nobody has to listen to an `error` that a client makes up.
    if (args[0] === 'error' && this.listenerCount('error') === 0) return;
    if (!isTaken || this.listenerCount(args[0] as never) > 0) this.emitSafely(args);
  }

  /** @internal */
  // hot: straight to the session; with thousands of receivers each object on the way is one more from memory.
  deliver(frame: Frame, isVolatile: boolean): void {
    this.#conn.writeFrame(frame, isVolatile);
  }

  /** @internal */
  notifyOutgoing(packet: Packet): void {
    if (this.#anyOutgoing !== null) this.#notify(this.#anyOutgoing, packet.data as unknown[]);
  }

  /** @param timeout how long to wait, in milliseconds; for ever when `undefined`. @internal */
  expectAck(id: number, onAck: (...args: unknown[]) => void, timeout?: number): void {
    if (!this.#owesTooMuch()) this.#ackTable().expect(id, { onAnswer: (args) => onAck(...args) }, timeout);
  }

  /** @internal */
  forgetAck(id: number): void {
    this.#acks?.forget(id);
  }

  /** An async listener rejected. @internal */
  [rejection](error: unknown, event: string): void {
    this.nsp.boundary.report(error, { event, socket: this });
  }

  #onEvent(packet: Packet): void {
    const args = packet.data as IncomingEvent;
    if (this.nsp.deliveries !== null && args[0] === replayEvent) {
      this.nsp.deliveries.onReplay(this, args[1]);
      return;
    }
    if (packet.id !== undefined) args.push(this.#createAck(packet.id));
    if (this.#anyIncoming !== null) this.#notify(this.#anyIncoming, args);
    if (this.#middlewares === null) {
      this.nsp.dispatchQueue.push(this, args);
      return;
    }
    const context = { event: String(args[0]), socket: this };
    runMiddlewares(this.#middlewares, args, this.nsp.boundary, context, (error) => {
      if (error !== undefined) this.onError(error);
      else this.nsp.dispatchQueue.push(this, args);
    });
  }

  #enterAll(rooms: Room | readonly Room[]): Promise<void> | void {
    const { adapter } = this.nsp;
    if (typeof rooms !== 'string') return adapter.addAll(this.id, new Set(rooms));
    // Published adapters do not have it.
    if (typeof adapter.addOne === 'function') return adapter.addOne(this.id, rooms);
    return adapter.addAll(this.id, new Set([rooms]));
  }

  #createAck(id: number): (...args: unknown[]) => void {
    let isSent = false;
    return (...args) => {
      // The first answer counts; one that cannot be encoded is none.
      if (isSent) return;
      const frame = this.nsp.encode({ type: PacketType.ACK, nsp: this.nsp.name, id, data: args }, true);
      isSent = true;
      this.client.write(frame, false);
    };
  }

  #send(data: unknown[], id: number | undefined, flags: EmitFlags): void {
    const packet: Packet = { type: PacketType.EVENT, nsp: this.nsp.name, data, id };
    const frame = this.nsp.encode(packet, flags.compress !== false);
    this.notifyOutgoing(packet);
    this.client.write(frame, flags.volatile === true);
  }

  /** Through the adapter, which keeps it for a client that is away for a moment. */
  #sendRecoverable(data: unknown[], flags: EmitFlags): void {
    const packet: Packet = { type: PacketType.EVENT, nsp: this.nsp.name, data };
    const options = { rooms: new Set([this.id]), except: new Set<Room>(), flags: { ...flags } };
    this.nsp.boundary.watch(this.nsp.adapter.broadcast(packet, options), { event: String(data[0]), socket: this });
  }

  #persist(pid: string): void {
    this.nsp.boundary.run(() => {
      const { id: sid, data } = this;
      const rooms = [...this.rooms];
      const owner = this.nsp.ownerOf(this);
      return this.nsp.adapter.persistSession({ sid, pid, rooms, data, ...(owner !== undefined && { owner }) });
    }, persisting);
  }

  #ask(data: unknown[], flags: EmitFlags, pending: PendingAck): void {
    if (this.connected && this.#owesTooMuch()) {
      this.#failLater(data[0], pending, ackLimitError(this.nsp.limits.maxPendingAcks));
      return;
    }
    const id = this.nsp.nextAckId();
    // Encoding comes first: data that cannot be sent leaves no question behind.
    this.#send(data, id, flags);
    if (this.connected) this.#ackTable().expect(id, pending, flags.timeout);
    // Nobody answers any more, and who does not care is told nothing.
    else if (pending.onFailure !== undefined) this.#failLater(data[0], pending, ackDisconnectedError());
  }

  #owesTooMuch(): boolean {
    const { name: namespace, limits } = this.nsp;
    const { maxPendingAcks: max } = limits;
    if (this.#acks === null || this.#acks.size < max) return false;
    this.#conn.server.limits.report({ limit: 'maxPendingAcks', max, socket: this.#conn, namespace });
    return true;
  }

  /** On a later tick, as every answer is told. */
  #failLater(event: unknown, pending: PendingAck, error: RookeryError): void {
    process.nextTick(() => {
      if (pending.onFailure !== undefined) pending.onFailure(error);
      else this.nsp.boundary.report(error, { event: String(event), socket: this });
    });
  }

  #ackTable(): AckTable {
    this.#acks ??= new AckTable();
    return this.#acks;
  }

  #others(): BroadcastOperator<EmitEvents, SocketData> {
    return new BroadcastOperator(this.nsp, noRooms, new Set([this.id]), this.#takeFlags());
  }

  #takeFlags(): EmitFlags {
    const flags = this.#flags;
    this.#flags = noFlags;
    return flags;
  }

  #dispatchToApplication(args: unknown[]): boolean {
    try {
      return this.nsp.dispatchToApplication(this, args);
    } catch (error) {
      this.nsp.boundary.report(error, { event: String(args[0]), socket: this });
      return true;
    }
  }

  /** Calls listeners of the application; an error of theirs stays here. @internal */
  emitSafely(args: unknown[]): void {
    emitToEach(this, args, (error) => this.nsp.boundary.report(error, { event: String(args[0]), socket: this }));
  }

  #notify(listeners: AnyListeners, args: readonly unknown[]): void {
    const context = { event: String(args[0]), socket: this };
    try {
      listeners.notify(args, (result) => this.nsp.boundary.watch(result, context));
    } catch (error) {
      this.nsp.boundary.report(error, context);
    }
  }

  #call(event: string, callback: (...args: unknown[]) => unknown, args: unknown[]): void {
    this.nsp.boundary.run(() => callback(...args), { event, socket: this });
  }
}

publishSocket(Socket.prototype);
