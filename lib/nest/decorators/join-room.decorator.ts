import type { Socket } from '../../server/index.js';
import { roomDecorator, type JoinRoomOptions, type WrittenPolicy } from '../rooms/room-metadata.js';

/**
 * Makes the socket a member of a room once the method has succeeded, before the ack is sent.
 *
 * Of a promise that is its value, of an Observable its last one, which waits for it. A method that throws, or that takes
 * longer than its `timeout`, leaves the socket outside. The room is named, and the policy asked, before the method is
 * called.
 *
 * @param template names the room, with values of the event: `room:{roomId}`.
 * @param policy decides who may, else 403: a provider that the gateway's module sees, an instance, or a function. In the
 * preset `strict` a room that the client names needs one, or a `@RoomGuard()` on the method whose template has what the client
 * sends of it, or `{ open: true }` in its place.
 */
export function JoinRoom<S = Socket>(template: string, ...policy: WrittenPolicy<S>): MethodDecorator;
export function JoinRoom(template: string, options: JoinRoomOptions): MethodDecorator;
export function JoinRoom(template: string, ...second: [(WrittenPolicy[0] | JoinRoomOptions)?]): MethodDecorator {
  const [written] = second;
  if (isOptions(written)) return roomDecorator({ does: 'join', template, policy: [], isOpen: written.open });
  return roomDecorator({ does: 'join', template, policy: second as WrittenPolicy, isOpen: false });
}

/** An instance that decides is a policy, whatever else it has. */
function isOptions(written: unknown): written is JoinRoomOptions {
  return typeof written === 'object' && written !== null && 'open' in written && !('canJoin' in written);
}
