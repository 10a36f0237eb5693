import { RookeryError } from '../../shared/index.js';
import type { Outgoing, RedisDriver } from './redis-driver.js';

/** From what length on nothing more is put into a message, in UTF-16 units. */
const maxLength = 512 * 1024;

/** How long messages wait for the answer to those before, in milliseconds: Redis may be far away, or hang. */
const longestPause = 2;

/**
 * What this node publishes, in order.
 *
 * All of one turn of the event loop goes out together; while Redis has not answered, so does what comes meanwhile.
 */
export class Outbox {
  readonly #driver: RedisDriver;
  readonly #sharded: boolean;
  readonly #maxWaiting: number;
  #batch: Outgoing[] = [];
  /** How many messages the batch holds. */
  #size = 0;
  /** The last of the batch, while more is put into it. */
  #open: { readonly channel: string; message: string } | null = null;
  #sending: Promise<void> | null = null;
  #unanswered = 0;
  /** How many batches Redis has not answered. */
  #underway = 0;
  /** Sends what waits for an answer. */
  #goOn: (() => void) | null = null;
  #isReachable = false;

  constructor(driver: RedisDriver, sharded: boolean, maxWaiting: number) {
    this.#driver = driver;
    this.#sharded = sharded;
    this.#maxWaiting = maxWaiting;
  }

  setReachable(isReachable: boolean): void {
    this.#isReachable = isReachable;
  }

  /** Resolves when Redis has taken it; rejects when it has not, or when too much waits for it already. */
  // hot: an object and a place in a list per message; the promise is one for all that goes out together.
  publish(channel: string, message: string | Buffer): Promise<void> {
    if (this.#isFull) return Promise.reject(isAway());
    this.#batch.push({ channel, message });
    this.#open = null;
    return this.#scheduled();
  }

  /** The same, with a text that is put behind the last one to the channel, if nothing else was published since. */
  // hot: nothing but a longer text.
  append(channel: string, head: string, text: string): Promise<void> {
    if (this.#isFull) return Promise.reject(isAway());
    if (this.#open?.channel === channel && this.#open.message.length < maxLength) this.#open.message += text;
    else this.#batch.push((this.#open = { channel, message: head + text }));
    return this.#scheduled();
  }

  get #isFull(): boolean {
    return !this.#isReachable && this.#unanswered + this.#size >= this.#maxWaiting;
  }

  #scheduled(): Promise<void> {
    this.#size++;
    return (this.#sending ??= new Promise((resolve, reject) => {
      const send = (): void => void this.#send().then(resolve, reject);
      if (this.#underway === 0) setImmediate(send);
      else this.#afterAnswer(send);
    }));
  }

  #afterAnswer(send: () => void): void {
    const timer = setTimeout(() => this.#goOn?.(), longestPause);
    this.#goOn = () => {
      clearTimeout(timer);
      this.#goOn = null;
      send();
    };
  }

  async #send(): Promise<void> {
    const [batch, size] = [this.#batch, this.#size];
    this.#batch = [];
    this.#size = 0;
    this.#open = null;
    this.#sending = null;
    this.#unanswered += size;
    this.#underway++;
    try {
      await this.#driver.publish(batch, this.#sharded);
    } finally {
      this.#unanswered -= size;
      if (--this.#underway === 0) this.#goOn?.();
    }
  }
}

export function isAway(cause?: unknown): RookeryError {
  const message = 'Redis cannot be reached, and too much waits for it: other nodes do not get this message';
  return new RookeryError('CLUSTER_UNREACHABLE', message, { cause });
}
