import type { Room, Socket } from '../../server/index.js';

/** Joins and leaves for the methods that ask for it, within limits. */
export interface RoomMoves {
  /**
   * Counts a call of a method that joins or leaves.
   *
   * @param joined the rooms that it would join.
   * @throws WsException with status 429 for one too many, or where there would be too many rooms.
   */
  admit(socket: Socket, joined: readonly Room[]): void;
  /** @throws WsException with status 429 where calls that went on at the same time have taken the last room. */
  join(socket: Socket, room: Room): void | Promise<void>;
  leave(socket: Socket, room: Room): void | Promise<void>;
}
