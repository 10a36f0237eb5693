/** What is on its way to a bus, as much as there may be: one that is slow, or away, must not fill the memory. */
export class Underway {
  readonly #most: number;
  readonly #isAway: () => Error;
  #count = 0;

  /** @param isAway what those are told that are too many. */
  constructor(most: number, isAway: () => Error) {
    this.#most = most;
    this.#isAway = isAway;
  }

  /** @throws what `isAway` makes where too much is on its way already. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#count >= this.#most) throw this.#isAway();
    this.#count++;
    try {
      return await task();
    } finally {
      this.#count--;
    }
  }
}
