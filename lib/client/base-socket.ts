import { isReservedEvent, PacketType, type Packet } from '../protocol/index.js';
import {
  type AckResult,
  type DefaultEventsMap,
  type EventName,
  type EventParams,
  type EventsMap,
  type EventsWithTimeout,
  type ParamsWithoutAck,
} from '../shared/index.js';
import { Acks, alwaysAnswered, type AckCallback } from './acks.js';
import { Emitter } from './emitter.js';
import type { CloseDescription, EngineCloseReason } from './engine-events.js';
import type { Auth, SocketOptions } from './options.js';
import type { ClientPacket } from './parser.js';
import type { Timers } from './timers.js';

/** Why a socket was disconnected. */
export type DisconnectReason = EngineCloseReason | 'io server disconnect' | 'io client disconnect';

/** The events of a socket that are not the server's. */
export interface SocketReservedEvents {
  /** Connected, for the first time or again. */
  connect(): void;
  /** Not let in by the namespace, whose `data` the error has, or not connected. */
  connect_error(error: Error & { readonly data?: unknown }): void;
  disconnect(reason: DisconnectReason, details?: CloseDescription): void;
}

/** What a socket asks of its manager. */
export interface SocketManager {
  readonly timers: Timers;
  readonly isOpen: boolean;
  readonly isReconnecting: boolean;
  readonly isStale: boolean;
  readonly isWritable: boolean;
  open(): unknown;
  write(packet: ClientPacket): void;
  onSocketInactive(): void;
}

/** Modifiers of the next emit. */
export interface Flags {
  compress?: boolean;
  timeout?: number;
  volatile?: boolean;
}

/**
 * The client's end of a namespace, with what every build has.
 *
 * `on(event, …)` listens to the server's events, and to those of the connection.
 */
