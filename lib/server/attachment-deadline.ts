import { TimerNode, type TimerWheel } from '../shared/index.js';

/** When the attachments of the packet that a connection reads have to be there. */
export class AttachmentDeadline extends TimerNode {
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

  /** Counts from now on, unless it does already: an attachment gives no more time to those behind it. */
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
