import { RookeryError } from '../../shared/index.js';
import type { Outgoing, RedisDriver } from './redis-driver.js';

/** What this node publishes, in order: all of one turn of the event loop goes out together. */
export class Outbox {
  readonly #driver: RedisDriver;
  readonly #sharded: boolean;
  readonly #maxWaiting: number;
  #batch: Outgoing[] = [];
  #sending: Promise<void> | null = null;
  #unanswered = 0;
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
  // hot: an object and a place in a list per message; the promise is one for all of the tick.
  publish(channel: string, message: string | Buffer): Promise<void> {
    if (!this.#isReachable && this.#unanswered + this.#batch.length >= this.#maxWaiting)
      return Promise.reject(isAway());
    this.#batch.push({ channel, message });
    return (this.#sending ??= new Promise((resolve, reject) => {
      setImmediate(() => this.#send().then(resolve, reject));
    }));
  }

  async #send(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#sending = null;
    this.#unanswered += batch.length;
    try {
      await this.#driver.publish(batch, this.#sharded);
    } finally {
      this.#unanswered -= batch.length;
    }
  }
}

export function isAway(cause?: unknown): RookeryError {
  const message = 'Redis cannot be reached, and too much waits for it: other nodes do not get this message';
  return new RookeryError('CLUSTER_UNREACHABLE', message, { cause });
}
