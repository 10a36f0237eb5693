import type { Packet } from '../protocol/index.js';
import { definedOnly, type DefaultEventsMap, type EventsMap } from '../shared/index.js';
import { defaultUri, parseAddress } from './address.js';
import { backoffDelay } from './backoff.js';
import type { Build } from './build.js';
import { Emitter } from './emitter.js';
import type { CloseDescription, EngineCloseReason, EngineHandler } from './engine-events.js';
import type { BaseEngine } from './base-engine.js';
import type { ManagerOptions, SocketOptions } from './options.js';
import type { ClientPacket, PacketCodec } from './parser.js';
import type { BaseSocket, SocketManager } from './base-socket.js';
import type { Timer, Timers } from './timers.js';

/** The events of a manager. */
export interface ManagerEvents {
  open(): void;
  error(error: Error): void;
  ping(): void;
  packet(packet: Packet): void;
  close(reason: EngineCloseReason, details?: CloseDescription): void;
  /** Another attempt begins. @param attempt from 1. */
  reconnect_attempt(attempt: number): void;
  reconnect_error(error: Error): void;
  /** No attempt is left. */
  reconnect_failed(): void;
  reconnect(attempt: number): void;
}

const defaults = {
  path: '/socket.io',
  autoConnect: true,
  reconnection: true,
  reconnectionAttempts: Infinity,
  reconnectionDelay: 1_000,
  reconnectionDelayMax: 5_000,
  randomizationFactor: 0.5,
  timeout: 20_000 as number | false,
};

/** What a manager knows of connecting again. */
export type Settings = typeof defaults;

