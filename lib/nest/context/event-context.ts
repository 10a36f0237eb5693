import { AsyncLocalStorage } from 'node:async_hooks';
import type { Socket } from '../../server/index.js';
import { createId } from '../../shared/index.js';

/** What is going on while the application handles something of a socket. */
export interface EventContext {
  /** Of this event alone: for log lines that belong together. */
  readonly id: string;
  /** The name of the event, or of the hook: `connection`, `disconnecting`, `disconnect`. */
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

/** Runs something for a socket, with what the module's option says around it. */
export type ContextRunner = (socket: Socket, event: string, run: () => void) => void;

/** @param option of the module; `true` for `currentEvent()`, a function for a storage of the application as well. */
export function contextRunner(option: boolean | RunInContext | undefined): ContextRunner | undefined {
  if (option === undefined || option === false) return undefined;
  return (socket, event, run) => {
    const context: EventContext = { id: createId(), event, socket };
    storage.run(context, () => {
      if (option === true) run();
      else option(context, run);
    });
  };
}
