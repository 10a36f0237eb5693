import type { EnginePacket, OpenPacket } from '../protocol/index.js';
import type { EngineBuild } from './engine-build.js';
import { Emitter } from './emitter.js';
import type { CloseDescription, EngineCloseReason, EngineEvents, EngineHandler } from './engine-events.js';
import type { EngineOptions } from './options.js';
import type { Timer, Timers } from './timers.js';
import type { TransportError } from './transport/transport-error.js';
import type {
  CloseDetails,
  OutgoingPacket,
  Transport,
  TransportClass,
  TransportQuery,
  TransportSink,
} from './transport/transport.js';

/**
 * The client's end of an Engine.IO session over one transport: heartbeat, and what waits to be sent.
 *
 * @see Engine.IO v4
 */
export class BaseEngine extends Emitter<EngineEvents> implements TransportSink {
  readonly opts: EngineOptions;
  /** The id of the session, once it is open. */
  id: string | null = null;
  readyState: 'opening' | 'open' | 'closing' | 'closed' = 'closed';
  transport!: Transport;
  /** What the server has said when the session was opened. */
  protected handshake: OpenPacket | null = null;
  protected readonly build: EngineBuild;
  protected readonly timers: Timers;
  /** What was not handed over, and behind it what waits. */
  writeBuffer: OutgoingPacket[] = [];
  /** `null` once nobody wants to hear of it. */
  #handler: EngineHandler | null;
  /** How many of `writeBuffer` the transport has. */
  #handedOver = 0;
  #pingTimer: Timer | undefined;
  /** When the server is taken for dead, in milliseconds since the epoch. */
  #pingDeadline = Infinity;

  constructor(options: EngineOptions, build: EngineBuild, handler: EngineHandler) {
    super();
    this.opts = options;
    this.build = build;
    this.#handler = handler;
    this.timers = build.timersOf(options);
  }

  /** Connects. */
  open(): void {
    this.readyState = 'opening';
    this.transport = this.create(this.firstTransport()!, this);
    this.transport.open();
  }

  /** Sends a message. @param onFlush called once it was handed to the transport. */
  write(data: string | Uint8Array, options?: { readonly compress?: boolean } | null, onFlush?: () => void): this {
    this.#push({ type: 'message', data, compress: options?.compress !== false });
    if (onFlush !== undefined) this.once('flush', onFlush);
    this.flush();
    return this;
  }

  /** The same as `write()`. */
  send(data: string | Uint8Array, options?: { readonly compress?: boolean } | null, onFlush?: () => void): this {
    return this.write(data, options, onFlush);
  }

  /** Closes, once all that waits was sent. */
  close(): this {
    if (this.readyState === 'opening') this.#closed('forced close');
    if (this.readyState === 'open') {
      this.readyState = 'closing';
      this.finishClosing();
    }
    return this;
  }

  /** Closes, and reports to its handler no more. */
  retire(): void {
    this.#handler = null;
    this.close();
  }

  /**
   * Whether the server has been silent for too long, which a timer that was held up has not noticed.
   *
   * If so, the engine closes in the next microtask.
   */
  hasPingExpired(): boolean {
    const hasExpired = Date.now() > this.#pingDeadline;
    if (hasExpired) queueMicrotask(() => this.#closed('ping timeout'));
    return hasExpired;
  }

  onTransportOpen(): void {
    // The handshake opens the session.
  }

  onPacket(packet: EnginePacket): void {
    const { type, data } = packet;
    // The handshake comes first, and once.
    if (this.readyState === 'closed' || (this.readyState === 'opening') !== (type === 'open')) return;
    this.notify('packet', packet);
    this.notify('heartbeat');
    if (type === 'open') {
      this.#onHandshake(data as string);
    } else if (type === 'ping') {
      this.#push({ type: 'pong', data: '' });
      this.flush();
      this.notify('ping');
      this.notify('pong');
      this.#expectPing();
      this.#handler?.onPing();
    } else if (type === 'message') {
      this.notify('data', data);
      this.notify('message', data);
      this.#handler?.onMessage(data);
    }
  }

  onDrain(): void {
    this.writeBuffer.splice(0, this.#handedOver);
    this.#handedOver = 0;
    if (this.writeBuffer.length > 0) {
      this.flush();
      return;
    }
    this.notify('drain');
    this.finishClosing();
  }

  onTransportError(error: TransportError): void {
    this.failed(error);
  }

  onTransportClose(details: CloseDetails): void {
    this.#closed('transport close', details);
  }

  /** The transport that is tried now. */
  protected firstTransport(): TransportClass | undefined {
    return this.build.transports[0];
  }

  /** The session was opened, and its handler knows. */
  protected onOpen(): void {}

  /** The session is over; its handler is told next. */
  protected onEnd(): void {}

  protected create(Class: TransportClass, sink: TransportSink): Transport {
    const whole: TransportQuery = {
      ...Object.fromEntries(new URLSearchParams(this.opts.query as string)),
      EIO: '4',
      transport: Class.transportName,
    };
    if (this.id !== null) whole['sid'] = this.id;
    return new Class(this.opts, whole, sink);
  }

  #onHandshake(text: string): void {
    try {
      this.handshake = JSON.parse(text) as OpenPacket;
      this.transport.query['sid'] = this.id = this.handshake.sid;
    } catch (error) {
      this.failed(error as Error);
      return;
    }
    this.readyState = 'open';
    this.#expectPing();
    this.notify('handshake', this.handshake);
    this.notify('open');
    this.#handler?.onEngineOpen();
    this.flush();
    this.onOpen();
  }

  #expectPing(): void {
    const { pingInterval, pingTimeout } = this.handshake!;
    const silence = pingInterval + pingTimeout;
    this.timers.clear(this.#pingTimer);
    this.#pingDeadline = Date.now() + silence;
    this.#pingTimer = this.timers.set(() => this.#closed('ping timeout'), silence);
  }

  #push(packet: OutgoingPacket): void {
    if (this.readyState === 'closing' || this.readyState === 'closed') return;
    this.notify('packetCreate', packet);
    this.writeBuffer.push(packet);
  }

  protected flush(): void {
    const { transport, writeBuffer } = this;
    if (!transport.writable || this.readyState === 'opening' || writeBuffer.length === 0) return;
    this.#handedOver = transport.take(writeBuffer, this.handshake!.maxPayload);
    transport.send(writeBuffer.slice(0, this.#handedOver));
    this.notify('flush');
  }

  protected finishClosing(): void {
    if (this.readyState === 'closing' && this.writeBuffer.length === 0) this.#closed('forced close');
  }

  protected failed(error: Error): void {
    if (this.readyState === 'closed') return;
    this.notify('error', error);
    this.#handler?.onEngineError(error);
    this.#closed('transport error', error);
  }

  #closed(reason: EngineCloseReason, details?: CloseDescription): void {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    this.timers.clear(this.#pingTimer);
    this.onEnd();
    (this.transport as Transport | undefined)?.close();
    this.id = null;
    this.notify('close', reason, details);
    this.#handler?.onEngineClose(reason, details);
    this.writeBuffer = [];
    this.#handedOver = 0;
  }
}
