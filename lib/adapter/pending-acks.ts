import type { AdapterSocket } from './host.js';

/** The sockets of this node that still owe an answer to one broadcast. */
export class PendingAcks {
  readonly #id: number;
  readonly #onAck: (...args: unknown[]) => void;
  readonly #waiting = new Set<AdapterSocket>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(id: number, onAck: (...args: unknown[]) => void) {
    this.#id = id;
    this.#onAck = onAck;
  }

  expect(socket: AdapterSocket): void {
    this.#waiting.add(socket);
    socket.expectAck(this.#id, (...args) => {
      this.#waiting.delete(socket);
      if (this.#waiting.size === 0 && this.#timer !== null) clearTimeout(this.#timer);
      this.#onAck(...args);
    });
  }

  /** Lets go of the sockets that have not answered in `timeout` milliseconds, so that silent clients hold no memory. */
  forgetAfter(timeout: number | undefined): void {
    if (timeout === undefined || this.#waiting.size === 0) return;
    this.#timer = setTimeout(() => {
      for (const socket of this.#waiting) socket.forgetAck(this.#id);
      this.#waiting.clear();
    }, timeout);
    this.#timer.unref();
  }
}
