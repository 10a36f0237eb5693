import type { IncomingMessage } from 'node:http';
import { Frame, type EngineRevision } from '../protocol/index.js';
import type { TimerWheel, WheelNode } from '../shared/index.js';
import { closeReasons, type CloseReason } from './close-reason.js';
import type { FlushSchedule } from './flush-schedule.js';
import { HandshakeRequest } from './handshake-request.js';
import { HeartbeatState, type HeartbeatSession } from './heartbeat.js';
import { LazyEmitter } from './lazy-emitter.js';
import type { LimitReporter } from './limit-reporter.js';
import type { ResolvedEngineOptions } from './options.js';
import type { Revision } from './revision.js';
import type { SlowConsumer } from './slow-consumer.js';
import type { EngineSocketHandler } from './socket-handler.js';
import type {
  Transport,
  TransportCloseCause,
  TransportCloseReason,
  TransportName,
  TransportSink,
} from './transport/transport.js';
import { VolatileBacklog } from './volatile-backlog.js';

/** What a session asks of its server. */
export interface EngineSocketOwner {
  readonly opts: ResolvedEngineOptions;
  readonly wheel: TimerWheel;
  readonly flushes: FlushSchedule;
  readonly limits: LimitReporter;
  /** The session is over. */
  forget(socket: EngineSocket): void;
  /** Mirrors an event of a session. */
  mirror(event: 'flush' | 'drain', socket: EngineSocket, ...args: unknown[]): void;
}

/** An upgrade under way, as its session sees it. */
export interface PendingUpgrade {
  abandon(): void;
}

/** A packet as listeners of `packet` and `packetCreate` get it. */
export interface ObservedPacket {
  readonly type: string;
  readonly data?: string | Uint8Array;
  readonly options: { readonly compress: boolean };
}

/** What `send()` takes beside the data. */
export interface SendOptions {
  /** Whether a transport that compresses may compress it. @default true */
  readonly compress?: boolean;
}

/** Listens to `slowConsumer`, an event of `io.engine`. */
export type SlowConsumerListener = (socket: EngineSocket, consumer: SlowConsumer) => void;

const ping = new Frame('ping', [''], false);
const pong = new Frame('pong', [''], false);
/** Nobody adds to it. */
const emptyQueue: Frame[] = [];
/** How a WebSocket is told why it was closed: "try again later", or that it did what it may not. @see RFC 6455 §7.4.1 */
const closeCodes = {
  [closeReasons.slowConsumer]: 1013,
  [closeReasons.rateLimit]: 1008,
} as const satisfies Partial<Record<CloseReason, number>>;
const nothing: EngineSocketHandler = { onMessage() {}, onWritable() {}, onClose() {} };

const closeReasonOf: Readonly<Record<TransportCloseCause['kind'], CloseReason>> = {
  'peer-closed': closeReasons.transportClose,
  error: closeReasons.transportError,
  'parse-error': closeReasons.parseError,
  'closed-by-us': closeReasons.forcedClose,
};

interface SendCallback {
  /** How many frames have left once it is called. */
  position: number;
  readonly call: (transport: Transport) => void;
}

/**
 * A session of one client; applications know it as `socket.conn`.
 *
 * Events: `message(data)` and `data(data)`, `packet(packet)`, `packetCreate(packet)`, `heartbeat`,
 * `upgrading(transport)`, `upgrade(transport)`, `flush(buffer)`, `drain`, `error(error)`, `close(reason, description)`.
 */
export class EngineSocket extends LazyEmitter implements TransportSink, WheelNode, HeartbeatSession {
  readonly id: string;
  readonly server: EngineSocketOwner;
  /** The peer's address at the time of the handshake; empty where there is none. */
  readonly remoteAddress: string;
  readyState: 'opening' | 'open' | 'closing' | 'closed' = 'opening';
  transport: Transport;
  /** An upgrade has been probed and is not decided. */
  upgrading = false;
  /** The session has changed its transport. */
  upgraded = false;

