import type { Frame, Packet } from '../protocol/index.js';
import type { Room, SocketId } from './broadcast-options.js';
import type { SessionLoss, SessionToPersist } from './session.js';

/** All an adapter may ask of its namespace. */
export interface AdapterHost {
  readonly name: string;
  /** Whether its clients may go on after an interruption; where they may not, no offsets are sent. They may by default. */
  readonly canRecover?: boolean;
  /** Whether clients of its server may come back as who they were, and for how long. */
  readonly server?: { readonly recovery?: { readonly maxDisconnectionDuration: number } | undefined };
  /** Encodes a packet once; the frame goes to every receiver on this node. */
  encode(packet: Packet, compress: boolean): Frame;
  /** Where there is one, it is the same until `delAll()` of its id: adapters may keep it so long. */
  socket(id: SocketId): AdapterSocket | undefined;
  /** The next ack id; broadcasts and single sockets draw from the same counter. */
  nextAckId(): number;
  onServerSideEvent(args: readonly unknown[]): void;
  /** Hands an error to the application, with the name of what it happened in. */
  reportError?(error: unknown, event: string): void;
  /** A session that was kept is kept no more, and nobody has come back for it. */
  onSessionLost?(session: SessionToPersist, why: SessionLoss): void;
  /** A packet that was kept for those who come back had to go before its time. */
  onPacketEvicted?(): void;
}

/** All an adapter may ask of a socket. */
export interface AdapterSocket {
  readonly id: SocketId;
  readonly handshake: unknown;
  readonly data: unknown;
  /** The rooms it is in, now. */
  readonly rooms: Set<Room>;
  /** Writes a frame; a volatile one is dropped when the connection cannot take it now. */
  deliver(frame: Frame, isVolatile: boolean): void;
  /** Tells the socket's outgoing catch-all listeners about a broadcast that it is about to receive. */
  notifyOutgoing(packet: Packet): void;
  /** Calls `onAck` with the arguments of the first ACK that carries `id`. */
  expectAck(id: number, onAck: (...args: unknown[]) => void): void;
  /** Drops what `expectAck` set up; a late ACK is then ignored. */
  forgetAck(id: number): void;
  join(rooms: Room | readonly Room[]): void | Promise<void>;
  leave(room: Room): void | Promise<void>;
  disconnect(close: boolean): void;
}
