/** The packet types of Socket.IO 5, with the digit each has on the wire. */
export const PacketType = {
  CONNECT: 0,
  DISCONNECT: 1,
  EVENT: 2,
  ACK: 3,
  CONNECT_ERROR: 4,
  BINARY_EVENT: 5,
  BINARY_ACK: 6,
} as const;

/** One of the packet types of Socket.IO 5. */
export type PacketType = (typeof PacketType)[keyof typeof PacketType];

/**
 * A Socket.IO packet.
 *
 * A decoded packet is never of a `BINARY_` type: its attachments stand in `data` where their placeholders were.
 */
export interface Packet {
  readonly type: PacketType;
  /** The namespace, with its leading slash. */
  readonly nsp: string;
  /** The payload: an array for EVENT and ACK, an object for CONNECT and CONNECT_ERROR (EIO 3: any), else `undefined`. */
  readonly data?: unknown;
  /** The ack id, a safe integer ≥ 0. */
  readonly id?: number | undefined;
}
