/** What a link has to have before it can write, such as a library that is being loaded. */
export class Preparation {
  #running: Promise<void> | null = null;
  #isDone = false;

  get isDone(): boolean {
    return this.#isDone;
  }

  async run(prepare: () => Promise<void>): Promise<void> {
    this.#running = prepare();
    await this.#running;
    this.#isDone = true;
  }

  /**
   * Writes once that is possible: in the order of the calls, and before whatever is written later.
   *
   * @throws what `isAway` makes where nobody prepares anything.
   */
  async before(write: () => Promise<void> | void, isAway: () => Error): Promise<void> {
    if (this.#running === null) throw isAway();
    await this.#running;
    await write();
  }
}
