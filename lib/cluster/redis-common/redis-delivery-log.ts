import type { DeliveryLog, DeliveryLogLimits, DeliveryOffset, DeliveryPage } from '../../adapter/index.js';
import { DeliveryCodec } from '../delivery-codec.js';
import { readRun } from '../first-run.js';
import { notKept } from '../not-kept.js';
import { Underway } from '../underway.js';
import { appendCommand, headCommand, offsetOf, pageIn, readCommand } from './delivery-scripts.js';
import { inTime } from './lasting-connection.js';
import type { ReachableListener, RedisHub } from './redis-hub.js';

/** Whose messages are kept, and how much of them. */
export interface RedisDeliveryLogOptions {
  /** What the names of all keys begin with. */
  readonly prefix: string;
  readonly namespace: string;
  readonly limits: DeliveryLogLimits;
  /** Told of each entry that is no message. */
  onMalformed(): void;
}

/** As those are told whose message it may not have kept. */
const bus = 'Redis';

/**
 * Messages that are kept for their receivers: one Redis stream for each stream of messages.
 *
 * A message is one script, and so one round trip. Its connection sends nothing twice: what rejects may have been kept.
 */
export class RedisDeliveryLog implements DeliveryLog {
  readonly #hub: RedisHub;
  readonly #options: RedisDeliveryLogOptions;
  readonly #prefix: string;
  readonly #maxAge: number;
  readonly #underway: Underway;
  readonly #codec = new DeliveryCodec('An adapter over Redis');
  readonly #onReachable: ReachableListener = () => {};
  #isClosed = false;

  constructor(hub: RedisHub, options: RedisDeliveryLogOptions) {
    const { prefix, namespace, limits } = options;
    this.#hub = hub;
    this.#options = options;
    // The name of a namespace ends where that of a room begins.
    this.#prefix = `${prefix}-log#${namespace.replace(/[%#]/g, encodeURIComponent)}#`;
    this.#maxAge = Math.ceil(limits.maxAge);
    this.#underway = new Underway(hub.options.maxWaiting, () => notKept(bus));
  }

  async append(stream: string, data: unknown[]): Promise<DeliveryOffset> {
    const text = (await this.#codec.encode(data)).toString('base64');
    const key = this.#keyOf(stream);
    const { maxMessagesPerStream } = this.#options.limits;
    const [id] = await this.#ask([key], () => appendCommand(key, maxMessagesPerStream, this.#maxAge, text));
    return offsetOf(id);
  }

  async heads(streams: readonly string[]): Promise<DeliveryOffset[]> {
    const ids = await this.#ask(
      streams.map((stream) => this.#keyOf(stream)),
      headCommand,
      this.#ignoreOthers,
    );
    return ids.map(offsetOf);
  }

  async read(stream: string, after: DeliveryOffset, limit: number): Promise<DeliveryPage> {
    const key = this.#keyOf(stream);
    return readRun(after, limit, {
      page: async (from) => {
        const command = readCommand(key, from, limit, this.#maxAge);
        const [answer] = await this.#ask([key], () => command, this.#ignoreOthers);
        const { head, entries } = pageIn(answer);
        return { head, entries: entries.map(({ number, text }) => ({ number, bytes: Buffer.from(text, 'base64') })) };
      },
      decode: await this.#codec.reader(),
      onMalformed: () => this.#options.onMalformed(),
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#hub.leave(this.#onReachable);
  }

  #keyOf(stream: string): string {
    return `${this.#prefix}${stream}`;
  }

  /** What somebody else has put under a key holds no messages. */
  readonly #ignoreOthers = (error: Error): null => {
    if (!/^WRONGTYPE\b/.test(error.message)) throw error;
    this.#options.onMalformed();
    return null;
  };

  /** Asks about keys, in order and within time. */
  #ask(
    keys: readonly string[],
    commandFor: (key: string) => string[],
    recover: (error: Error) => unknown = rethrow,
  ): Promise<unknown[]> {
    return this.#underway.run(async () => {
      if (this.#isClosed) throw notKept(bus);
      const connections = await this.#hub.join(this.#onReachable);
      try {
        const connection = await this.#hub.inTime(this.#hub.keeping(connections).get());
        const asked = keys.map((key) => connection.command(key, commandFor(key)).catch(recover));
        return await inTime(Promise.all(asked), this.#hub.options.connectTimeout, connection);
      } catch (cause) {
        throw notKept(bus, cause);
      }
    });
  }
}

function rethrow(error: Error): never {
  throw error;
}
