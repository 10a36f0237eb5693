import type { Socket } from '../../server/index.js';
import { roomDecorator, type WrittenPolicy } from '../rooms/room-metadata.js';

/**
 * Lets only members of a room call the method: others are refused with 403.
 *
 * It is asked behind the guards and the schema, before pipes and the method.
 *
 * @param template names the room, with values of the event: `room:{roomId}`.
 * @param policy decides in the place of membership: a provider that the gateway's module sees, an instance, or a function.
 */
export function RoomGuard<S = Socket>(template: string, ...policy: WrittenPolicy<S>): MethodDecorator {
  return roomDecorator({ does: 'guard', template, policy: policy as WrittenPolicy });
}
