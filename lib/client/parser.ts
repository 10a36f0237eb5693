import { Decoder, Encoder, type Packet } from '../protocol/index.js';
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

/** The protocol's own decoder in the shape that parser packages have. */
class ProtocolDecoder extends Emitter<{ decoded(packet: Packet): void }> implements PacketDecoder {
  // A client takes what the server sends that it has chosen.
  readonly #decoder = new Decoder({
    maxDepth: Infinity,
    maxNamespaceLength: Infinity,
    maxAttachments: Infinity,
  });

  add(part: string | Uint8Array): void {
    const packet = this.#decoder.push(part);
    if (packet !== undefined) this.notify('decoded', packet);
  }

  destroy(): void {
    this.#decoder.destroy();
  }
}

/** Packets as the Socket.IO protocol says. */
export const protocolParser: Parser = { Encoder, Decoder: ProtocolDecoder };
