// Up to here a list is searched as fast as a map, and to come and go leaves nothing behind.
const fewSlots = 8;

/** The slots of a connection by the names of their namespaces, in the order of their CONNECTs. */
// hot: looked into for every packet; a client that changes its namespace makes no table anew.
export class SlotTable<Slot extends { readonly name: string }> {
  #few: Slot[] = [];
  /** All of them, once they were many. */
  #many: Map<string, Slot> | null = null;

  get size(): number {
    return this.#many?.size ?? this.#few.length;
  }

  get(name: string): Slot | undefined {
    if (this.#many !== null) return this.#many.get(name);
    const few = this.#few;
    for (let index = 0; index < few.length; index++) if (few[index]!.name === name) return few[index];
    return undefined;
  }

  /** Takes a slot of a namespace that has none. */
  add(slot: Slot): void {
    if (this.#many !== null) this.#many.set(slot.name, slot);
    else if (this.#few.length === fewSlots) this.#addToMany(slot);
    // Most clients are in one namespace: a list with room for one.
    else if (this.#few.length === 0) this.#few = [slot];
    else this.#few.push(slot);
  }

  delete(name: string): void {
    if (this.#many !== null) {
      this.#many.delete(name);
      return;
    }
    const index = this.#few.findIndex((slot) => slot.name === name);
    if (index !== -1) this.#few.splice(index, 1);
  }

  clear(): void {
    this.#few = [];
    this.#many = null;
  }

  /** The slots as they are now. */
  all(): Slot[] {
    return this.#many === null ? [...this.#few] : [...this.#many.values()];
  }

  #addToMany(slot: Slot): void {
    this.#many = new Map([...this.#few, slot].map((each) => [each.name, each]));
    this.#few = [];
  }
}
