import { roomDecorator } from '../rooms/room-metadata.js';

/**
 * Makes the socket leave a room once the method has succeeded, before the ack is sent.
 *
 * @param template names the room, with values of the event: `room:{roomId}`.
 */
export function LeaveRoom(template: string): MethodDecorator {
  return roomDecorator({ does: 'leave', template });
}
