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
    const left = this.#moment - Date.now();
    this.#timer = setTimeout(
      () => {
        if (left > longestTimeout) this.#wait();
        else this.#onReached();
      },
      Math.min(Math.max(left, 0), longestTimeout),
    );
    this.#timer.unref();
  }
}
