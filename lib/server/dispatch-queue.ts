/** A socket that events are delivered to. */
export interface Dispatchable {
  dispatch(args: unknown[]): void;
}

/**
 * Delivers events at the end of the tick in which they were decoded, in order, for all sockets of a server.
 *
 * By then a DISCONNECT that came right behind an event has been seen: its handlers are not called any more.
 */
// hot: two pushes per event and one tick for all of them.
export class DispatchQueue {
  #sockets: Dispatchable[] = [];
  #args: unknown[][] = [];
  #next = 0;
  readonly #drain = (): void => this.#deliver();

  push(socket: Dispatchable, args: unknown[]): void {
    if (this.#sockets.length === 0) process.nextTick(this.#drain);
    this.#sockets.push(socket);
    this.#args.push(args);
  }

  #deliver(): void {
    try {
      // What is pushed meanwhile is delivered in the same turn, behind the others.
      while (this.#next < this.#sockets.length) {
        const index = this.#next++;
        this.#sockets[index]!.dispatch(this.#args[index]!);
      }
    } finally {
      // After an error that nobody could report, such as one of the log itself, the others still get theirs.
      if (this.#next < this.#sockets.length) {
        process.nextTick(this.#drain);
      } else {
        this.#sockets = [];
        this.#args = [];
        this.#next = 0;
      }
    }
  }
}
