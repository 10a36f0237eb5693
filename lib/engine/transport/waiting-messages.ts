import { Slice } from './slice.js';

/** Messages that were read together, and wait for the next turn of the event loop. */
export class WaitingMessages {
  readonly #data: Buffer[] = [];
  readonly #isBinary: boolean[] = [];
  #next = 0;

  get isEmpty(): boolean {
    return this.#next === this.#data.length;
  }

  push(data: Buffer, isBinary: boolean): void {
    this.#data.push(data);
    this.#isBinary.push(isBinary);
  }

  /** Hands messages on, in order, for the time of a slice or until it is told to stop. */
  handOn(take: (data: Buffer, isBinary: boolean) => void, isOver: () => boolean): void {
    const slice = new Slice();
    while (!this.isEmpty && !isOver()) {
      const index = this.#next++;
      take(this.#data[index]!, this.#isBinary[index]!);
      if (slice.isOverWithNext()) return;
    }
  }
}
