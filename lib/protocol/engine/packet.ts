/** The seven packet types of Engine.IO, in the order of their digits. */
export const enginePacketTypes = ['open', 'close', 'ping', 'pong', 'message', 'upgrade', 'noop'] as const;

/** One of the seven packet types of Engine.IO. */
export type EnginePacketType = (typeof enginePacketTypes)[number];

/** An Engine.IO packet; only a `message` may carry bytes. */
export interface EnginePacket {
  readonly type: EnginePacketType;
  readonly data: string | Uint8Array;
}

/** The revision of the Engine.IO protocol spoken by a session. */
export type EngineRevision = 3 | 4;
