import type { NodeId } from '../../adapter/index.js';
import { deferred, type Deferred } from '../deferred.js';
import type { MessagePack } from '../message-pack.js';
import type { NatsHub } from './nats-hub.js';
import { encodeEnvelope, envelopeSize, maxMessages, split } from './nats-wire.js';

interface Outgoing {
  readonly subject: string;
  readonly message: Uint8Array;
}

/** What this node publishes, in order: all of one turn of the event loop goes out together. */
export class Outbox {
  readonly #hub: NatsHub;
  readonly #node: NodeId;
  readonly #msgpack: MessagePack;
  #queue: Outgoing[] = [];
  #outcome: Deferred<void> | null = null;
  #isScheduled = false;
  #isClosed = false;

  constructor(hub: NatsHub, node: NodeId, msgpack: MessagePack) {
    this.#hub = hub;
    this.#node = node;
    this.#msgpack = msgpack;
  }

  /** Resolves when NATS has taken it; rejects when it may not have, or when too much waits for it already. */
  // hot: an object and a place in a list per message; the promise is one for all of the turn.
  publish(subject: string, message: Uint8Array): Promise<void> {
    const { isReachable, options, maxPayload } = this.#hub;
    if (this.#isClosed || (!isReachable && this.#queue.length >= options.maxWaiting)) {
      return Promise.reject(this.#hub.isAway());
    }
    const size = maxPayload - envelopeSize;
    if (message.length <= size) this.#queue.push({ subject, message });
    else for (const part of split(message, size, this.#msgpack)) this.#queue.push({ subject, message: part });
    this.#outcome ??= deferred();
    this.#schedule();
    return this.#outcome.promise;
  }

  /** NATS is there again: what has waited goes out. */
  resume(): void {
    if (this.#queue.length > 0) this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    this.#queue = [];
    this.#outcome?.reject(this.#hub.isAway());
  }

  #schedule(): void {
    if (this.#isScheduled || !this.#hub.isReachable) return;
    this.#isScheduled = true;
    setImmediate(() => this.#send());
  }

  #send(): void {
    this.#isScheduled = false;
    // It went away in the meantime.
    if (!this.#hub.isReachable || this.#outcome === null) return;
    const [queue, outcome] = [this.#queue, this.#outcome];
    this.#queue = [];
    this.#outcome = null;
    try {
      const connection = this.#hub.connection();
      for (const { subject, payload } of this.#payloads(queue)) connection.publish(subject, payload);
      this.#hub.confirm().then(outcome.resolve, (error: unknown) => outcome.reject(this.#hub.isAway(error)));
    } catch (error) {
      outcome.reject(this.#hub.isAway(error));
    }
  }

  *#payloads(queue: readonly Outgoing[]): Iterable<{ subject: string; payload: Buffer }> {
    const size = this.#hub.maxPayload - envelopeSize;
    for (let at = 0; at < queue.length;) {
      const { subject } = queue[at]!;
      const messages: Uint8Array[] = [];
      let length = 0;
      while (at < queue.length && messages.length < maxMessages) {
        const next = queue[at]!;
        if (next.subject !== subject || (messages.length > 0 && length + next.message.length > size)) break;
        messages.push(next.message);
        length += next.message.length;
        at++;
      }
      yield { subject, payload: encodeEnvelope(this.#node, 0, messages, this.#msgpack) };
    }
  }
}
