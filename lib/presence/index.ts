export {
  PresenceConnection,
  type LeaveReason,
  type PresenceEventName,
  type PresenceEvents,
  type PresenceMember,
} from './presence-member.js';
export type { PresenceOptions, PresenceRooms } from './presence-options.js';
export { Presence, presenceOf, type PresenceStats } from './presence.js';
