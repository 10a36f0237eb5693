import type { EnginePacket, OpenPacket } from '../protocol/index.js';
import { batchLength } from './batch.js';
import type { Build } from './build.js';
import { Emitter } from './emitter.js';
import type { CloseDescription, EngineCloseReason, EngineEvents, EngineHandler } from './engine-events.js';
import type { EngineOptions } from './options.js';
import { watchPage } from './page.js';
import { timersOf, type Timer, type Timers } from './timers.js';
import type { TransportError } from './transport/transport-error.js';
import type {
  CloseDetails,
  OutgoingPacket,
  Transport,
  TransportClass,
  TransportQuery,
  TransportSink,
} from './transport/transport.js';
import type { UpgradableEngine } from './upgrade.js';

/**
 * The client's end of an Engine.IO session: heartbeat, upgrade, and what waits to be sent.
 *
 * @see Engine.IO v4
 */
export class Engine extends Emitter<EngineEvents> implements TransportSink, UpgradableEngine {
  /** Whether the last WebSocket has worked: `rememberUpgrade` asks for it. */
  static priorWebsocketSuccess = false;

  readonly opts: EngineOptions;
  /** The id of the session, once it is open. */
  id: string | null = null;
  readyState: 'opening' | 'open' | 'closing' | 'closed' = 'closed';
  transport!: Transport;
  /** Whether the session is going over to another transport: nothing is written meanwhile. */
  upgrading = false;
  /** What was not handed over, and behind it what waits. */
  writeBuffer: OutgoingPacket[] = [];
  /** `null` once nobody wants to hear of it. */
  #handler: EngineHandler | null;
  readonly #build: Build;
  readonly #timers: Timers;
  readonly #candidates: TransportClass[];
  readonly #later = new Set<Timer>();
  #handshake: OpenPacket | null = null;
  /** How many of `writeBuffer` the transport has. */
  #handedOver = 0;
  #pingTimer: Timer | undefined;
  /** When the server is taken for dead, in milliseconds since the epoch. */
  #pingDeadline = Infinity;
  #abandonUpgrades: () => void = () => {};
  #leavePage: () => void = () => {};

  constructor(options: EngineOptions, build: Build, handler: EngineHandler) {
    super();
    this.opts = options;
    this.#build = build;
    this.#handler = handler;
    this.#timers = timersOf(options);
    const named = options.transports?.map((each) =>
      typeof each === 'string' ? build.transports.find(({ transportName }) => transportName === each) : each,
    );
    this.#candidates = [...(named ?? build.transports)].filter((each) => each !== undefined);
  }

  /** Connects. */
  open(): void {
    this.readyState = 'opening';
    const candidates = this.#candidates;
    const remembered =
      this.opts.rememberUpgrade === true && Engine.priorWebsocketSuccess
        ? candidates.find(({ transportName }) => transportName === 'websocket')
        : undefined;
    const First = remembered ?? candidates[0];
    if (First === undefined) {
      this.later(() => this.#failed(new Error('No transports available')), 0);
      return;
    }
    this.transport = this.#create(First, this);
    this.transport.open();
  }

  /** Sends a message. @param onFlush called once it was handed to the transport. */
  write(data: string | Uint8Array, options?: { readonly compress?: boolean } | null, onFlush?: () => void): this {
    this.#push({ type: 'message', data, compress: options?.compress !== false });
    if (onFlush !== undefined) this.once('flush', onFlush);
    this.#flush();
    return this;
  }

  /** The same as `write()`. */
  send(data: string | Uint8Array, options?: { readonly compress?: boolean } | null, onFlush?: () => void): this {
    return this.write(data, options, onFlush);
  }

  /** Closes, once all that waits was sent. */
  close(): this {
    if (this.readyState === 'closed' || this.readyState === 'closing') return this;
    const wasOpen = this.readyState === 'open';
    this.readyState = 'closing';
    if (!wasOpen || (this.writeBuffer.length === 0 && !this.upgrading)) this.#closed('forced close');
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

  later(run: () => void, delay: number): void {
    const timer = this.#timers.set(() => {
      this.#later.delete(timer);
      run();
    }, delay);
    this.#later.add(timer);
  }

  createTransport(name: string, sink: TransportSink): Transport | undefined {
    const Class = this.#candidates.find(({ transportName }) => transportName === name);
    return Class && this.#create(Class, sink);
  }

  onTransportOpen(): void {
    // The handshake opens the session.
  }

