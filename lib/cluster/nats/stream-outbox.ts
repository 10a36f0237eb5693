import type { NodeId } from '../../adapter/index.js';
import { KeepingQueue } from '../keeping-queue.js';
import type { MessagePack } from '../message-pack.js';
import type { JetStream } from './jetstream.js';
import type { NatsHub } from './nats-hub.js';
import { decodeEnvelope, encodeEnvelope, envelopeSize, maxMessages } from './nats-wire.js';

/** A pause before JetStream is asked again, in milliseconds. */
const retryPause = 250;

/**
 * What this node has the stream keep, in order, each once, however often NATS goes away.
 *
 * One payload is on its way at a time, and what comes meanwhile is the next one. After a failure the last payload that
 * the stream has of this node tells whether it was kept all the same.
 */
export class StreamOutbox {
  readonly #hub: NatsHub;
  readonly #jetStream: JetStream;
  readonly #stream: string;
  readonly #subject: string;
  readonly #node: NodeId;
  readonly #msgpack: MessagePack;
  readonly #queue: KeepingQueue<Uint8Array>;
  #number = 0;
  /** What is on its way was not kept at once. */
  #isFailing = false;

  constructor(
    hub: NatsHub,
    jetStream: JetStream,
    { stream, subject, node }: { readonly stream: string; readonly subject: string; readonly node: NodeId },
    msgpack: MessagePack,
  ) {
    this.#hub = hub;
    this.#jetStream = jetStream;
    this.#stream = stream;
    this.#subject = subject;
    this.#node = node;
    this.#msgpack = msgpack;
    this.#queue = new KeepingQueue<Uint8Array>({
      keep: (messages) => this.#keep(messages),
      sizeOf: (message) => message.length,
      maxBatch: maxMessages,
      get maxSize() {
        return hub.maxPayload - envelopeSize;
      },
      isAway: () => hub.isAway(),
    });
  }

  /** Resolves when it is kept; rejects when it never will be. */
  publish(message: Uint8Array): Promise<void> {
    const { maxPayload, options } = this.#hub;
    const size = maxPayload - envelopeSize;
    if (message.length > size) {
      const text = `A message of ${message.length} bytes does not fit: max_payload of NATS is ${maxPayload}`;
      return Promise.reject(new RangeError(text));
    }
    const isFull = this.#isFailing && this.#queue.length >= options.maxWaiting;
    if (this.#queue.isClosed || isFull) return Promise.reject(this.#hub.isAway());
    return this.#queue.put(message);
  }

  close(): void {
    this.#queue.close();
  }

  async #keep(messages: readonly Uint8Array[]): Promise<void> {
    const number = ++this.#number;
    const payload = encodeEnvelope(this.#node, number, messages, this.#msgpack);
    for (let isFirst = true; ; isFirst = false) {
      if (this.#queue.isClosed) throw this.#hub.isAway();
      try {
        if (!isFirst && (await this.#lastKept()) === number) {
          this.#isFailing = false;
          return;
        }
        await this.#jetStream.publish(this.#subject, payload);
        this.#isFailing = false;
        return;
      } catch {
        this.#isFailing = true;
        await this.#pause();
      }
    }
  }

  /** The number of the last payload of this node that the stream has. */
  async #lastKept(): Promise<number> {
    const last = await this.#jetStream.lastMessage(this.#stream, this.#subject);
    return last === undefined ? 0 : (decodeEnvelope(last.data, this.#msgpack)?.number ?? 0);
  }

  async #pause(): Promise<void> {
    // Until NATS is there, and then a moment: JetStream may need one more.
    await this.#hub.reachable();
    await new Promise<void>((resolve) => {
      setTimeout(resolve, retryPause).unref();
    });
  }
}
