import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ParseError, type EnginePacket, type Frame } from '../../protocol/index.js';
import type { HandshakeRequest } from '../handshake-request.js';
import { formatFor, type PacketFormat } from './packet-format.js';
import { looksPerSlice, packetsPerLook, sliceLength } from './slice.js';
import type { Transport, TransportCloseCause, TransportCloseReason, TransportSink } from './transport.js';
import { WaitingMessages } from './waiting-messages.js';

/** Where a WebSocket has its transport. */
const carried = Symbol('transport');

/** The part of a `ws` WebSocket that the transport uses; it calls its listeners with itself as `this`. */
export interface WebSocketLike {
  [carried]?: WebSocketTransport;
  readonly readyState: number;
  /** The negotiated extensions, empty when there are none. */
  readonly extensions: string;
  on(event: 'message', listener: (this: WebSocketLike, data: Buffer, isBinary: boolean) => void): unknown;
  on(event: 'close', listener: (this: WebSocketLike) => void): unknown;
  on(event: 'error', listener: (this: WebSocketLike, error: Error) => void): unknown;
  send(data: string | Uint8Array, options: { compress: boolean }, callback: (error?: Error) => void): void;
  close(code?: number, reason?: string): void;
  /** Missing where the class is not that of `ws`. */
  pause?(): void;
  resume?(): void;
}

const openState = 1;
const messageDigit = 0x34;
// Up to here frames are copied into one buffer: one system call costs more than the copy.
const joinLimit = 64 * 1024;

/** What a WebSocket transport is told once. */
export interface WebSocketTransportOptions {
  /**
   * The TCP or TLS socket below the WebSocket, where frames may be written straight to it. Without compression the
   * sender of `ws` keeps nothing back, so that they stay in order with its pongs and close frames.
   */
  readonly stream: Duplex | null;
  readonly format: PacketFormat;
  readonly request: HandshakeRequest | undefined;
  readonly onError: (error: unknown) => void;
}

const plainFormat = formatFor(4, true);

/** Carries each packet as one WebSocket message. */
export class WebSocketTransport implements Transport {
  readonly name = 'websocket';
  readonly #request: HandshakeRequest | undefined;
  readonly #webSocket: WebSocketLike;
  /** Where prebuilt frames are written; `null` when they have to go through the WebSocket's own sender. */
  readonly #stream: Duplex | null;
  readonly #format: PacketFormat;
  readonly #onError: (error: unknown) => void;
  #sink: TransportSink;
  #isClosed = false;
  #isFlushed = true;
  #isPaused = false;
  #untilLook = packetsPerLook;
  /** When the clock was first looked at in this turn of the event loop; 0 when it was not. */
  #sliceStart = 0;
  #looksLeft = looksPerSlice;
  #isSliceOver = false;
  /** What came of a read behind the end of a slice; `null` when nothing waits. */
  #waiting: WaitingMessages | null = null;
  /** How it has ended, while something waits. */
  #cause: TransportCloseCause | null = null;
  readonly #onFlushed = (): void => {
    if (this.#isFlushed || this.#isClosed) return;
    this.#isFlushed = true;
    this.#sink.onWritable();
  };

  constructor(webSocket: WebSocketLike, sink: TransportSink, options: WebSocketTransportOptions) {
    this.#webSocket = webSocket;
    this.#stream = webSocket.extensions === '' ? options.stream : null;
    this.#format = options.format;
    this.#request = options.request;
    this.#sink = sink;
    this.#onError = options.onError;
    webSocket[carried] = this;
    // The same three for all connections: closures for each would outweigh what they hold.
    webSocket.on('message', WebSocketTransport.#receive);
    webSocket.on('error', WebSocketTransport.#fail);
    webSocket.on('close', WebSocketTransport.#lose);
  }

  static #receive(this: WebSocketLike, data: Buffer, isBinary: boolean): void {
    this[carried]!.#onMessage(data, isBinary);
  }

  static #fail(this: WebSocketLike, error: Error): void {
    this[carried]!.#endBehindMessages({ kind: 'error', error });
  }

  static #lose(this: WebSocketLike): void {
    this[carried]!.#endBehindMessages({ kind: 'peer-closed' });
  }

