import type { Frame } from '../protocol/index.js';

/** Which frames of a queue may be dropped when there is no room for others. */
export class VolatileBacklog {
  readonly #frames = new Set<Frame>();

  get isEmpty(): boolean {
    return this.#frames.size === 0;
  }

  add(frame: Frame): void {
    this.#frames.add(frame);
  }

  /** The queue has left. */
  clear(): void {
    this.#frames.clear();
  }

  /** Returns what is left of the queue without them, and the places they had in it; forgets them. */
  dropFrom(queue: readonly Frame[]): { readonly rest: Frame[]; readonly dropped: readonly number[] } {
    const dropped: number[] = [];
    const rest = queue.filter((frame, index) => {
      const isDropped = this.#frames.has(frame);
      if (isDropped) dropped.push(index);
      return !isDropped;
    });
    this.clear();
    return { rest, dropped };
  }
}
