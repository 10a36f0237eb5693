import { RookeryError } from '../../shared/index.js';
import { hasBinary, isBinary, placeholderFor, takeOutAttachments, type Placeholder } from './binary.js';
import { PacketType, type Packet } from './packet.js';

/** A replacer as `JSON.stringify` takes it; attachments are taken out before it sees them. */
export type JsonReplacer = (this: unknown, key: string, value: unknown) => unknown;

// JSON.stringify writes it so wherever it stands; inside of a text its quotes are escaped.
const placeholderMark = '"_placeholder":true';

/**
 * Encodes Socket.IO packets.
 *
 * Beside attachments, an object of the application with `_placeholder: true` is written with `1` in the place of
 * `true`: every receiver would take it for an attachment, or refuse the packet.
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
    const json = this.#replacer === undefined ? writeLight(packet.data as object, attachments) : undefined;
    const text = json ?? this.#writeWithFunction(packet.data, attachments);
    // The count stands before namespace and id.
    return [`${type}${attachments.length}-${header(packet)}${text}`, ...attachments];
  }

  /** For values that are large or deep or like a placeholder, and for replacers, which see every value where it stands. */
  #writeWithFunction(data: unknown, attachments: Uint8Array[]): string {
    // What was taken out of a value before it proved to be one of these stands in there once more.
    attachments.length = 0;
    const replacer = this.#replacer;
    let ours: Placeholder | null = null;
    return JSON.stringify(data, function (this: unknown, key: string, value: unknown): unknown {
      // The fields of a placeholder are written right behind it.
      if (this === ours) return value;
      // `value` went through toJSON already, which a Buffer has; the holder still has the bytes.
      const original = (this as Record<string, unknown>)[key];
      if (isBinary(original)) return (ours = placeholderFor(attachments, original));
      if (isBinary(value)) return (ours = placeholderFor(attachments, value));
      const written = replacer === undefined ? value : replacer.call(this, key, value);
      return key === '_placeholder' && isTrue(written) ? 1 : written;
    });
  }
}

/** Returns `undefined` for a value that only the other way can write. */
function writeLight(data: object, attachments: Uint8Array[]): string | undefined {
  const light = takeOutAttachments(data, attachments);
  if (light === undefined) return undefined;
  const json = JSON.stringify(light);
  // One of the application's own is among them.
  return countOf(placeholderMark, json) > attachments.length ? undefined : json;
}

/** What JSON.stringify writes as `true`. */
function isTrue(value: unknown): boolean {
  return value === true || (value instanceof Boolean && value.valueOf());
}

function countOf(part: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count++;
  return count;
}

function header(packet: Packet): string {
  const { nsp, id } = packet;
  const namespace = nsp === '/' ? '' : `${nsp},`;
  return id === undefined ? namespace : namespace + id;
}
