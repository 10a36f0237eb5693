import type { Socket } from '../../server/index.js';

/** Takes an event of a socket. */
export type EventSink = (socket: Socket, args: readonly unknown[]) => void;

// A client may send while it is being let in; more than this is no use to anybody.
const maxHeldEvents = 1_000;

/** Holds back the events of sockets whose connect hooks are still running, in order. */
export class ConnectPhase {
  readonly #held = new Map<Socket, (readonly unknown[])[]>();
  readonly #sink: EventSink;

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  /** Holds back the events of a socket until `hooks` has settled. */
  begin(socket: Socket, hooks: Promise<void>): void {
    this.#held.set(socket, []);
    void hooks.finally(() => this.#end(socket));
  }

  /** Passes an event on, or holds it back. */
  accept(socket: Socket, args: readonly unknown[]): void {
    const held = this.#held.get(socket);
    if (held === undefined) {
      this.#sink(socket, args);
      return;
    }
    held.push(args);
    if (held.length > maxHeldEvents) socket.disconnect(true);
  }

  #end(socket: Socket): void {
    const held = this.#held.get(socket) ?? [];
    this.#held.delete(socket);
    if (!socket.connected) return;
    for (const args of held) this.#sink(socket, args);
  }
}
