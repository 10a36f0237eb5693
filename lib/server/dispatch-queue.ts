/** A socket that events are delivered to. */
export interface Dispatchable {
  dispatch(args: unknown[]): void;
}

/** The lists keep room for so many events. */
const mostKept = 1_024;

/**
 * Delivers events at the end of the tick in which they were decoded, in order, for all sockets of a server.
 *
 * By then a DISCONNECT that came right behind an event has been seen: its handlers are not called any more.
 */
// hot: two stores per event and one tick for all of them; the lists keep their room.
export class DispatchQueue {
  readonly #sockets: (Dispatchable | null)[] = [];
  readonly #args: (unknown[] | null)[] = [];
  /** How many wait or were delivered in this turn, and how many of them were delivered. */
  #count = 0;
  #next = 0;
  readonly #drain = (): void => this.#deliver();

  push(socket: Dispatchable, args: unknown[]): void {
    if (this.#count === 0) process.nextTick(this.#drain);
    this.#sockets[this.#count] = socket;
    this.#args[this.#count++] = args;
  }

  #deliver(): void {
    try {
      // What is pushed meanwhile is delivered in the same turn, behind the others.
      while (this.#next < this.#count) {
        const index = this.#next++;
        const socket = this.#sockets[index]!;
        const args = this.#args[index]!;
        this.#sockets[index] = null;
        this.#args[index] = null;
        socket.dispatch(args);
      }
    } finally {
      // After an error that nobody could report, such as one of the log itself, the others still get theirs.
      if (this.#next < this.#count) process.nextTick(this.#drain);
      else this.#empty();
    }
  }

  #empty(): void {
    if (this.#count > mostKept) {
      this.#sockets.length = 0;
      this.#args.length = 0;
    }
    this.#count = 0;
    this.#next = 0;
  }
}
