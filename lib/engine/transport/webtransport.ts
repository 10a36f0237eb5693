import type { IncomingMessage } from 'node:http';
import { encodeStream, Frame, ParseError, StreamDecoder, type EnginePacket } from '../../protocol/index.js';
import type { Transport, TransportCloseCause, TransportSink } from './transport.js';

/** A bidirectional stream, as the W3C names its halves. */
export interface WebTransportStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/**
 * A WebTransport session, whichever library brings it.
 *
 * @see W3C WebTransport §WebTransport
 */
export interface WebTransportSession {
  readonly incomingBidirectionalStreams: ReadableStream<WebTransportStream>;
  /** Settles when the session is over. */
  readonly closed: Promise<unknown>;
  close(): void;
  /** The path and query that were asked for. */
  readonly url?: string | undefined;
  /** The headers of the request, names in lower case. */
  readonly headers?: Readonly<Record<string, string | string[]>> | undefined;
  /** The peer's address. */
  readonly remoteAddress?: string | undefined;
}

const closeGrace = 1_000;

/** Carries packets over one bidirectional stream, each behind its length. */
export class WebTransportTransport implements Transport {
  readonly name = 'webtransport';
  readonly request: IncomingMessage;
  readonly #session: WebTransportSession;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #onError: (error: unknown) => void;
  #sink: TransportSink;
  #isFlushed = true;
  #isClosed = false;
  /** Set during a pause. */
  #resumed: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;

  constructor(
    session: WebTransportSession,
    stream: WebTransportStream,
    request: IncomingMessage,
    sink: TransportSink,
    onError: (error: unknown) => void,
  ) {
    this.#session = session;
    this.#writer = stream.writable.getWriter();
    this.request = request;
    this.#sink = sink;
    this.#onError = onError;
    session.closed.then(
      () => this.#end({ kind: 'peer-closed' }),
      (error: unknown) => this.#end({ kind: 'error', error: asError(error) }),
    );
  }

  get writable(): boolean {
    return this.#isFlushed && !this.#isClosed;
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
  }

  keep(frame: Frame): Frame {
    return frame.copy();
  }

  send(frames: readonly Frame[]): void {
    this.#isFlushed = false;
    const packets = frames.flatMap(({ type, parts }) => parts.map((data): EnginePacket => ({ type, data })));
    this.#writer.write(encodeStream(packets)).then(
      () => this.#onFlushed(),
      (error: unknown) => this.#end({ kind: 'error', error: asError(error) }),
    );
  }

  /** What a read has brought is handed on: the stream is not asked for more. */
  pause(): void {
    if (this.#resumed !== null || this.#isClosed) return;
    let resolve!: () => void;
    const promise = new Promise<void>((resume) => (resolve = resume));
    this.#resumed = { promise, resolve };
  }

  resume(): void {
    this.#resumed?.resolve();
    this.#resumed = null;
  }

  /** The end of a pause; `undefined` where there is none. */
  get resumed(): Promise<void> | undefined {
    return this.#resumed?.promise;
  }

  /** Ends the stream after what was sent; the session follows when the client has read it, or after a second. */
  close(isFinal: boolean): void {
    if (this.#isClosed) return;
    this.#end({ kind: 'closed-by-us' });
    if (isFinal) {
      this.#session.close();
      return;
    }
    // The end of a session would discard what the client has not read yet: it ends it itself when it has.
    this.#writer.close().catch(noOperation);
    const timer = setTimeout(() => this.#session.close(), closeGrace);
    timer.unref();
    this.#session.closed.catch(noOperation).finally(() => clearTimeout(timer));
  }

  /** Takes a packet of the client. */
  onPacket(packet: EnginePacket): void {
    if (this.#isClosed) return;
    try {
      if (packet.type === 'message') this.#sink.onMessage(asMessage(packet.data));
      else if (packet.type !== 'open') this.#sink.onControl(packet.type, packet.data as string);
    } catch (error) {
      this.#onError(error);
    }
  }

  /** The client's half of the stream ended: `error` when it could not be read. */
  onEnd(error: unknown): void {
    if (this.#isClosed) return;
    if (error instanceof ParseError) this.#end({ kind: 'parse-error', error });
    else if (error === undefined) this.#end({ kind: 'peer-closed' });
    else this.#end({ kind: 'error', error: asError(error) });
    this.#session.close();
  }

  #onFlushed(): void {
    if (this.#isClosed) return;
    this.#isFlushed = true;
    this.#guarded(() => this.#sink.onWritable());
  }

  #end(cause: TransportCloseCause): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // What is left of the stream is read to its end, and dropped.
    this.resume();
    this.#guarded(() => this.#sink.onTransportClose(cause));
  }

  #guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#onError(error);
    }
  }
}

/**
 * Reads a stream's packets until it ends.
 *
 * @param maxPayload the longest packet that is taken, in bytes.
 * @param rest how long the stream is not to be read, asked before each read.
 * @param onEnd called once: with a `ParseError`, with the error of the stream, or with nothing at its end.
 */
export async function readPackets(
  stream: WebTransportStream,
  maxPayload: number,
  rest: () => Promise<void> | undefined,
  onPacket: (packet: EnginePacket) => void,
  onEnd: (error?: unknown) => void,
): Promise<void> {
  const reader = stream.readable.getReader();
  const decoder = new StreamDecoder(maxPayload, onPacket);
  try {
    for (;;) {
      await rest();
      const { done, value } = await reader.read();
      if (done) break;
      decoder.push(value);
    }
  } catch (error) {
    onEnd(error);
    reader.cancel().catch(noOperation);
    return;
  }
  onEnd();
}

function asMessage(data: string | Uint8Array): string | Buffer {
  return typeof data === 'string' ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function noOperation(): void {}
