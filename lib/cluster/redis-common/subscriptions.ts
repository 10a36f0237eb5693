import type { RedisDriver, SubscriptionKind } from './redis-driver.js';

/** Takes the messages of a channel. */
export type MessageListener = (message: Buffer) => void;

interface Subscription {
  readonly kind: SubscriptionKind;
  readonly listener: MessageListener;
}

/** A pause before what Redis refused is asked for again, in milliseconds. */
const retryPause = 1_000;

/** Which channels are listened to, and by whom: what changes in one tick is one command. */
export class Subscriptions {
  readonly #driver: RedisDriver;
  readonly #patience: number;
  readonly #onError: (error: Error) => void;
  readonly #wanted = new Map<string, Subscription>();
  /** What Redis was asked for, and has not refused. */
  readonly #asked = new Map<string, SubscriptionKind>();
  readonly #changed = new Set<string>();
  #flushing: Promise<void> | null = null;
  #lastFlush: Promise<unknown> = Promise.resolve();
  #isReachable = false;
  /** Ends each wait for what Redis was asked. */
  readonly #letGo = new Set<() => void>();
  #retry: ReturnType<typeof setTimeout> | null = null;

  /** @param patience how long Redis may take to do what it was asked, before nobody waits, in milliseconds. */
  constructor(driver: RedisDriver, patience: number, onError: (error: Error) => void) {
    this.#driver = driver;
    this.#patience = patience;
    this.#onError = onError;
  }

  /** Resolves once Redis hands over what comes; at once while it is away, and then it is asked when it is back. */
  add(channel: string, kind: SubscriptionKind, listener: MessageListener): Promise<void> | void {
    this.#wanted.set(channel, { kind, listener });
    return this.#change(channel);
  }

  remove(channel: string): void {
    if (this.#wanted.delete(channel)) void this.#change(channel);
  }

  /** Whether Redis was asked for a channel, and has not refused. */
  has(channel: string): boolean {
    return this.#asked.has(channel) && !this.#changed.has(channel);
  }

  /** Resolves once what was asked for so far is done. */
  async settled(): Promise<void> {
    await this.#flushing;
    await this.#lastFlush;
  }

  dispatch(channel: string, message: Buffer): void {
    this.#wanted.get(channel)?.listener(message);
  }

  /** Nothing is subscribed to any more: all of it is asked for when Redis is reached. */
  renew(): void {
    this.#asked.clear();
    for (const channel of this.#wanted.keys()) this.#changed.add(channel);
  }

  setReachable(isReachable: boolean): void {
    this.#isReachable = isReachable;
    if (isReachable) void this.#askAgain();
    // Nobody shall wait for what may take long.
    else this.#endWaits();
  }

  close(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#endWaits();
  }

  #endWaits(): void {
    for (const letGo of this.#letGo) letGo();
  }

  #change(channel: string): Promise<void> | void {
    this.#changed.add(channel);
    this.#flushing ??= new Promise<void>((resolve) => {
      // Clients wait to be let in: not for ever, where Redis hangs.
      const timer = setTimeout(() => letGo(), this.#patience);
      const letGo = (): void => {
        clearTimeout(timer);
        this.#letGo.delete(letGo);
        resolve();
      };
      this.#letGo.add(letGo);
      queueMicrotask(() => void this.#flush().then(letGo));
    });
    return this.#isReachable ? this.#flushing : undefined;
  }

  async #flush(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    this.#flushing = null;
    const flush = Promise.all((['channel', 'pattern', 'shard'] as const).map((kind) => this.#ask(kind, changed)));
    this.#lastFlush = flush;
    await flush;
  }

  async #ask(kind: SubscriptionKind, changed: readonly string[]): Promise<void> {
    const added = changed.filter((channel) => this.#wanted.get(channel)?.kind === kind && !this.#asked.has(channel));
    const removed = changed.filter((channel) => !this.#wanted.has(channel) && this.#asked.get(channel) === kind);
    for (const channel of added) this.#asked.set(channel, kind);
    for (const channel of removed) this.#asked.delete(channel);
    // A connection that ends has no subscriptions any more.
    if (removed.length > 0) void this.#driver.unsubscribe(kind, removed).catch(ignore);
    if (added.length === 0) return;
    try {
      await this.#driver.subscribe(kind, added);
    } catch (error) {
      for (const channel of added) {
        this.#asked.delete(channel);
        this.#changed.add(channel);
      }
      this.#onError(error as Error);
      this.#retry ??= setTimeout(() => void this.#askAgain(), retryPause).unref();
    }
  }

  async #askAgain(): Promise<void> {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    if (this.#changed.size > 0 && this.#isReachable) await this.#flush();
  }
}

function ignore(): void {}