export class BaseSocket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  Manager = SocketManager,
> extends Emitter<ListenEvents, SocketReservedEvents> {
  /** The manager, which other namespaces share. */
  readonly io: Manager;
  /** The name of the namespace. */
  readonly nsp: string;
  /** The id of the socket, the same as on the server, while it is connected. */
  id: string | undefined;
  connected = false;
  /** Whether it connects when its manager does: `false` once it was refused or disconnected. */
  active = false;
  /** Whether the server has brought back what was there before the connection was lost. */
  recovered = false;
  /** Sent with each connection. */
  auth: Auth;
  /** What was emitted while there was no connection. */
  sendBuffer: ClientPacket[] = [];
  /** What came before the connection was confirmed. */
  receiveBuffer: Packet[] = [];
  readonly #manager: SocketManager;
  protected readonly options: SocketOptions;
  readonly #acks: Acks;
  protected flags: Flags = {};
  /** The connection that the server's answer is not asked for yet. */
  #attempt: object | null = null;
  #pid: string | undefined;
  #offset: string | undefined;

  constructor(manager: SocketManager, namespace: string, options: SocketOptions = {}) {
    super();
    this.io = manager as Manager;
    this.#manager = manager;
    this.nsp = namespace;
    this.options = options;
    this.auth = options.auth ?? {};
    this.#acks = new Acks(manager.timers);
  }

  get disconnected(): boolean {
    return !this.connected;
  }

  /** The next emit is dropped where it cannot be sent at once. */
  get volatile(): this {
    this.flags.volatile = true;
    return this;
  }

  /** Connects, by hand or again. */
  connect(): this {
    if (this.connected) return this;
    const isAwaiting = this.active && this.#manager.isOpen;
    this.active = true;
    if (!this.#manager.isReconnecting) this.#manager.open();
    if (this.#manager.isOpen && !isAwaiting) this.onManagerOpen();
    return this;
  }

  /** The same as `connect()`. */
  open(): this {
    return this.connect();
  }

  /** Leaves the namespace; the last socket closes the connection. */
  disconnect(): this {
    const wasConnected = this.connected;
    if (wasConnected) this.#write({ type: PacketType.DISCONNECT });
    this.#leave();
    if (wasConnected) this.#disconnected('io client disconnect');
    return this;
  }

  /** The same as `disconnect()`. */
  close(): this {
    return this.disconnect();
  }

  /**
   * Emits an event to the server; a callback as its last argument is called with the answer.
   *
   * @throws Error for a reserved name.
   */
  emit<Event extends EventName<EmitEvents>>(event: Event, ...args: EventParams<EmitEvents, Event>): this {
    if (isReservedEvent(event)) throw new Error(`"${event}" is a reserved event name`);
    const data: unknown[] = [event, ...(args as unknown[])];
    const callback = typeof data.at(-1) === 'function' ? (data.pop() as AckCallback) : undefined;
    this.dispatch(data, callback);
    return this;
  }

  /** Emits the event `message`. */
  send(...args: EventParams<EmitEvents, 'message'>): this {
    return this.emit('message', ...args);
  }

  /** Emits an event and waits for the first argument of the answer; rejects when none can come any more. */
  emitWithAck<Event extends EventName<EmitEvents>>(
    event: Event,
    ...args: ParamsWithoutAck<EmitEvents, Event>
  ): Promise<AckResult<EmitEvents, Event>> {
    return new Promise((resolve, reject) => {
      const callback: AckCallback = (error, answer) => {
        if (error === null || error === undefined) resolve(answer as AckResult<EmitEvents, Event>);
        else reject(error as Error);
      };
      alwaysAnswered.add(callback);
      this.emit(event, ...([...(args as unknown[]), callback] as EventParams<EmitEvents, Event>));
    });
  }

  /** The answer to the next emit is waited for so long, in milliseconds; its callback takes an error first. */
  timeout(timeout: number): BaseSocket<ListenEvents, EventsWithTimeout<EmitEvents>, Manager> {
    this.flags.timeout = timeout;
    return this as never;
  }

  /** Whether the next emit may be compressed. */
  compress(compress: boolean): this {
    this.flags.compress = compress;
    return this;
  }

  /** @internal */
  onManagerOpen(): void {
    const attempt = {};
    this.#attempt = attempt;
    const send = (auth: object): void => {
      // It may have taken its time.
      if (this.#attempt !== attempt || !this.active || !this.#manager.isOpen) return;
      this.#attempt = null;
      const recovery = this.#pid === undefined ? {} : { pid: this.#pid, offset: this.#offset };
      this.#write({ type: PacketType.CONNECT, data: { ...recovery, ...auth } });
    };
    if (typeof this.auth === 'function') this.auth(send);
    else send(this.auth);
  }

  /** @internal */
  onManagerError(error: Error): void {
    if (!this.connected) this.notify('connect_error', error);
  }

  /** @internal */
  onManagerClose(reason: EngineCloseReason, details: CloseDescription): void {
    if (this.connected) this.#disconnected(reason, details);
    else this.#abandonAcks();
  }

  /** @internal */
  onPacket(packet: Packet): void {
    const { type, data, id } = packet;
    if (type === PacketType.CONNECT) {
      const { sid, pid } = (data ?? {}) as { sid?: string; pid?: string };
      if (sid === undefined) {
        this.notify('connect_error', new Error('The server is of Socket.IO 2'));
      } else {
        this.#connected(sid, pid);
      }
    } else if (type === PacketType.EVENT || type === PacketType.BINARY_EVENT) {
      if (this.connected) this.#onEvent(packet);
      else this.receiveBuffer.push(packet);
    } else if (type === PacketType.ACK || type === PacketType.BINARY_ACK) {
      this.#acks.answer(id!, data as unknown[]);
    } else if (type === PacketType.DISCONNECT) {
      this.#leave();
      this.#disconnected('io server disconnect');
    } else {
      this.#leave();
      const { message = '', data: content } = data as { message?: string; data?: unknown };
      // Assigned: the constructor would call what a hostile server has put there.
      this.notify('connect_error', Object.assign(new Error(''), { message, data: content }));
    }
  }

  /** Buffered packets were sent; `connect` is next. */
  protected onConnected(): void {}

  /** Given each event that comes. */
  protected onIncoming(_args: readonly unknown[]): void {}

  /** Given each event that is sent. */
  protected onOutgoing(_args: readonly unknown[]): void {}

  #connected(sid: string, pid: string | undefined): void {
    this.id = sid;
    this.recovered = pid !== undefined && pid === this.#pid;
    this.#pid = pid;
    this.connected = true;
    for (const packet of this.receiveBuffer.splice(0)) this.#onEvent(packet);
    for (const packet of this.sendBuffer.splice(0)) this.#send(packet);
    this.onConnected();
    this.notify('connect');
  }

  #onEvent({ data, id }: Packet): void {
    const args = data as unknown[];
    const last = args.at(-1);
    if (id !== undefined) args.push(this.#answerTo(id));
    this.onIncoming(args);
    this.notify(...(args as [string, ...unknown[]]));
    if (this.#pid !== undefined && typeof last === 'string') this.#offset = last;
  }

  #answerTo(id: number): AckCallback {
    const session = this.id;
    let isAnswered = false;
    return (...answer) => {
      // Another session has not asked.
      if (isAnswered || session !== this.id) return;
      isAnswered = true;
      this.#write({ type: PacketType.ACK, id, data: answer });
    };
  }

  /** Sends an event, or keeps it until there is a connection. */
  protected dispatch(data: readonly unknown[], callback: AckCallback | undefined): void {
    const { compress, timeout = this.options.ackTimeout, volatile } = this.flags;
    this.flags = {};
    const id = callback && this.#acks.add(callback, timeout, (late) => this.#forget(late));
    const packet = { type: PacketType.EVENT, nsp: this.nsp, data, id, options: { compress: compress !== false } };
    const isConnected = this.connected && !this.#manager.isStale;
    if (volatile === true && !(isConnected && this.#manager.isWritable)) return;
    if (isConnected) this.#send(packet);
    else this.sendBuffer.push(packet);
  }

  #send(packet: ClientPacket): void {
    this.onOutgoing(packet.data as unknown[]);
    this.#manager.write(packet);
  }

  #write(packet: Omit<ClientPacket, 'nsp'>): void {
    this.#manager.write({ ...packet, nsp: this.nsp });
  }

  /** What was not sent in time is not sent any more. */
  #forget(id: number): void {
    this.sendBuffer = this.sendBuffer.filter((packet) => packet.id !== id);
  }

  #leave(): void {
    if (!this.active) return;
    this.active = false;
    this.#manager.onSocketInactive();
  }

  #disconnected(reason: DisconnectReason, details?: CloseDescription): void {
    this.connected = false;
    this.id = undefined;
    this.notify('disconnect', reason, details);
    this.#abandonAcks();
  }

  #abandonAcks(): void {
    this.#acks.abandon((id) => this.sendBuffer.some((packet) => packet.id === id));
  }
}
