import { TimerNode, type TimerWheel } from '../shared/index.js';

/** When something that a connection waits for has to be there, such as the attachments of a packet. */
export class ConnectionDeadline extends TimerNode {
  readonly #wheel: TimerWheel;
  readonly #timeout: number;
  readonly #onLate: () => void;

  /** @param timeout in milliseconds. */
  constructor(wheel: TimerWheel, timeout: number, onLate: () => void) {
    super();
    this.#wheel = wheel;
    this.#timeout = timeout;
    this.#onLate = onLate;
  }

  /** Counts from now on, unless it does already: what has come gives no more time to what is still missing. */
  start(): void {
    if (this.wheelSlot === -1) this.#wheel.schedule(this, this.#timeout);
  }

  stop(): void {
    this.#wheel.cancel(this);
  }

  onTimer(): void {
    this.#onLate();
  }
}
