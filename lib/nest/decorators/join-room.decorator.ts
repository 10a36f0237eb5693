import type { Socket } from '../../server/index.js';
import { roomDecorator, type WrittenPolicy } from '../rooms/room-metadata.js';

/**
 * Makes the socket a member of a room once the method has succeeded, before the ack is sent.
 *
 * Of a promise that is its value, of an Observable its last one, which waits for it. A method that throws, or that takes
 * longer than its `timeout`, leaves the socket outside. The room is named, and the policy asked, before the method is
 * called.
 *
 * @param template names the room, with values of the event: `room:{roomId}`.
 * @param policy decides who may, else 403: a provider that the gateway's module sees, an instance, or a function.
 */
export function JoinRoom<S = Socket>(template: string, ...policy: WrittenPolicy<S>): MethodDecorator {
  return roomDecorator({ does: 'join', template, policy: policy as WrittenPolicy });
}
