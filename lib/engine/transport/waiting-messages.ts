/** How long messages are handed on before others get their turn, in milliseconds. */
export const slice = 5;
/** To ask for the time costs as much as some messages do. */
export const messagesPerLook = 32;

/** How often it is looked: handlers that go on asynchronously do their work behind the slice, unseen by its clock. */
export const looksPerSlice = 4;

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
    const end = performance.now() + slice;
    let untilLook = messagesPerLook;
    let looks = looksPerSlice;
    while (!this.isEmpty && !isOver()) {
      const index = this.#next++;
      take(this.#data[index]!, this.#isBinary[index]!);
      if (--untilLook > 0) continue;
      untilLook = messagesPerLook;
      if (--looks === 0 || performance.now() > end) return;
    }
  }
}
