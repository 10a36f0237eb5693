import { currentEvent } from './event-context.js';

/** What a line of log tells of the event that it was written in. */
export interface LoggedEvent {
  /** `currentEvent().id`. */
  readonly id: string;
  readonly event: string;
  readonly namespace: string;
  /** The id of the socket. */
  readonly socket: string;
}

/** What a line of log may tell of the event that is being handled: for loggers of your own; `undefined` outside of one. */
export function loggedEvent(): LoggedEvent | undefined {
  const current = currentEvent();
  if (current === undefined) return undefined;
  const { id, event, socket } = current;
  return { id, event, namespace: socket.nsp.name, socket: socket.id };
}
