import { SetMetadata } from '@nestjs/common';
import type { PresenceEventName } from '../../presence/index.js';
import { presenceMetadata, type PresenceMetadata } from './metadata.js';

/**
 * Calls the method when a member joins a room, leaves it, or changes, on whatever node that happens.
 *
 * It gets the room, the member, and the connection that came, went or changed; of `leave` the reason.
 *
 * @param room a template such as `room:{roomId}`; without one it is called for every room.
 */
export function OnPresence(event: PresenceEventName, room?: string): MethodDecorator {
  return SetMetadata(presenceMetadata, { event, room } satisfies PresenceMetadata);
}
