import type { PresenceClock } from './replication.js';

interface HeldLeave {
  readonly room: string;
  readonly id: string;
  readonly due: number;
}

/** Leaves that wait: a client that is back in time has not left. One timer, since all wait equally long. */
export class HeldLeaves {
  readonly #delay: number;
  readonly #clock: PresenceClock;
  readonly #release: (room: string, id: string) => void;
  /** In the order in which they are due. */
  readonly #held = new Map<string, HeldLeave>();
  #isWaiting = false;

  /** @param release makes a socket leave a room. */
  constructor(delay: number, clock: PresenceClock, release: (room: string, id: string) => void) {
    this.#delay = delay;
    this.#clock = clock;
    this.#release = release;
  }

  hold(room: string, id: string): void {
    this.#held.set(nameOf(room, id), { room, id, due: this.#clock.now() + this.#delay });
    this.#wait();
  }

  /** The socket does not leave; `false` where it was not about to. */
  takeBack(room: string, id: string): boolean {
    return this.#held.delete(nameOf(room, id));
  }

  clear(): void {
    this.#held.clear();
  }

  #wait(): void {
    const first = this.#held.values().next().value;
    if (this.#isWaiting || first === undefined) return;
    this.#isWaiting = true;
    this.#clock.later(
      () => {
        this.#isWaiting = false;
        this.#releaseDue();
        this.#wait();
      },
      Math.max(1, first.due - this.#clock.now()),
    );
  }

  #releaseDue(): void {
    const now = this.#clock.now();
    for (const [name, { room, id, due }] of this.#held) {
      if (due > now) return;
      this.#held.delete(name);
      this.#release(room, id);
    }
  }
}

// The id of a socket has no space.
function nameOf(room: string, id: string): string {
  return `${id} ${room}`;
}
