import type { Packet } from '../protocol/index.js';
import { decodeMessages } from './packet-decoder.js';
import { encodePacket } from './packet-encoder.js';
import { Emitter } from './emitter.js';

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

class ProtocolEncoder implements PacketEncoder {
  encode(packet: ClientPacket): (string | Uint8Array)[] {
    return encodePacket(packet);
  }
}

/** The protocol's own decoder in the shape that parser packages have. */
class ProtocolDecoder extends Emitter<{ decoded(packet: Packet): void }> implements PacketDecoder {
  #parts: (string | Uint8Array)[] = [];

  add(part: string | Uint8Array): void {
    const parts = [...this.#parts, part];
    this.#parts = [];
    const packet = decodeMessages(parts);
    if (packet === undefined) this.#parts = parts;
    else this.notify('decoded', packet);
  }

  destroy(): void {
    this.#parts = [];
  }
}

/** Packets as the Socket.IO protocol says. */
export const protocolParser: Parser = { Encoder: ProtocolEncoder, Decoder: ProtocolDecoder };
