import type { EngineServer, Transport, TransportName, TransportSink } from '../engine/index.js';
import { decodePacket, encodePacket, type Frame } from '../protocol/index.js';
import { WireClient, type WireOptions } from './wire-client.js';

/** A transport that hands packets over in the same process, at the end of the tick. */
class MemoryTransport implements Transport {
  readonly name: TransportName = 'websocket';
  readonly request = undefined;
  writable = true;
  #sink: TransportSink | null = null;
  #isClosed = false;

  constructor(
    private readonly onPacket: (packet: string | Buffer) => void,
    private readonly onClosed: () => void,
  ) {}

  attach(sink: TransportSink): void {
    this.#sink = sink;
  }

  prepare(): void {}

  send(frames: readonly Frame[]): void {
    this.writable = false;
    const packets = frames.flatMap(({ type, parts }) => parts.map((data) => encodePacket({ type, data }, true)));
    setImmediate(() => {
      if (this.#isClosed) return;
      for (const packet of packets) this.onPacket(typeof packet === 'string' ? packet : Buffer.from(packet));
      this.writable = true;
      this.#sink?.onWritable();
    });
  }

  close(): void {
    this.#end('closed-by-us');
  }

  /** The client sends a packet. */
  receive(packet: string | Uint8Array): void {
    setImmediate(() => {
      if (this.#isClosed) return;
      const { type, data } = decodePacket(typeof packet === 'string' ? packet : Buffer.from(packet));
      if (type === 'message') this.#sink?.onMessage(data as string | Buffer);
      else if (type !== 'open') this.#sink?.onControl(type, data as string);
    });
  }

  /** The client goes away. */
  disconnect(): void {
    this.#end('peer-closed');
  }

  #end(kind: 'closed-by-us' | 'peer-closed'): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sink?.onTransportClose({ kind });
    this.onClosed();
  }
}

/** A wire client without a network: for tests that need neither ports nor sockets. */
export class MemoryWireClient extends WireClient {
  readonly #transport: MemoryTransport;

  private constructor(options: WireOptions) {
    super(options);
    this.#transport = new MemoryTransport(
      (packet) => this.onPacket(packet),
      () => this.onClosed('closed'),
    );
  }

  /** Opens a session of an engine: `io.engine` of a server. */
  static async connect(engine: EngineServer, options: WireOptions = {}): Promise<MemoryWireClient> {
    const client = new MemoryWireClient(options);
    await engine.openSession(client.#transport);
    await client.readHandshake();
    return client;
  }

  send(packet: string | Uint8Array): void {
    this.#transport.receive(packet);
  }

  close(): Promise<void> {
    this.#transport.disconnect();
    return Promise.resolve();
  }
}
