import type { Packet } from '../protocol/index.js';
import { decodeMessages } from './packet-decoder.js';
import { encodePacket } from './packet-encoder.js';

/** A packet with what its transport may do to it. */
export interface ClientPacket extends Packet {
  readonly options?: { readonly compress?: boolean };
}

/** Writes packets as messages of Engine.IO. */
export interface PacketEncoder {
  encode(packet: ClientPacket): (string | Uint8Array)[];
}

/** Reads packets: emits `decoded` with each that is complete. */
export interface PacketDecoder {
  add(part: string | Uint8Array): void;
  destroy?(): void;
  on(event: 'decoded', listener: (packet: Packet) => void): unknown;
}

/** What the `parser` option takes: the classes of a parser package, such as `socket.io-msgpack-parser`. */
export interface Parser {
  readonly Encoder: new () => PacketEncoder;
  readonly Decoder: new () => PacketDecoder;
}

/** How one manager writes and reads packets. */
export interface PacketCodec {
  encode(packet: ClientPacket): (string | Uint8Array)[];
  decode(part: string | Uint8Array): void;
  /** Forgets a packet that is not complete. */
  reset(): void;
}

/** Makes the codec of a manager. @param onPacket given each packet that is complete. */
export type CodecFactory = (
  options: { readonly parser?: Parser | undefined },
  onPacket: (packet: Packet) => void,
) => PacketCodec;

/** Packets as the Socket.IO protocol says. */
export const protocolCodec: CodecFactory = (_options, onPacket) => {
  let parts: (string | Uint8Array)[] = [];
  return {
    encode: encodePacket,
    decode: (part) => {
      const all = [...parts, part];
      parts = [];
      const packet = decodeMessages(all);
      if (packet === undefined) parts = all;
      else onPacket(packet);
    },
    reset: () => {
      parts = [];
    },
  };
};

/** Packets as the option `parser` says, where it is given. */
export const optionalCodec: CodecFactory = (options, onPacket) => {
  if (options.parser === undefined) return protocolCodec(options, onPacket);
  const encoder = new options.parser.Encoder();
  const decoder = new options.parser.Decoder();
  decoder.on('decoded', onPacket);
  return {
    encode: (packet) => encoder.encode(packet),
    decode: (part) => decoder.add(part),
    reset: () => decoder.destroy?.(),
  };
};
