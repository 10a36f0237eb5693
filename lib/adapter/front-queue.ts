/** A list that is added to behind and taken from in front, in constant time each. */
export class FrontQueue<T> {
  #items: (T | undefined)[] = [];
  /** How many in front were taken. */
  #gone = 0;

  get length(): number {
    return this.#items.length - this.#gone;
  }

  /** The first one; `undefined` when there is none. */
  get first(): T | undefined {
    return this.#items[this.#gone];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the first one away; `undefined` when there is none. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#gone];
    this.#items[this.#gone++] = undefined;
    // In large steps: each moves what is left.
    if (this.#gone * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#gone);
      this.#gone = 0;
    }
    return item;
  }

  /** The one at a place from the front; `undefined` where there is none. */
  at(index: number): T | undefined {
    return index < 0 ? undefined : this.#items[this.#gone + index];
  }

  /** Some of them, as `Array.slice()` counts from the front. */
  slice(start: number, end: number): T[] {
    return this.#items.slice(this.#gone + start, this.#gone + Math.min(end, this.length)) as T[];
  }

  /** Leaves out those that a test does not hold for. */
  retain(test: (item: T) => boolean): void {
    this.#items = this.#items.slice(this.#gone).filter((item) => test(item as T));
    this.#gone = 0;
  }
}
