import { endOf } from './message-pack-bounds.js';

/** Writes and reads MessagePack as a library does. */
export interface MessagePackCodec {
  encode(value: unknown): Buffer;
  /** @throws Error when the bytes are none. */
  decode(bytes: Buffer): unknown;
}

/** Writes and reads MessagePack as published adapters do. */
export interface MessagePack extends MessagePackCodec {
  /** Reads one value that `endOf()` has found the end of. @throws Error when the bytes are none. */
  decodeBounded(bytes: Buffer): unknown;
}

/** Reads what anybody may have written: a length that lies takes no memory, as it is looked at before. */
export function withBounds(codec: MessagePackCodec): MessagePack {
  const decodeBounded = (bytes: Buffer): unknown => codec.decode(bytes);
  return {
    encode: (value) => codec.encode(value),
    decode(bytes) {
      if (endOf(bytes, 0) !== bytes.length) throw new RangeError('MessagePack ends where it says that more follows');
      return decodeBounded(bytes);
    },
    decodeBounded,
  };
}
