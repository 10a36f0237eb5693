import type { IncomingMessage } from 'node:http';
import {
  syntheticRequest,
  type EngineServer,
  type RequestDescription,
  type Transport,
  type TransportCloseCause,
  type TransportName,
  type TransportSink,
} from '../engine/index.js';
import { decodePacket, encodePacket, ParseError, type Frame } from '../protocol/index.js';
import { WireClient, type WireOptions } from './wire-client.js';

/** A transport that hands packets over in the same process, both ways in order, each a turn of the event loop later. */
class MemoryTransport implements Transport {
  readonly name: TransportName = 'websocket';
  readonly request: IncomingMessage | undefined;
  writable = true;
  #sink: TransportSink | null = null;
  #isClosed = false;
  #isPaused = false;
  /** What the client has sent during a pause, and since. */
  readonly #held: (() => void)[] = [];

  constructor(
    private readonly onPacket: (packet: string | Buffer) => void,
    private readonly onClosed: () => void,
    request: RequestDescription | undefined,
  ) {
    this.request = request && syntheticRequest(request, this.name, false);
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
  }

  keep(frame: Frame): Frame {
    return frame.copy();
  }

  send(frames: readonly Frame[]): void {
    this.writable = false;
    const packets = frames.flatMap(({ type, parts }) => parts.map((data) => encodePacket({ type, data }, true)));
    setImmediate(() => {
      for (const packet of packets) this.onPacket(typeof packet === 'string' ? packet : Buffer.from(packet));
      if (this.#isClosed) return;
      this.writable = true;
      this.#sink?.onWritable();
    });
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#releaseHeld();
  }

  close(): void {
    this.#end({ kind: 'closed-by-us' });
  }

  /** The client sends a packet. */
  receive(packet: string | Uint8Array): void {
    const bytes = typeof packet === 'string' ? packet : Buffer.from(packet);
    setImmediate(() => this.#inOrder(() => this.#take(bytes)));
  }

  /** The client goes away, behind what it sent. */
  disconnect(): void {
    setImmediate(() => this.#inOrder(() => this.#end({ kind: 'peer-closed' })));
  }

  #inOrder(act: () => void): void {
    if (this.#isPaused || this.#held.length > 0) this.#held.push(act);
    else act();
  }

  /** One a turn, as they were sent: the end must not come in the tick of the last packet. */
  #releaseHeld(): void {
    if (this.#held.length === 0) return;
    setImmediate(() => {
      // One of them may bring the next pause.
      if (this.#isPaused) return;
      this.#held.shift()?.();
      this.#releaseHeld();
    });
  }

  #take(packet: string | Buffer): void {
    if (this.#isClosed) return;
    try {
      const { type, data } = decodePacket(packet);
      if (type === 'message') this.#sink?.onMessage(data as string | Buffer);
      else if (type !== 'open') this.#sink?.onControl(type, data as string);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.#end({ kind: 'parse-error', error });
    }
  }

  #end(cause: TransportCloseCause): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.writable = false;
    this.#sink?.onTransportClose(cause);
    // Behind what is on its way to the client.
    setImmediate(this.onClosed);
  }
}

/** How a client in memory connects. */
export interface MemoryWireOptions extends WireOptions {
  /**
   * What it would have asked for over HTTP: `handshake.headers`, `.query`, `.url` and `.address` are made of it.
   *
   * Default: there is no request, and `socket.request` is `undefined`.
   */
  readonly request?: RequestDescription | undefined;
}

/** A wire client without a network: for tests that need neither ports nor sockets. */
export class MemoryWireClient extends WireClient {
  readonly #transport: MemoryTransport;

  private constructor({ request, ...options }: MemoryWireOptions) {
    super(options);
    this.#transport = new MemoryTransport(
      (packet) => this.onPacket(packet),
      () => this.onClosed('closed'),
      request,
    );
  }

  /**
   * Opens a session of an engine: `io.engine` of a server.
   *
   * It passes neither the engine's middlewares nor `allowRequest`. Rejects when the engine is closed.
   */
  static async connect(engine: EngineServer, options: MemoryWireOptions = {}): Promise<MemoryWireClient> {
    const client = new MemoryWireClient(options);
    await engine.openSession(client.#transport, client.#transport.request);
    await client.readHandshake();
    return client;
  }

  send(packet: string | Uint8Array): void {
    this.#transport.receive(packet);
  }

  async close(): Promise<void> {
    this.#transport.disconnect();
    await this.closed;
  }
}
