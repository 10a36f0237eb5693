import type { Room, SocketId } from './broadcast-options.js';

/** A session kept for connection state recovery. */
export interface SessionToPersist {
  sid: SocketId;
  pid: string;
  rooms: Room[];
  data: unknown;
  /** Whose it is, where the application says so. */
  owner?: string | undefined;
}

/** Why a kept session is kept no more, though nobody has come back for it: too old, or more came than are kept. */
export type SessionLoss = 'expired' | 'evicted';

/** A restored session, with the packets that the client missed. */
export type RestoredSession = SessionToPersist & {
  /** Each an event's name, its arguments and its offset. */
  missedPackets: unknown[][];
};
