import { Decoder, Encoder, isPacketValid, ParseError, type Packet } from '../protocol/index.js';

/** Writes packets as messages of Engine.IO. */
export interface PacketEncoder {
  encode(packet: Packet): (string | Uint8Array)[];
}

/** Reads packets: emits `decoded` with each that is complete. */
export interface PublishedDecoder {
  add(part: string | Uint8Array): void;
  destroy?(): void;
  on(event: 'decoded', listener: (packet: Packet) => void): unknown;
}

/** What the `parser` option takes: the classes of a parser package, such as `socket.io-msgpack-parser`. */
export interface Parser {
  readonly Encoder: new () => PacketEncoder;
  readonly Decoder: new () => PublishedDecoder;
}

/** Reads the packets of one connection. */
export interface PacketDecoder {
  /** Takes the next message; returns a packet where one is complete. @throws ParseError */
  push(part: string | Uint8Array): Packet | undefined;
  destroy(): void;
}

/** The encoder of a server, and the decoders of its connections. */
export interface Codec {
  readonly encoder: PacketEncoder;
  /** @param onPacket takes packets that `push` does not return: those of a parser of the application. */
  createDecoder(onPacket: (packet: Packet) => void): PacketDecoder;
}

/** Our own parser, or one of the application. */
export function createCodec(parser: Parser | undefined): Codec {
  if (parser === undefined) return { encoder: new Encoder(), createDecoder: () => new Decoder() };
  return {
    encoder: new parser.Encoder(),
    createDecoder: (onPacket) => new ForeignDecoder(new parser.Decoder(), onPacket),
  };
}

/** A decoder of the application: whatever it throws, and whatever it makes of its input, is the peer's fault. */
class ForeignDecoder implements PacketDecoder {
  readonly #decoder: PublishedDecoder;

  constructor(decoder: PublishedDecoder, onPacket: (packet: Packet) => void) {
    this.#decoder = decoder;
    decoder.on('decoded', (packet) => {
      if (!isPacketValid(packet)) throw new ParseError('invalidPayload');
      onPacket(packet);
    });
  }

  push(part: string | Uint8Array): undefined {
    try {
      this.#decoder.add(part);
    } catch (error) {
      throw error instanceof ParseError ? error : new ParseError('invalidPayload', { cause: error });
    }
  }

  destroy(): void {
    this.#decoder.destroy?.();
  }
}
