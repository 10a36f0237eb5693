// A timer of the platform that is set to more runs at once.
const longestTimeout = 2 ** 31 - 1;

/** Calls back once at a moment, however far away; keeps no process alive. */
export class Deadline {
  readonly #moment: number;
  readonly #onReached: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param moment in milliseconds since 1970. */
  constructor(moment: number, onReached: () => void) {
    this.#moment = moment;
    this.#onReached = onReached;
    this.#wait();
  }

  /** Safe to call twice. */
  cancel(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    const left = Math.max(this.#moment - Date.now(), 0);
    this.#timer = setTimeout(() => this.#onTimer(), Math.min(left, longestTimeout));
    this.#timer.unref();
  }

  #onTimer(): void {
    // Timers go by another clock, and may be some of its milliseconds early.
    if (Date.now() < this.#moment) this.#wait();
    else this.#onReached();
  }
}
