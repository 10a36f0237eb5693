import {
  Decoder,
  defaultLimits,
  Encoder,
  isPacketValid,
  ParseError,
  type DecoderLimits,
  type Packet,
} from '../protocol/index.js';
import { positive } from '../shared/index.js';

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
  /** Whether attachments of a packet are still to come, as far as it tells. */
  readonly isAwaiting: boolean;
  destroy(): void;
}

/** The encoder of a server, and the decoders of its connections. */
export interface Codec {
  readonly encoder: PacketEncoder;
  /** @param onPacket takes packets that `push` does not return: those of a parser of the application. */
  createDecoder(onPacket: (packet: Packet) => void): PacketDecoder;
}

/**
 * Our own parser, or one of the application, whose limits are its own.
 *
 * @throws RookeryError `INVALID_OPTION` for a limit that is no number above 0.
 */
export function createCodec(parser: Parser | undefined, given: DecoderLimits): Codec {
  const limits = resolveLimits(given);
  if (parser === undefined) return { encoder: new Encoder(), createDecoder: () => new Decoder(limits) };
  return {
    encoder: new parser.Encoder(),
    createDecoder: (onPacket) => new ForeignDecoder(new parser.Decoder(), onPacket),
  };
}

function resolveLimits(given: DecoderLimits): DecoderLimits {
  const names = Object.keys(defaultLimits) as (keyof DecoderLimits)[];
  return Object.fromEntries(names.map((name) => [name, positive(name, given[name] ?? defaultLimits[name])]));
}

/** A decoder of the application: whatever it throws, and whatever it makes of its input, is the peer's fault. */
class ForeignDecoder implements PacketDecoder {
  readonly #decoder: PublishedDecoder;
  readonly isAwaiting = false;

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
