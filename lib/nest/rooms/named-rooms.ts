import type { Room } from '../../server/index.js';
import type { HandlerArgs } from '../pipeline/event-call.js';

/** Rooms by the list of arguments of the call that names them. */
const rooms = new WeakMap<readonly unknown[], readonly Room[]>();

/** The arguments of one call with the rooms it names, for `@Room()`. */
export function withRooms([socket, payload, ack, args, event]: HandlerArgs, names: readonly Room[]): HandlerArgs {
  // Several handlers share the event's own list.
  const own = [...args];
  rooms.set(own, names);
  return [socket, payload, ack, own, event];
}

/** A room that the decorators of the method name, counted from 0. */
export function roomOf([, , , args]: HandlerArgs, index: number): Room | undefined {
  return rooms.get(args)?.[index];
}
