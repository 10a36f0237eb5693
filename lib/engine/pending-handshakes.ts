/** What a handshake came with: a response, or the socket of an upgrade. */
interface Carrier {
  once(event: 'close', listener: () => void): unknown;
}

/** Handshakes about which somebody was asked who has not answered yet. */
export class PendingHandshakes {
  readonly #all = new Map<Carrier, () => void>();

  get size(): number {
    return this.#all.size;
  }

  /** One that was not decided at once; it is forgotten when its peer goes. @param refuse answers it. */
  add(carrier: Carrier, refuse: () => void): void {
    this.#all.set(carrier, refuse);
    carrier.once('close', () => this.#all.delete(carrier));
  }

  /** It has been decided. */
  settle(carrier: Carrier): void {
    this.#all.delete(carrier);
  }

  /** Refuses all of them. */
  refuseAll(): void {
    const all = [...this.#all.values()];
    this.#all.clear();
    for (const refuse of all) refuse();
  }
}
