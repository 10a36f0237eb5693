import { AsyncLocalStorage } from 'node:async_hooks';
import type { Socket } from '../../server/index.js';
import { createId } from '../../shared/index.js';

/** What is going on while the application handles something of a socket. */
export interface EventContext {
  /**
   * Of this event alone, generated: for log lines that belong together.
   *
   * All that a client passes on its way in, from middlewares and connection guards to connect hooks, has one id.
   */
  readonly id: string;
  /** The name of the event, or of the phase: `connection`, `disconnecting`, `disconnect`. */
  readonly event: string;
  readonly socket: Socket;
}

/** Runs something with a context around it; what is called here and awaited later is inside. */
export type RunInContext = (context: EventContext, run: () => void) => void;

const storage = new AsyncLocalStorage<EventContext>();

/** The context of the event that is being handled; `undefined` outside of one, or where the option `context` is off. */
export function currentEvent(): EventContext | undefined {
  return storage.getStore();
}

/** Runs things of sockets, with what the module's option says around them. */
export class ContextRunner {
  readonly #around: RunInContext;
  /** Of sockets whose connection has begun. */
  readonly #connections = new WeakMap<Socket, EventContext>();

  private constructor(around: RunInContext) {
    this.#around = around;
  }

  /**
   * Makes a runner; `undefined` where the option is off.
   *
   * @param option of the module; `true` for `currentEvent()`, a function for a storage of the application as well.
   */
  static of(option: boolean | RunInContext | undefined): ContextRunner | undefined {
    if (option === undefined || option === false) return undefined;
    return new ContextRunner(option === true ? (_context, run) => run() : option);
  }

  /** Runs an event, or a phase, in a context of its own. */
  run(socket: Socket, event: string, run: () => void): void {
    this.#within({ id: createId(), event, socket }, run);
  }

  /** Runs a part of the connection of a socket; all parts share one context. */
  connect(socket: Socket, run: () => void): void {
    let context = this.#connections.get(socket);
    if (context === undefined) {
      context = { id: createId(), event: 'connection', socket };
      this.#connections.set(socket, context);
    }
    this.#within(context, run);
  }

  #within(context: EventContext, run: () => void): void {
    storage.run(context, () => this.#around(context, run));
  }
}
