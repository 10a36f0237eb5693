import { deferred, type Deferred } from './deferred.js';

/** Who keeps messages, and how many at once. */
export interface Keeper<Message> {
  /** Resolves when they are kept, in their order; rejects when they never will be. */
  keep(messages: readonly Message[]): Promise<void>;
  sizeOf(message: Message): number;
  /** How many messages are one batch, at most. */
  readonly maxBatch: number;
  /** How large a batch of several messages is, at most, as `sizeOf()` has it. */
  readonly maxSize: number;
  /** What those are told that wait when it closes. */
  isAway(): Error;
}

interface Queued<Message> {
  readonly message: Message;
  readonly outcome: Deferred<void>;
}

/** Messages that are kept in order: one batch is on its way at a time, and what comes meanwhile is the next one. */
export class KeepingQueue<Message> {
  readonly #keeper: Keeper<Message>;
  readonly #queue: Queued<Message>[] = [];
  #isSending = false;
  #isClosed = false;

  constructor(keeper: Keeper<Message>) {
    this.#keeper = keeper;
  }

  /** How many wait that are not on their way. */
  get length(): number {
    return this.#queue.length;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves when it is kept; rejects when it never will be. */
  put(message: Message): Promise<void> {
    const outcome = deferred();
    this.#queue.push({ message, outcome });
    if (!this.#isSending) {
      this.#isSending = true;
      setImmediate(() => void this.#send());
    }
    return outcome.promise;
  }

  /** Rejects what is not on its way. */
  close(): void {
    this.#isClosed = true;
    for (const { outcome } of this.#queue.splice(0)) outcome.reject(this.#keeper.isAway());
  }

  async #send(): Promise<void> {
    while (this.#queue.length > 0 && !this.#isClosed) {
      const batch = this.#nextBatch();
      try {
        await this.#keeper.keep(batch.map(({ message }) => message));
        for (const { outcome } of batch) outcome.resolve();
      } catch (error) {
        for (const { outcome } of batch) outcome.reject(error);
      }
    }
    this.#isSending = false;
  }

  #nextBatch(): Queued<Message>[] {
    const { maxBatch, maxSize } = this.#keeper;
    let count = 0;
    let size = 0;
    while (count < this.#queue.length && count < maxBatch) {
      size += this.#keeper.sizeOf(this.#queue[count]!.message);
      if (count > 0 && size > maxSize) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }
}
