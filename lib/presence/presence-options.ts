import type { Socket } from '../server/index.js';
import { RookeryError } from '../server/index.js';
import { positive, RoomPattern } from '../shared/index.js';
import { metadataCeiling } from './presence-message.js';

/** Which rooms: a template such as `room:{roomId}`, several, a pattern, or a function that decides. */
export type PresenceRooms = string | readonly string[] | RegExp | ((room: string) => boolean);

/** Options of a `Presence`; the same on every node. */
export interface PresenceOptions<Metadata = unknown> {
  /**
   * Rooms whose sockets are present without a call: as long as a socket is in such a room, it is a member.
   *
   * In a template a placeholder stands for any text without `:`, `/`, `|` and `#`, and one of these beside it.
   *
   * @default none: `enter()` makes members
   */
  readonly rooms?: PresenceRooms | undefined;
  /**
   * Who a socket is: sockets of one key are one member. A text of 1 to 1,024 characters, such as the id of `socket.user`;
   * read when the socket becomes present.
   *
   * @default the id of the socket
   */
  readonly key?: ((socket: Socket) => string) | undefined;
  /** The metadata of sockets that are present by `rooms`. @default none */
  readonly metadata?: ((socket: Socket, room: string) => Metadata) | undefined;
  /**
   * How long a client that was interrupted stays a member, in milliseconds: one that is back in time has neither left nor
   * joined. It counts for the members of a node that is closed too. Who leaves on purpose, or is disconnected by the
   * server, leaves at once.
   *
   * @default 0
   */
  readonly leaveDelay?: number | undefined;
  /** Longest time in which a node says nothing to the others, in milliseconds. @default 5_000 */
  readonly heartbeatInterval?: number | undefined;
  /**
   * Longest silence of a node before its members have left, in milliseconds; more than `heartbeatInterval`.
   *
   * @default 10_000
   */
  readonly heartbeatTimeout?: number | undefined;
  /** Most that the metadata of one connection takes as JSON, in bytes; 65,536 at most. @default 1_024 */
  readonly maxMetadataBytes?: number | undefined;
}

/** The options with every default filled in. */
export interface ResolvedPresenceOptions {
  readonly isTracked: (room: string) => boolean;
  readonly key: (socket: Socket) => string;
  readonly metadata: (socket: Socket, room: string) => unknown;
  readonly leaveDelay: number;
  readonly heartbeatInterval: number;
  readonly heartbeatTimeout: number;
  readonly maxMetadataBytes: number;
}

/** The longest time that a timer of the platform can be set to. */
const longestTimeout = 2 ** 31 - 1;

/**
 * Fills in the defaults.
 *
 * @throws RookeryError `INVALID_OPTION` for a value that cannot work.
 */
export function resolvePresence(options: PresenceOptions<never>): ResolvedPresenceOptions {
  const {
    rooms,
    key = (socket: Socket) => socket.id,
    metadata = () => undefined,
    leaveDelay = 0,
    heartbeatInterval = 5_000,
    heartbeatTimeout = 10_000,
    maxMetadataBytes = 1_024,
  } = options;
  for (const [name, value] of Object.entries({ key, metadata })) {
    if (typeof value !== 'function') fail(`${name} is a function of the socket, not ${String(value)}`);
  }
  if (typeof leaveDelay !== 'number' || !(leaveDelay >= 0 && leaveDelay <= longestTimeout)) {
    fail(`leaveDelay is a number of milliseconds from 0 to ${longestTimeout}, not ${String(leaveDelay)}`);
  }
  if (positive('heartbeatTimeout', heartbeatTimeout) <= positive('heartbeatInterval', heartbeatInterval)) {
    fail(`heartbeatTimeout, ${heartbeatTimeout}, is more than heartbeatInterval, which is ${heartbeatInterval}`);
  }
  if (!Number.isInteger(maxMetadataBytes) || maxMetadataBytes < 1 || maxMetadataBytes > metadataCeiling) {
    fail(`maxMetadataBytes is an integer from 1 to ${metadataCeiling}, not ${String(maxMetadataBytes)}`);
  }
  const isTracked = trackedRooms(rooms);
  return { isTracked, key, metadata, leaveDelay, heartbeatInterval, heartbeatTimeout, maxMetadataBytes };
}

function trackedRooms(rooms: PresenceRooms | undefined): (room: string) => boolean {
  if (rooms === undefined) return () => false;
  if (typeof rooms === 'function') return rooms;
  if (rooms instanceof RegExp) {
    if (rooms.global || rooms.sticky) fail(`rooms has the flag g or y: its matches would depend on earlier ones`);
    return (room) => rooms.test(room);
  }
  const templates: readonly unknown[] = Array.isArray(rooms) ? rooms : [rooms];
  const patterns = templates.map(
    (template) =>
      new RoomPattern(template as string, (problem) => fail(`the room ${JSON.stringify(template)} ${problem}`)),
  );
  return (room) => patterns.some((pattern) => pattern.matches(room));
}

function fail(problem: string): never {
  throw new RookeryError('INVALID_OPTION', `presence: ${problem}`);
}
