import type { AckCallback } from './acks.js';

interface Entry {
  readonly args: readonly unknown[];
  readonly onDone: AckCallback | undefined;
  tries: number;
}

/** Events that are sent one after the other, each until it is answered or its tries are used up. */
export class RetryQueue {
  readonly #retries: number;
  readonly #send: (args: readonly unknown[], onAnswer: AckCallback) => void;
  readonly #canSend: () => boolean;
  readonly #entries: Entry[] = [];
  /** What tells an answer to the current try from a late one. */
  #current: object | null = null;

  /**
   * @param send emits an event; it calls back once, with an error first.
   * @param canSend whether there is a connection.
   */
  constructor(
    retries: number,
    send: (args: readonly unknown[], onAnswer: AckCallback) => void,
    canSend: () => boolean,
  ) {
    this.#retries = retries;
    this.#send = send;
    this.#canSend = canSend;
  }

  /** Adds an event; the callback gets an error first. */
  add(args: readonly unknown[], onDone: AckCallback | undefined): void {
    this.#entries.push({ args, onDone, tries: 0 });
  }

  /** Sends the first event. @param isAnew whether one that is on its way is sent again: its connection is gone. */
  drain(isAnew: boolean): void {
    const entry = this.#entries[0];
    if (entry === undefined || !this.#canSend() || (this.#current !== null && !isAnew)) return;
    const current = {};
    this.#current = current;
    entry.tries++;
    this.#send(entry.args, (error, ...answer) => {
      if (this.#current !== current) return;
      this.#current = null;
      const isLast = error === null || entry.tries > this.#retries;
      if (isLast) {
        this.#entries.shift();
        entry.onDone?.(error, ...answer);
      }
      this.drain(false);
    });
  }
}
