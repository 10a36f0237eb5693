/** One socket by which a member is in a room. */
export class PresenceConnection<Metadata = unknown> {
  /** The id of its socket. */
  readonly id: string;
  /** The node that serves it: the `nodeId` of the `Presence` there. */
  readonly node: string;
  /** What it was entered or updated with. */
  readonly metadata: Metadata;
  // Not a field that is printed or sent: it stands in the member.
  readonly #key: string;

  constructor(id: string, node: string, key: string, metadata: Metadata) {
    this.id = id;
    this.node = node;
    this.metadata = metadata;
    this.#key = key;
  }

  /** The key of its member. */
  get key(): string {
    return this.#key;
  }
}

/** Who is in a room, by one connection or several. */
export interface PresenceMember<Metadata = unknown> {
  /** What the option `key` makes of a socket: its id by default. */
  readonly key: string;
  /** At least one, in the order of their ids: the same on every node. */
  readonly connections: readonly PresenceConnection<Metadata>[];
}

/** Why a member has left a room. */
export const leaveReasons = {
  /** It left the room, or `leave()` was called. */
  left: 'left',
  /** Its client has disconnected, or was disconnected. */
  disconnected: 'disconnected',
  /** Its node was closed. */
  nodeLeft: 'node left',
  /** Nothing was heard of its node for `heartbeatTimeout`. */
  nodeLost: 'node lost',
} as const;

/** Why a member has left a room. */
export type LeaveReason = (typeof leaveReasons)[keyof typeof leaveReasons];

/** What a `Presence` tells, on every node. */
export interface PresenceEvents<Metadata = unknown> {
  /** The first connection of a member is in the room. */
  join(room: string, member: PresenceMember<Metadata>, connection: PresenceConnection<Metadata>): unknown;
  /** A member that stays has one connection more or less, or other metadata. */
  update(room: string, member: PresenceMember<Metadata>, connection: PresenceConnection<Metadata>): unknown;
  /** The last connection of a member, which is in `member`, has left the room. */
  leave(room: string, member: PresenceMember<Metadata>, reason: LeaveReason): unknown;
}

/** The name of such an event. */
export type PresenceEventName = keyof PresenceEvents;
