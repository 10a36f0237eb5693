/**
 * One more connection to Redis, for commands that block, or whose fate has to be known.
 *
 * It is not made again when it is lost, and sends nothing twice: what it had not answered rejects.
 */
export interface RedisConnection {
  /** Sends a command; those about the key that the connection is for keep their order. @param key one that it is about. */
  command(key: string, args: readonly string[]): Promise<unknown>;
  /** It works no more. */
  readonly isLost: boolean;
  /** Called once, when it is lost or closed. */
  onLost: ((error: Error) => void) | null;
  /** Ends it at once, whatever it waits for. Safe to call twice. */
  close(): void;
}

/** Commands that are sent to a client of a library; what waits when it is lost rejects, whatever the library does. */
export class SingleConnection implements RedisConnection {
  readonly #send: (key: string, args: string[]) => Promise<unknown>;
  readonly #end: () => void;
  readonly #waiting = new Set<(error: Error) => void>();
  onLost: ((error: Error) => void) | null = null;
  #lost: Error | null = null;

  constructor(send: (key: string, args: string[]) => Promise<unknown>, end: () => void) {
    this.#send = send;
    this.#end = end;
  }

  get isLost(): boolean {
    return this.#lost !== null;
  }

  command(key: string, args: readonly string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== null) {
        reject(this.#lost);
        return;
      }
      this.#waiting.add(reject);
      this.#send(key, [...args])
        .then(resolve, reject)
        .finally(() => this.#waiting.delete(reject));
    });
  }

  /** It works no more. */
  lose(error: Error): void {
    if (this.#lost !== null) return;
    this.#lost = error;
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
    this.#end();
    this.onLost?.(error);
  }

  close(): void {
    this.lose(new Error('The connection to Redis was closed'));
  }
}
