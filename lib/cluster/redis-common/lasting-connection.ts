import type { RedisConnection } from './redis-connection.js';

/** A pause before a connection that could not be made is tried again, in milliseconds. */
const retryPause = 200;

/** A connection that is made anew when it is lost, until it is closed. */
export class LastingConnection {
  readonly #connect: () => Promise<RedisConnection>;
  readonly #onChange: (error?: Error) => void;
  #current: RedisConnection | null = null;
  #making: Promise<RedisConnection> | null = null;
  #wake: (() => void) | null = null;
  #isClosed = false;

  /** @param onChange told when it is there, and why it is not. */
  constructor(connect: () => Promise<RedisConnection>, onChange: (error?: Error) => void) {
    this.#connect = connect;
    this.#onChange = onChange;
  }

  get isUp(): boolean {
    return this.#current !== null && !this.#current.isLost;
  }

  /** Resolves once it is there; rejects when it is closed. */
  get(): Promise<RedisConnection> {
    if (this.#current !== null && !this.#current.isLost) return Promise.resolve(this.#current);
    return (this.#making ??= this.#make().finally(() => (this.#making = null)));
  }

  /** The connection failed, or does not answer: whoever asks next gets another one. */
  fail(connection: RedisConnection, error: Error): void {
    if (!connection.isLost) this.#onChange(error);
    connection.close();
  }

  /** Resolves after a moment, at once when it is closed. */
  pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, retryPause);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#isClosed) this.#wake();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#current?.close();
    this.#wake?.();
  }

  #onLost(error: Error): void {
    if (this.#isClosed) return;
    this.#onChange(error);
    // It is there again before somebody needs it.
    this.get().catch(() => {});
  }

  async #make(): Promise<RedisConnection> {
    while (!this.#isClosed) {
      try {
        const made = await this.#connect();
        if (this.#isClosed) {
          made.close();
          break;
        }
        this.#current = made;
        made.onLost = (error) => this.#onLost(error);
        this.#onChange();
        return made;
      } catch (error) {
        this.#onChange(error as Error);
        await this.pause();
      }
    }
    throw new Error('The connection to Redis was closed');
  }
}

/** What a connection is asked, with an end: one that answers no more is given up, so that it rejects. */
export async function inTime<T>(asked: Promise<T>, milliseconds: number, connection: RedisConnection): Promise<T> {
  const timer = setTimeout(() => connection.close(), milliseconds);
  timer.unref();
  try {
    return await asked;
  } finally {
    clearTimeout(timer);
  }
}
