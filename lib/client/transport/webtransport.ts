import type { EnginePacket } from '../../protocol/index.js';
import { platformPacket } from './binary.js';
import { withoutBlobs } from './blob.js';
import { streamReader, toStream } from './byte-stream.js';
import { Transport, type OutgoingPacket, type TransportQuery } from './transport.js';
import type { TransportOptions } from './transport-options.js';
import type { TransportSink } from './transport.js';

/** What is used of the platform's WebTransport. */
interface WebTransportLike {
  readonly ready: Promise<void>;
  readonly closed: Promise<unknown>;
  createBidirectionalStream(): Promise<{
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<Uint8Array>;
  }>;
  close(): void;
}

/** WebTransport, by the platform's class: packets in one stream. */
export class WebTransportTransport extends Transport {
  static override readonly transportName: string = 'webtransport';
  readonly #sid: string | undefined;
  #session: WebTransportLike | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;

  constructor(owner: TransportOptions, query: TransportQuery, sink: TransportSink) {
    super(owner, query, sink);
    this.#sid = query['sid'];
  }

  protected override start(): void {
    this.#run().catch((error: unknown) => this.fail('webtransport error', error));
  }

  protected override write(packets: readonly OutgoingPacket[]): void {
    this.#push(packets).then(
      () => this.drained(),
      (error: unknown) => this.fail('webtransport error', error),
    );
  }

  protected override release(): void {
    this.#session?.close();
  }

  async #push(packets: readonly OutgoingPacket[]): Promise<void> {
    const chunks = (await withoutBlobs(packets)).flatMap(toStream);
    await Promise.all(chunks.map((chunk) => this.#writer!.write(chunk)));
  }

  async #run(): Promise<void> {
    const { WebTransport } = globalThis as unknown as {
      WebTransport: new (url: string, options: unknown) => WebTransportLike;
    };
    const session = new WebTransport(this.url('http', false, true), this.owner.transportOptions?.[this.name]);
    this.#session = session;
    session.closed.then(
      () => this.ended('webtransport connection closed'),
      (error: unknown) => this.fail('webtransport error', error),
    );
    await session.ready;
    const { readable, writable } = await session.createBidirectionalStream();
    // Closing it before may have had no effect.
    if (this.state === 'closed') return this.release();
    this.#writer = writable.getWriter();
    // What fails is seen where it is written.
    this.#writer.closed.catch(() => {});
    const open: EnginePacket = {
      type: 'open',
      data: this.#sid === undefined ? '' : JSON.stringify({ sid: this.#sid }),
    };
    await this.#push([open]);
    this.opened();
    const reader = readable.getReader();
    const push = streamReader((read) => this.received(() => platformPacket(read(), this.options.binaryType)));
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      push(value);
    }
  }
}
