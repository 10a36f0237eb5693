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
  readonly #drain = (): void => this.#deliver();

  push(socket: Dispatchable, args: unknown[]): void {
    if (this.#sockets.length === 0) process.nextTick(this.#drain);
    this.#sockets.push(socket);
    this.#args.push(args);
  }

  #deliver(): void {
    // What is pushed meanwhile is delivered in the same turn, behind the others.
    for (let index = 0; index < this.#sockets.length; index++) this.#sockets[index]!.dispatch(this.#args[index]!);
    this.#sockets = [];
    this.#args = [];
  }
}