  onPacket(packet: EnginePacket): void {
    if (this.readyState === 'closed') return;
    const { type, data } = packet;
    this.notify('packet', packet);
    this.notify('heartbeat');
    if (type === 'open') {
      this.#onHandshake(JSON.parse(data as string) as OpenPacket);
    } else if (type === 'ping') {
      this.#push({ type: 'pong', data: '' });
      this.#flush();
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
      this.#flush();
      return;
    }
    this.notify('drain');
    this.#finishClosing();
  }

  onTransportError(error: TransportError): void {
    Engine.priorWebsocketSuccess = false;
    if (this.opts.tryAllTransports === true && this.readyState === 'opening' && this.#candidates.length > 1) {
      this.#candidates.shift();
      this.open();
      return;
    }
    this.#failed(error);
  }

  onTransportClose(details: CloseDetails): void {
    this.#closed('transport close', details);
  }

  onUpgrading(transport: Transport): void {
    this.upgrading = true;
    this.notify('upgrading', transport);
  }

  onUpgrade(transport: Transport): void {
    this.transport = transport;
    transport.sink = this;
    this.upgrading = false;
    this.#rememberTransport();
    this.notify('upgrade', transport);
    this.#flush();
    this.#finishClosing();
  }

  onUpgradeError(error: Error): void {
    this.upgrading = false;
    this.notify('upgradeError', error);
    this.#flush();
    this.#finishClosing();
  }

  #create(Class: TransportClass, sink: TransportSink): Transport {
    const { query, forceBase64 } = this.opts;
    const whole: TransportQuery = {};
    new URLSearchParams(query as string).forEach((value, key) => (whole[key] = value));
    whole['EIO'] = '4';
    whole['transport'] = Class.transportName;
    if (this.id !== null) whole['sid'] = this.id;
    if (forceBase64 === true) whole['b64'] = '1';
    return new Class(this.opts, whole, sink);
  }

  #onHandshake(handshake: OpenPacket): void {
    if (this.readyState !== 'opening') return;
    this.#handshake = handshake;
    this.id = handshake.sid;
    this.transport.query['sid'] = handshake.sid;
    this.readyState = 'open';
    this.#leavePage = watchPage(
      this.opts,
      (details) => this.onTransportClose(details),
      () => this.transport.close(),
    );
    this.#rememberTransport();
    this.#expectPing();
    this.notify('handshake', handshake);
    this.notify('open');
    this.#handler?.onEngineOpen();
    this.#flush();
    if (this.opts.upgrade === false || this.#build.upgrade === undefined) return;
    this.#abandonUpgrades = this.#build.upgrade(this, handshake.upgrades);
  }

  #rememberTransport(): void {
    Engine.priorWebsocketSuccess = this.transport.name === 'websocket';
  }

  #expectPing(): void {
    const { pingInterval, pingTimeout } = this.#handshake!;
    const silence = pingInterval + pingTimeout;
    this.#timers.clear(this.#pingTimer);
    this.#pingDeadline = Date.now() + silence;
    this.#pingTimer = this.#timers.set(() => this.#closed('ping timeout'), silence);
  }

  #push(packet: OutgoingPacket): void {
    if (this.readyState === 'closing' || this.readyState === 'closed') return;
    this.notify('packetCreate', packet);
    this.writeBuffer.push(packet);
  }

  #flush(): void {
    const { transport, writeBuffer } = this;
    if (!transport.writable || this.upgrading || this.readyState === 'opening' || writeBuffer.length === 0) return;
    const limit = transport.name === 'polling' ? this.#handshake!.maxPayload : 0;
    this.#handedOver = limit > 0 ? batchLength(writeBuffer, limit) : writeBuffer.length;
    transport.send(writeBuffer.slice(0, this.#handedOver));
    this.notify('flush');
  }

  #finishClosing(): void {
    if (this.readyState === 'closing' && this.writeBuffer.length === 0) this.#closed('forced close');
  }

  #failed(error: Error): void {
    if (this.readyState === 'closed') return;
    this.notify('error', error);
    this.#handler?.onEngineError(error);
    this.#closed('transport error', error);
  }

  #closed(reason: EngineCloseReason, details?: CloseDescription): void {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    this.#timers.clear(this.#pingTimer);
    for (const timer of this.#later) this.#timers.clear(timer);
    this.#abandonUpgrades();
    this.#leavePage();
    (this.transport as Transport | undefined)?.close();
    this.id = null;
    this.notify('close', reason, details);
    this.#handler?.onEngineClose(reason, details);
    this.writeBuffer = [];
    this.#handedOver = 0;
  }
}