/** One connection to a server, made again when it is lost, with a socket for each namespace. */
export class BaseManager<ListenEvents extends EventsMap = DefaultEventsMap, EmitEvents extends EventsMap = ListenEvents>
  extends Emitter<ManagerEvents>
  implements EngineHandler, SocketManager
{
  readonly opts: ManagerOptions;
  /** The current session; there is none before the first `open()`. */
  engine!: BaseEngine;
  readonly #build: Build;
  readonly timers: Timers;
  protected readonly settings: Settings;
  readonly #codec: PacketCodec;
  readonly #sockets = new Map<string, BaseSocket>();
  #state: 'closed' | 'opening' | 'open' = 'closed';
  #attempts = 0;
  /** Whether the next attempt is waited for, or runs. */
  isReconnecting = false;
  protected mayReconnect = true;
  #attemptTimer: Timer | undefined;
  #pauseTimer: Timer | undefined;
  #onOpened: ((error?: Error) => void) | undefined;

  /** @param build what this client is made of; the classes of the entries know theirs. */
  constructor(uri: string | ManagerOptions | undefined, options: ManagerOptions | undefined, build: Build) {
    super();
    const given = definedOnly((typeof uri === 'object' ? uri : options) ?? {}) as ManagerOptions;
    const settings: Settings & ManagerOptions = { ...defaults, ...(given as object) };
    const { hostname, secure, port, query } = parseAddress(typeof uri === 'string' ? uri : defaultUri(given));
    const path = settings.path.replace(/\/$/, '') + (given.addTrailingSlash === false ? '' : '/');
    this.opts = { ...settings, hostname, secure, port, path, query: query || settings.query };
    this.settings = settings;
    this.#build = build;
    this.timers = build.timersOf(given);
    this.#codec = build.codec(given, (packet) => this.#onPacket(packet));
    if (settings.autoConnect) this.open();
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Whether an open connection is found to be dead. */
  get isStale(): boolean {
    return this.engine.hasPingExpired();
  }

  get isWritable(): boolean {
    return this.#state === 'open' && this.engine.transport.writable;
  }

  /** Connects. @param onOpened called once with the outcome; after an error, no attempt follows by itself. */
  open(onOpened?: (error?: Error) => void): this {
    if (this.#state !== 'closed') return this;
    this.#state = 'opening';
    this.mayReconnect = true;
    this.#onOpened = onOpened;
    const engine = new this.#build.Engine(this.opts, this.#build, this);
    this.engine = engine;
    const { timeout } = this.settings;
    if (timeout !== false) {
      this.#attemptTimer = this.timers.set(() => this.onEngineError(new Error('timeout')), timeout);
    }
    engine.open();
    return this;
  }

  /** The same as `open()`. */
  connect(onOpened?: (error?: Error) => void): this {
    return this.open(onOpened);
  }

  /** Returns the socket of a namespace, which connects when the manager does. */
  socket(namespace: string, options?: SocketOptions): BaseSocket<ListenEvents, EmitEvents> {
    let socket = this.#sockets.get(namespace);
    if (socket === undefined) {
      socket = new this.#build.Socket(this, namespace, options);
      this.#sockets.set(namespace, socket);
      if (this.settings.autoConnect) socket.connect();
    } else if (this.settings.autoConnect && !socket.active) {
      socket.connect();
    }
    return socket as unknown as BaseSocket<ListenEvents, EmitEvents>;
  }

  /** Whether the namespace has a socket. */
  hasSocket(namespace: string): boolean {
    return this.#sockets.has(namespace);
  }

  /** Encodes a packet and hands it to the session. */
  write(packet: ClientPacket): void {
    for (const part of this.#codec.encode(packet)) this.engine.write(part, packet.options);
  }

  /** A socket has left: with the last one, the connection ends. */
  onSocketInactive(): void {
    for (const { active } of this.#sockets.values()) if (active) return;
    this.mayReconnect = false;
    this.isReconnecting = false;
    this.timers.clear(this.#pauseTimer);
    this.#lose('forced close');
  }

  onEngineOpen(): void {
    this.#settle('open');
    const onOpened = this.#takeCallback();
    this.notify('open');
    for (const socket of this.#active()) socket.onManagerOpen();
    onOpened?.();
  }

  onMessage(data: string | Uint8Array): void {
    try {
      this.#codec.decode(data);
    } catch (error) {
      this.#lose('parse error', error as Error);
    }
  }

  onPing(): void {
    this.notify('ping');
  }

  onEngineError(error: Error): void {
    const wasOpening = this.#state === 'opening';
    if (wasOpening) {
      this.#settle('closed');
      this.engine.retire();
    }
    const onOpened = this.#takeCallback();
    this.notify('error', error);
    for (const socket of this.#active()) socket.onManagerError(error);
    if (!wasOpening) return;
    if (onOpened !== undefined) onOpened(error);
    else if (this.settings.reconnection && !this.isReconnecting && this.#attempts === 0) this.#reconnect();
  }

  onEngineClose(reason: EngineCloseReason, details: CloseDescription): void {
    if (this.#state === 'closed') return;
    this.#settle('closed');
    this.#codec.reset();
    this.#attempts = 0;
    this.notify('close', reason, details);
    for (const socket of this.#active()) socket.onManagerClose(reason, details);
    if (this.settings.reconnection && this.mayReconnect) this.#reconnect();
  }

  /** Ends a session; what waits in it is still sent. */
  #lose(reason: EngineCloseReason, error?: Error): void {
    this.#attempts = 0;
    if (this.#state === 'closed') return;
    this.engine.retire();
    this.onEngineClose(reason, error);
  }

  #onPacket(packet: Packet): void {
    try {
      this.notify('packet', packet);
      const socket = this.#sockets.get(packet.nsp);
      if (socket?.active === true) socket.onPacket(packet);
    } catch (error) {
      // What a listener throws is nobody's: neither a mistake of the server nor of the transport.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #active(): BaseSocket[] {
    return [...this.#sockets.values()].filter(({ active }) => active);
  }

  #takeCallback(): ((error?: Error) => void) | undefined {
    const onOpened = this.#onOpened;
    this.#onOpened = undefined;
    return onOpened;
  }

  #settle(state: 'open' | 'closed'): void {
    this.timers.clear(this.#attemptTimer);
    this.#state = state;
  }

  #reconnect(): void {
    if (this.isReconnecting || !this.mayReconnect) return;
    if (this.#attempts >= (this.settings.reconnectionAttempts || Infinity)) {
      this.#attempts = 0;
      this.notify('reconnect_failed');
      return;
    }
    this.isReconnecting = true;
    const delay = backoffDelay(this.#attempts++, this.settings);
    this.#pauseTimer = this.timers.set(() => this.#attempt(), delay);
  }

  #attempt(): void {
    if (!this.mayReconnect) {
      this.isReconnecting = false;
      return;
    }
    const attempt = this.#attempts;
    this.notify('reconnect_attempt', attempt);
    // A listener may have decided otherwise.
    if (!this.mayReconnect) return;
    this.open((error) => {
      this.isReconnecting = false;
      if (error !== undefined) {
        this.#reconnect();
        this.notify('reconnect_error', error);
        return;
      }
      this.#attempts = 0;
      this.notify('reconnect', attempt);
    });
  }
}
