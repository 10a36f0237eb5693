import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { decodePacket, engineDigit, ParseError, type Frame } from '../../protocol/index.js';
import type { Transport, TransportCloseCause, TransportSink } from './transport.js';
import { webSocketBytes } from './websocket-frame.js';

/** The part of a `ws` WebSocket that the transport uses. */
export interface WebSocketLike {
  readonly readyState: number;
  /** The negotiated extensions, empty when there are none. */
  readonly extensions: string;
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  send(data: string | Uint8Array, options: { compress: boolean }, callback: (error?: Error) => void): void;
  close(): void;
}

const openState = 1;
// Up to here frames are copied into one buffer: one system call costs more than the copy.
const joinLimit = 64 * 1024;

/** Carries each packet as one WebSocket message. */
export class WebSocketTransport implements Transport {
  readonly name = 'websocket';
  readonly request: IncomingMessage | undefined;
  readonly #webSocket: WebSocketLike;
  /** Where prebuilt frames are written; `null` when they have to go through the WebSocket's own sender. */
  readonly #stream: Duplex | null;
  readonly #onError: (error: unknown) => void;
  #sink: TransportSink;
  #isClosed = false;
  #isFlushed = true;
  readonly #onFlushed = (): void => {
    if (this.#isFlushed || this.#isClosed) return;
    this.#isFlushed = true;
    this.#sink.onWritable();
  };

  /**
   * @param stream the TCP or TLS socket below the WebSocket. Without compression the sender of `ws` keeps nothing
   *   back, so that frames written straight to the stream stay in order with its pongs and close frames.
   */
  constructor(
    webSocket: WebSocketLike,
    stream: Duplex | null,
    request: IncomingMessage | undefined,
    sink: TransportSink,
    onError: (error: unknown) => void,
  ) {
    this.#webSocket = webSocket;
    this.#stream = webSocket.extensions === '' ? stream : null;
    this.request = request;
    this.#sink = sink;
    this.#onError = onError;
    webSocket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    webSocket.on('error', (error) => this.#end({ kind: 'error', error }));
    webSocket.on('close', () => this.#end({ kind: 'peer-closed' }));
  }

  get writable(): boolean {
    return this.#isFlushed && !this.#isClosed && this.#webSocket.readyState === openState;
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
  }

  prepare(frame: Frame): void {
    if (this.#stream !== null) webSocketBytes(frame);
  }

  // hot: one write per call; no closure where frames go straight to the stream.
  send(frames: readonly Frame[]): void {
    this.#isFlushed = false;
    if (this.#stream === null) this.#sendThroughWebSocket(frames);
    else if (frames.length === 1) this.#stream.write(webSocketBytes(frames[0]!), this.#onFlushed);
    else writeTogether(this.#stream, frames, this.#onFlushed);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#webSocket.close();
    this.#end({ kind: 'closed-by-us' });
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (this.#isClosed) return;
    // An error thrown here would leave the receiver of `ws` stuck in the middle of its buffer.
    try {
      this.#dispatch(data, isBinary);
    } catch (error) {
      this.#onError(error);
    }
  }

  #dispatch(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      this.#sink.onMessage(data);
      return;
    }
    // The digit of a message, without a packet object.
    if (data.length > 0 && data[0] === 0x34) {
      this.#sink.onMessage(data.toString('utf8', 1));
      return;
    }
    let packet;
    try {
      packet = decodePacket(data.toString('utf8'));
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.#webSocket.close();
      this.#end({ kind: 'parse-error', error });
      return;
    }
    if (packet.type === 'message') this.#sink.onMessage(packet.data as string | Buffer);
    else if (packet.type !== 'open') this.#sink.onControl(packet.type, packet.data as string);
  }

  #sendThroughWebSocket(frames: readonly Frame[]): void {
    let left = 0;
    for (const frame of frames) left += frame.parts.length;
    const onSent = (): void => {
      if (--left === 0) this.#onFlushed();
    };
    for (const { type, parts, compress } of frames) {
      for (const part of parts) {
        this.#webSocket.send(typeof part === 'string' ? engineDigit(type) + part : part, { compress }, onSent);
      }
    }
  }

  #end(cause: TransportCloseCause): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sink.onTransportClose(cause);
  }
}

function writeTogether(stream: Duplex, frames: readonly Frame[], onFlushed: () => void): void {
  let size = 0;
  for (const frame of frames) size += webSocketBytes(frame).byteLength;
  if (size <= joinLimit) {
    const joined = Buffer.allocUnsafe(size);
    let offset = 0;
    for (const frame of frames) {
      const bytes = webSocketBytes(frame);
      joined.set(bytes, offset);
      offset += bytes.byteLength;
    }
    stream.write(joined, onFlushed);
    return;
  }
  stream.cork();
  for (let index = 0; index < frames.length - 1; index++) stream.write(webSocketBytes(frames[index]!));
  stream.write(webSocketBytes(frames.at(-1)!), onFlushed);
  stream.uncork();
}
