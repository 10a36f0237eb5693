import { RookeryError } from '../../shared/index.js';
import { hasBinary, isBinary, placeholderFor, takeOutAttachments } from './binary.js';
import { PacketType, type Packet } from './packet.js';

/** A replacer as `JSON.stringify` takes it; attachments are taken out before it sees them. */
export type JsonReplacer = (this: unknown, key: string, value: unknown) => unknown;

/**
 * Encodes Socket.IO packets.
 *
 * One encoder serves a whole server: it keeps nothing between packets and changes nothing it is given.
 *
 * @see Socket.IO v5 §Packet encoding
 */
export class Encoder {
  readonly #replacer: JsonReplacer | undefined;

  /** @param replacer called for every value, as by `JSON.stringify`. */
  constructor(replacer?: JsonReplacer) {
    this.#replacer = replacer;
  }

  /**
   * Encodes a packet as its Engine.IO messages: one text, then its attachments.
   *
   * @throws RookeryError `NOT_SERIALIZABLE` when JSON cannot hold the data.
   */
  encode(packet: Packet): (string | Uint8Array)[] {
    const { type, data } = packet;
    try {
      if ((type === PacketType.EVENT || type === PacketType.ACK) && hasBinary(data)) return this.#encodeBinary(packet);
      const json = data === undefined ? '' : JSON.stringify(data, this.#replacer as never);
      return [type + header(packet) + json];
    } catch (error) {
      throw new RookeryError(
        'NOT_SERIALIZABLE',
        `The data cannot be written as JSON: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }

  #encodeBinary(packet: Packet): (string | Uint8Array)[] {
    const type = packet.type === PacketType.EVENT ? PacketType.BINARY_EVENT : PacketType.BINARY_ACK;
    const attachments: Uint8Array[] = [];
    const light = this.#replacer === undefined ? takeOutAttachments(packet.data as object, attachments) : undefined;
    const json = light === undefined ? this.#writeWithFunction(packet.data, attachments) : JSON.stringify(light);
    // The count stands before namespace and id.
    return [`${type}${attachments.length}-${header(packet)}${json}`, ...attachments];
  }

  /** For values that are large or deep, and for replacers, which see every value where it stands. */
  #writeWithFunction(data: unknown, attachments: Uint8Array[]): string {
    // What was taken out of a value before it proved too large stands in there once more.
    attachments.length = 0;
    const replacer = this.#replacer;
    return JSON.stringify(data, function (this: unknown, key: string, value: unknown): unknown {
      // `value` went through toJSON already, which a Buffer has; the holder still has the bytes.
      const original = (this as Record<string, unknown>)[key];
      if (isBinary(original)) return placeholderFor(attachments, original);
      if (isBinary(value)) return placeholderFor(attachments, value);
      return replacer === undefined ? value : replacer.call(this, key, value);
    });
  }
}

function header(packet: Packet): string {
  const { nsp, id } = packet;
  const namespace = nsp === '/' ? '' : `${nsp},`;
  return id === undefined ? namespace : namespace + id;
}