  wheelNext: WheelNode | null = null;
  wheelPrevious: WheelNode | null = null;
  wheelSlot = -1;
  wheelDeadline = 0;
  /** @internal */ heartbeatState: HeartbeatState = HeartbeatState.Resting;

  #request: IncomingMessage | HandshakeRequest | null | undefined;
  readonly #revision: Revision;
  #handler: EngineSocketHandler = nothing;
  #upgrade: PendingUpgrade | null = null;
  /** Made anew with its first frame: mostly that is the only one, and an emptied list would make room for many. */
  #queue: Frame[] = emptyQueue;
  #isFlushScheduled = false;
  /** The ticks in which the first and the last frame of the queue were put there. */
  #firstTick = 0;
  #lastTick = 0;
  /** How many frames were ever queued, and how many of them were handed to a transport. */
  #queued = 0;
  #sent = 0;
  /** About how many bytes wait in the queue. */
  #waiting = 0;
  #volatile: VolatileBacklog | null = null;
  #isPaused = false;
  /** Set with every pause, until the heartbeat has asked. */
  #wasPaused = false;
  #callbacks: SendCallback[] | null = null;

  protected override onListenerError(error: unknown, event: string): void {
    this.server.opts.onError(error, event);
  }

  /** @internal */
  constructor(
    id: string,
    server: EngineSocketOwner,
    transport: Transport,
    request: IncomingMessage | HandshakeRequest | undefined,
    revision: Revision,
  ) {
    super();
    this.id = id;
    this.server = server;
    this.transport = transport;
    this.#request = request;
    this.remoteAddress = request?.socket?.remoteAddress ?? '';
    this.#revision = revision;
  }

