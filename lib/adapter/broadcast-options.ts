/** The id of a Socket.IO socket: 20 characters of `[A-Za-z0-9_-]`. */
export type SocketId = string;

/** The name of a room. Every socket is in the room named by its id. */
export type Room = string;

/** The modifiers of a broadcast. */
export interface BroadcastFlags {
  /** Drop the packet for a client whose connection cannot take it now. */
  volatile?: boolean;
  /** Whether transports that compress may compress it. Default `true`. */
  compress?: boolean;
  /** Do not publish to the other nodes. */
  local?: boolean;
  /** How long to wait for acks, in milliseconds. */
  timeout?: number;
  /** Part of the published shape; kept for adapters that set them. */
  broadcast?: boolean;
  binary?: boolean;
  expectSingleResponse?: boolean;
}

/** Who receives a broadcast: members of any of `rooms` (everyone when empty) but members of `except`. */
export interface BroadcastOptions {
  rooms: Set<Room>;
  except: Set<Room>;
  flags: BroadcastFlags;
}