  static #beginTurn(transport: WebSocketTransport): void {
    transport.#handOnWaiting();
  }

  get request(): IncomingMessage | undefined {
    return this.#request?.get();
  }

  get writable(): boolean {
    return this.#isFlushed && !this.#isClosed && this.#webSocket.readyState === openState;
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
  }

  keep(frame: Frame): Frame {
    return this.#format.keepForWebSocket(frame);
  }

  // hot: one write per call; no closure where frames go straight to the stream.
  send(frames: readonly Frame[]): void {
    this.#isFlushed = false;
    if (this.#stream === null) this.#sendThroughWebSocket(frames);
    else if (frames.length === 1) this.#stream.write(this.#format.webSocketBytes(frames[0]!), this.#onFlushed);
    else this.#writeTogether(this.#stream, frames);
  }

  pause(): void {
    this.#isPaused = true;
    this.#webSocket.pause?.();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#waiting === null) this.#webSocket.resume?.();
  }

  close(_isFinal: boolean, reason?: TransportCloseReason): void {
    if (this.#isClosed) return;
    this.#webSocket.close(reason?.code, reason?.text);
    this.#end({ kind: 'closed-by-us' });
    // The peer's answer to the close frame has to be read.
    this.resume();
  }

  // hot: a comparison and a count per message.
  #onMessage(data: Buffer, isBinary: boolean): void {
    if (this.#isSliceOver) {
      this.#wait(data, isBinary);
      return;
    }
    // One that is closed is read until its peer has answered the close frame.
    if (--this.#untilLook === 0) this.#look();
    if (!this.#isClosed) this.#handOn(data, isBinary);
  }

  #handOn(data: Buffer, isBinary: boolean): void {
    // An error thrown here would leave the receiver of `ws` stuck in the middle of its buffer.
    try {
      this.#dispatch(data, isBinary);
    } catch (error) {
      this.#onError(error);
    }
  }

  #dispatch(data: Buffer, isBinary: boolean): void {
    if (this.#format === plainFormat) {
      if (isBinary) {
        this.#sink.onMessage(data);
        return;
      }
      // The digit of a message, without a packet object.
      if (data[0] === messageDigit) {
        this.#sink.onMessage(data.toString('utf8', 1));
        return;
      }
    }
    let packet: EnginePacket;
    try {
      packet = this.#format.decode(isBinary ? data : data.toString('utf8'));
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.#webSocket.close();
      this.#end({ kind: 'parse-error', error });
      return;
    }
    if (packet.type === 'message') this.#sink.onMessage(packet.data as string | Buffer);
    else if (packet.type !== 'open') this.#sink.onControl(packet.type, String(packet.data));
  }

  /** Ends a slice in time: what a read has brought beyond it waits, or one client would keep all others waiting. */
  #look(): void {
    this.#untilLook = packetsPerLook;
    const now = performance.now();
    if (this.#sliceStart === 0) {
      this.#sliceStart = now;
      this.#looksLeft = looksPerSlice;
      setImmediate(WebSocketTransport.#beginTurn, this);
    } else {
      this.#isSliceOver = --this.#looksLeft === 0 || now - this.#sliceStart >= sliceLength;
    }
  }

  #wait(data: Buffer, isBinary: boolean): void {
    if (this.#isClosed) return;
    if (this.#waiting === null) {
      this.#waiting = new WaitingMessages();
      this.#webSocket.pause?.();
    }
    this.#waiting.push(data, isBinary);
  }

  #handOnWaiting(): void {
    this.#sliceStart = 0;
    this.#isSliceOver = false;
    const waiting = this.#waiting;
    if (waiting === null) return;
    waiting.handOn(
      (data, isBinary) => this.#handOn(data, isBinary),
      () => this.#isClosed,
    );
    if (!waiting.isEmpty && !this.#isClosed) {
      this.#isSliceOver = true;
      setImmediate(WebSocketTransport.#beginTurn, this);
      return;
    }
    this.#waiting = null;
    if (!this.#isPaused) this.#webSocket.resume?.();
    if (this.#cause !== null) this.#end(this.#cause);
  }

  #endBehindMessages(cause: TransportCloseCause): void {
    if (this.#waiting === null) this.#end(cause);
    else this.#cause ??= cause;
  }

  #sendThroughWebSocket(frames: readonly Frame[]): void {
    const all = frames.map((frame) => this.#format.messages(frame));
    let left = all.flat().length;
    const onSent = (): void => {
      if (--left === 0) this.#onFlushed();
    };
    for (const [index, messages] of all.entries()) {
      const { compress } = frames[index]!;
      for (const message of messages) this.#webSocket.send(message, { compress }, onSent);
    }
  }

  #writeTogether(stream: Duplex, frames: readonly Frame[]): void {
    const all = frames.map((frame) => this.#format.webSocketBytes(frame));
    let size = 0;
    for (const bytes of all) size += bytes.byteLength;
    if (size <= joinLimit) {
      stream.write(Buffer.concat(all, size), this.#onFlushed);
      return;
    }
    stream.cork();
    const last = all.pop()!;
    for (const bytes of all) stream.write(bytes);
    stream.write(last, this.#onFlushed);
    stream.uncork();
  }

  #end(cause: TransportCloseCause): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sink.onTransportClose(cause);
  }
}
