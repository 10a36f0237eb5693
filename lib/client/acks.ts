import type { Timer, Timers } from './timers.js';

/** A callback that waits for an answer; one that takes an error gets it first. */
export type AckCallback = (...args: unknown[]) => void;

interface PendingAck {
  readonly callback: AckCallback;
  readonly takesError: boolean;
  readonly timer: Timer | undefined;
}

/** Callbacks that are called with an error where no answer can come any more, whatever else was said. */
export const alwaysAnswered = new WeakSet<AckCallback>();

/** The answers that one socket waits for. */
export class Acks {
  readonly #timers: Timers;
  readonly #pending = new Map<number, PendingAck>();
  #nextId = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /**
   * Waits for an answer; returns its id.
   *
   * @param timeout in milliseconds; with one, the callback takes an error first.
   * @param onTimeout called before the callback is.
   */
  add(callback: AckCallback, timeout: number | undefined, onTimeout: (id: number) => void): number {
    const id = this.#nextId++;
    const late = (): void => {
      this.#pending.delete(id);
      onTimeout(id);
      callback(new Error('operation has timed out'));
    };
    const timer = timeout === undefined ? undefined : this.#timers.set(late, timeout);
    this.#pending.set(id, { callback, takesError: timer !== undefined || alwaysAnswered.has(callback), timer });
    return id;
  }

  /** An answer has come; an id that nobody waits for is ignored. */
  answer(id: number, args: readonly unknown[]): void {
    const pending = this.#take(id);
    if (pending === undefined) return;
    if (pending.takesError) pending.callback(null, ...args);
    else pending.callback(...args);
  }

  /** No answer can come to those that were sent. */
  abandon(isUnsent: (id: number) => boolean): void {
    for (const id of [...this.#pending.keys()]) {
      if (isUnsent(id)) continue;
      const { takesError, callback } = this.#take(id)!;
      if (takesError) callback(new Error('socket has been disconnected'));
    }
  }

  #take(id: number): PendingAck | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    this.#timers.clear(pending?.timer);
    return pending;
  }
}