  /**
   * The first request of the session; `undefined` where the transport has none.
   *
   * It may be set, to `null` for one that shall not be kept.
   */
  get request(): IncomingMessage | undefined {
    return (this.#request instanceof HandshakeRequest ? this.#request.get() : this.#request) as
      IncomingMessage | undefined;
  }

  set request(request: IncomingMessage | null | undefined) {
    this.#request = request;
  }

  /** The revision of Engine.IO that the client speaks. */
  get protocol(): EngineRevision {
    return this.#revision.protocol;
  }

  get pingInterval(): number {
    return this.server.opts.pingInterval;
  }

  get pingTimeout(): number {
    return this.server.opts.pingTimeout;
  }

  /** Whether a packet sent now would leave at once: the session is open, nothing was sent in this tick or is in flight. */
  get writable(): boolean {
    // What earlier ticks left in the queue is only held back to leave together with this packet.
    const isFree = this.#queue.length === 0 || this.#lastTick !== this.server.flushes.tick;
    return isFree && this.readyState === 'open' && this.transport.writable;
  }

  /** The packets that wait for the transport. */
  get writeBuffer(): readonly ObservedPacket[] {
    return this.#queue.flatMap(observed);
  }

  /**
   * Sends a message; ignored once the session is closing.
   *
   * @param data text, or bytes.
   * @param callback called with the transport once the message has left; never after the session is closed.
   */
  send(
    data: string | ArrayBuffer | ArrayBufferView,
    options?: SendOptions | ((transport: Transport) => void) | null,
    callback?: (transport: Transport) => void,
  ): this {
    const compress = (typeof options === 'function' ? undefined : options?.compress) ?? true;
    const onSent = typeof options === 'function' ? options : callback;
    if (this.readyState !== 'open' && this.readyState !== 'opening') return this;
    this.#enqueue(new Frame('message', [typeof data === 'string' ? data : toBytes(data)], compress));
    if (onSent !== undefined) (this.#callbacks ??= []).push({ position: this.#queued, call: onSent });
    return this;
  }

  /** Same as `send`. */
  write(
    data: string | ArrayBuffer | ArrayBufferView,
    options?: SendOptions | ((transport: Transport) => void) | null,
    callback?: (transport: Transport) => void,
  ): this {
    return this.send(data, options, callback);
  }

  /** Queues an encoded packet; a volatile one is dropped unless it would leave at once, or may wait for a while. */
  // hot: a push; the flush at the end of the tick or turn writes everything at once.
  writeFrame(frame: Frame, isVolatile: boolean): void {
    if (this.readyState !== 'open') return;
    if (isVolatile && !this.writable) this.#enqueueVolatile(frame);
    else this.#enqueue(frame);
  }

  /**
   * Closes the session after what is queued has left.
   *
   * @param discard drop what is queued and close at once.
   */
  close(discard = false): this {
    if (discard) {
      this.#flushHeld();
      if (this.readyState === 'open' || this.readyState === 'closing') this.transport.close(true);
      return this;
    }
    if (this.readyState !== 'open') return this;
    this.flush();
    this.readyState = 'closing';
    // Nothing is handed on any more, but requests that wait have to be answered.
    this.resumeReading();
    // With something left to send, the flush that empties the queue closes the transport.
    if (this.#queue.length === 0) this.transport.close(false);
    return this;
  }

  /** Closes the session: at once when nothing has to be sent any more, else when that has left. @internal */
  end(): void {
    this.flush();
    this.close(this.#queue.length === 0);
  }

  /** Opens the session: the frames leave before anything else. @internal */
  open(first: readonly Frame[], connect: (socket: EngineSocket) => EngineSocketHandler): void {
    this.transport.attach(this);
    this.readyState = 'open';
    for (const frame of first) this.#enqueue(frame);
    this.flush();
    this.#revision.heartbeat.start(this);
    this.#handler = connect(this);
  }

  /** Reads nothing more of the peer until `resumeReading()`; what was read already may still be handed on. @internal */
  pauseReading(): void {
    if (this.#isPaused || this.readyState !== 'open') return;
    this.#isPaused = true;
    this.#wasPaused = true;
    this.transport.pause();
  }

  /** Reads on, if it is paused. @internal */
  resumeReading(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.transport.resume();
  }

  /** Ends the session at once, with a reason that the peer is told; what is queued leaves where it can. @internal */
  abort(reason: keyof typeof closeCodes): void {
    if (this.readyState === 'closed') return;
    this.flush();
    this.#fail(reason, undefined, { code: closeCodes[reason], text: reason });
  }

  /** Whether so many bytes wait for the transport. @internal */
  isBehind(bytes: number): boolean {
    return this.#waiting >= bytes;
  }

  /** Calls once what is queued now has left; never after the session is closed. @internal */
  whenSent(call: () => void): void {
    (this.#callbacks ??= []).push({ position: this.#queued, call });
  }

  /** Hands messages to somebody else from now on. @internal */
  handOver(handler: EngineSocketHandler): void {
    this.#handler = handler;
  }

  /** Hands what is queued to the transport if it can take it. @internal */
  flush(): void {
    this.#isFlushScheduled = false;
    if (this.#queue.length === 0 || this.readyState === 'closed' || !this.transport.writable) return;
    const batch = this.#queue;
    this.#queue = emptyQueue;
    this.#waiting = 0;
    this.#volatile?.clear();
    this.#sent += batch.length;
    if (this.emitter !== null) this.emit('flush', batch.flatMap(observed));
    this.server.mirror('flush', this, batch);
    this.transport.send(batch);
    if (this.readyState === 'closing') this.transport.close(false);
  }

  /** The upgrade that is under way ended or began. @internal */
  setUpgrade(upgrade: PendingUpgrade | null): void {
    this.#upgrade = upgrade;
    this.upgrading = upgrade !== null;
  }

  /** Goes on with another transport. @internal */
  switchTo(transport: Transport): void {
    this.#upgrade = null;
    this.upgrading = false;
    this.upgraded = true;
    if (this.#isPaused) transport.pause();
    this.transport = transport;
    transport.attach(this);
    this.emit('upgrade', transport);
    this.flush();
    if (this.readyState === 'closing' && this.#queue.length === 0) transport.close(false);
  }

  // hot: one comparison for listeners, one for the heartbeat, then the handler.
  onMessage(data: string | Buffer): void {
    if (this.readyState !== 'open') return;
    this.#revision.heartbeat.onActivity(this);
    if (this.emitter !== null) {
      this.emit('packet', { type: 'message', data, options: { compress: true } } satisfies ObservedPacket);
      this.emit('data', data);
      this.emit('message', data);
    }
    this.#handler.onMessage(data);
  }

  onControl(type: 'ping' | 'pong' | 'upgrade' | 'close' | 'noop', data: string): void {
    if (this.readyState !== 'open') return;
    if (this.emitter !== null)
      this.emit('packet', { type, data, options: { compress: true } } satisfies ObservedPacket);
    switch (type) {
      case 'ping':
      case 'pong':
        if (this.#revision.heartbeat.onPacket(this, type)) this.emit('heartbeat');
        else this.#fail(closeReasons.transportError, new Error('invalid heartbeat direction'));
        return;
      case 'close':
        this.#fail(closeReasons.transportClose, undefined);
        return;
      case 'upgrade':
      case 'noop':
        this.#revision.heartbeat.onActivity(this);
    }
  }

  onWritable(): void {
    if (this.#callbacks !== null) this.#callBack();
    if (this.#queue.length > 0) {
      this.flush();
      return;
    }
    if (this.readyState !== 'open') return;
    this.emit('drain');
    this.server.mirror('drain', this);
    this.#handler.onWritable();
  }

  onTransportClose(cause: TransportCloseCause): void {
    if (cause.error !== undefined) this.emit('error', cause.error);
    if (cause.kind === 'parse-error') this.server.limits.reportRefusal(cause.error, this);
    this.#end(closeReasonOf[cause.kind], cause.error);
  }

  /** The deadline of the heartbeat has passed. @internal */
  onTimer(): void {
    this.#revision.heartbeat.onTimer(this);
  }

  /** @internal */
  scheduleHeartbeat(delay: number): void {
    this.server.wheel.schedule(this, delay);
  }

  /** @internal */
  sendPing(): void {
    this.#enqueue(ping);
  }

  /** @internal */
  sendPong(): void {
    this.#enqueue(pong);
  }

  /** @internal */
  onSilence(): void {
    this.#fail(closeReasons.pingTimeout, undefined);
  }

  /** @internal */
  takePauses(): boolean {
    const wasPaused = this.#wasPaused;
    this.#wasPaused = this.#isPaused;
    return wasPaused;
  }

  #enqueue(frame: Frame): void {
    if (this.emitter !== null) for (const packet of observed(frame)) this.emit('packetCreate', packet);
    const { flushes } = this.server;
    flushes.noteTick();
    if (this.#isFlushScheduled && this.#lastTick !== flushes.tick) flushes.noteJoin();
    this.#lastTick = flushes.tick;
    if (this.#isFull && !this.#makeRoom()) return;
    const kept = frame.hasBytes ? this.transport.keep(frame) : frame;
    this.#waiting += kept.size;
    if (this.#queue.length === 0) {
      this.#firstTick = flushes.tick;
      this.#queue = [kept];
    } else {
      this.#queue.push(kept);
    }
    this.#queued++;
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    flushes.add(this);
  }

  /** One that may be dropped when others need its room, where such a one waits at all. */
  #enqueueVolatile(frame: Frame): void {
    if (this.server.opts.slowConsumer !== 'drop-volatile-first') return;
    if (this.#isFull && !this.#canMakeRoom) {
      // It gives way to those that must not be lost.
      this.#reportSlowness('dropped', 1);
      return;
    }
    const before = this.#queued;
    this.#enqueue(frame);
    if (this.#queued > before) (this.#volatile ??= new VolatileBacklog()).add(this.#queue.at(-1)!);
  }

  get #isFull(): boolean {
    const { maxBufferedBytes, maxBufferedPackets } = this.server.opts;
    return this.#waiting >= maxBufferedBytes || this.#queue.length >= maxBufferedPackets;
  }

  get #canMakeRoom(): boolean {
    return this.transport.writable || this.#volatile?.isEmpty === false;
  }

  /** The queue is full: what the transport can take leaves, what may be dropped is, and else the session ends. */
  #makeRoom(): boolean {
    if (this.transport.writable) {
      this.flush();
      return true;
    }
    if (this.#volatile?.isEmpty === false) {
      this.#dropVolatile(this.#volatile);
      return true;
    }
    if (this.readyState === 'open') this.#giveUp();
    return false;
  }

  #dropVolatile(volatile: VolatileBacklog): void {
    const { rest, dropped } = volatile.dropFrom(this.#queue);
    this.#reportSlowness('dropped', dropped.length);
    this.#queue = rest;
    this.#waiting = rest.reduce((size, frame) => size + frame.size, 0);
    this.#queued -= dropped.length;
    for (const callback of this.#callbacks ?? []) {
      const place = callback.position - 1 - this.#sent;
      callback.position -= dropped.filter((each) => each < place).length;
    }
  }

  /** The peer does not take what it is sent. What waits is dropped at once; its end is told when nobody walks over rooms. */
  #giveUp(): void {
    const { limits, opts } = this.server;
    this.#reportSlowness('closed', this.#queue.length);
    this.readyState = 'closing';
    this.#queue = emptyQueue;
    this.#waiting = 0;
    process.nextTick(() => {
      limits.report({ limit: 'slowConsumer', max: opts.maxBufferedBytes, socket: this });
      this.abort(closeReasons.slowConsumer);
    });
  }

  #reportSlowness(action: SlowConsumer['action'], dropped: number): void {
    const waiting = { waitingBytes: this.#waiting, waitingPackets: this.#queue.length };
    this.server.limits.reportSlowConsumer(this, { action, dropped, ...waiting });
  }

  /** What an earlier tick has sent is not lost by an end that discards what this one sends. */
  #flushHeld(): void {
    if (this.#firstTick !== this.server.flushes.tick) this.flush();
  }

  #callBack(): void {
    const callbacks = this.#callbacks!;
    let done = 0;
    while (done < callbacks.length && callbacks[done]!.position <= this.#sent) done++;
    for (const { call } of callbacks.splice(0, done)) {
      try {
        const result: unknown = call(this.transport);
        if (result instanceof Promise) result.catch((error: unknown) => this.onListenerError(error, 'send'));
      } catch (error) {
        this.onListenerError(error, 'send');
      }
    }
  }

  /** Ends the session for a reason of its own; the transport follows. */
  #fail(reason: CloseReason, description: unknown, told?: TransportCloseReason): void {
    const { transport } = this;
    this.#flushHeld();
    this.#end(reason, description);
    transport.close(true, told);
  }

  #end(reason: CloseReason, description: unknown): void {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    this.server.wheel.cancel(this);
    this.#upgrade?.abandon();
    this.#callbacks = null;
    this.server.forget(this);
    this.#handler.onClose(reason, description);
    this.emit('close', reason, description);
    // Listeners may look at what was not sent; after them nobody does.
    process.nextTick(() => {
      this.#queue = emptyQueue;
    });
  }
}

function observed(frame: Frame): ObservedPacket[] {
  const options = { compress: frame.compress };
  return frame.parts.map((data) => ({ type: frame.type, data, options }));
}

function toBytes(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** The transports a session may go on to from the one it has. */
export function upgradesOf(current: TransportName, served: readonly TransportName[]): TransportName[] {
  if (current !== 'polling') return [];
  return (['websocket', 'webtransport'] as const).filter((name) => served.includes(name));
}
