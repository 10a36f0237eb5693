import { ParseError } from '../parse-error.js';
import { restoreAttachments } from './binary.js';
import { parseJson, type JsonReviver } from './json.js';
import { PacketType, type Packet } from './packet.js';
import { isReservedEvent } from './reserved.js';

/** How much a packet may hold; what holds more is refused. `Infinity` takes a limit away. */
export interface DecoderLimits {
  /** The most lists and objects within each other, the list of an event included. @default 64 */
  readonly maxDepth?: number | undefined;
  /** The longest name of a namespace, a query included, in characters. @default 4_096 */
  readonly maxNamespaceLength?: number | undefined;
  /** The most attachments one packet may announce. @default 10 */
  readonly maxAttachments?: number | undefined;
  /** The most bytes that the attachments of one packet may have altogether. @default Infinity */
  readonly maxAttachmentBytes?: number | undefined;
}

/** How a decoder reads. */
export interface DecoderOptions extends DecoderLimits {
  /** Called for every value, as by `JSON.parse`. Default: none. */
  readonly reviver?: JsonReviver | undefined;
}

/** The limits of a decoder that is not told others. */
export const defaultLimits = {
  maxDepth: 64,
  maxNamespaceLength: 4_096,
  maxAttachments: 10,
  maxAttachmentBytes: Infinity,
} as const satisfies Required<DecoderLimits>;

// The digits of Number.MAX_SAFE_INTEGER; a longer run is refused before it becomes a number.
const maxIdDigits = 16;

/**
 * Decodes Socket.IO packets of one connection.
 *
 * Reads every input once, from left to right. Throws `ParseError` and nothing else; after an error it is empty again.
 *
 * @see Socket.IO v5 §Packet encoding
 */
export class Decoder {
  readonly #reviver: JsonReviver | undefined;
  readonly #maxDepth: number;
  readonly #maxNamespaceLength: number;
  readonly #maxAttachments: number;
  readonly #maxAttachmentBytes: number;
  /** The packet whose attachments are awaited. */
  #pending: Packet | null = null;
  #awaited = 0;
  #attachments: Uint8Array[] = [];
  #attachmentBytes = 0;

  constructor(options: DecoderOptions = {}) {
    this.#reviver = options.reviver;
    this.#maxDepth = options.maxDepth ?? defaultLimits.maxDepth;
    this.#maxNamespaceLength = options.maxNamespaceLength ?? defaultLimits.maxNamespaceLength;
    this.#maxAttachments = options.maxAttachments ?? defaultLimits.maxAttachments;
    this.#maxAttachmentBytes = options.maxAttachmentBytes ?? defaultLimits.maxAttachmentBytes;
  }

  /** Whether attachments of a packet are still to come. */
  get isAwaiting(): boolean {
    return this.#pending !== null;
  }

  /** Takes the next Engine.IO message; returns a packet when it is complete. */
  // hot: one packet object per event, nothing else is allocated for a text packet.
  push(part: string | Uint8Array): Packet | undefined {
    return typeof part === 'string' ? this.#pushText(part) : this.#pushBytes(part);
  }

  /** Drops a packet whose attachments have not all come. */
  destroy(): void {
    this.#pending = null;
    this.#attachments = [];
    this.#attachmentBytes = 0;
  }

  #pushText(text: string): Packet | undefined {
    if (this.#pending !== null) {
      this.destroy();
      throw new ParseError('textWhileReconstructing');
    }
    const wireType = text.charCodeAt(0) - 48;
    if (!(wireType >= PacketType.CONNECT && wireType <= PacketType.BINARY_ACK)) throw new ParseError('unknownType');

    let index = 1;
    let attachments = 0;
    if (wireType >= PacketType.BINARY_EVENT) {
      const end = digitsEnd(text, index);
      attachments = this.#attachmentCount(text, index, end);
      index = end + 1;
    }

    let nsp = '/';
    if (text.charCodeAt(index) === 47 /* slash */) {
      const comma = text.indexOf(',', index);
      nsp = comma === -1 ? text.slice(index) : text.slice(index, comma);
      if (nsp.length > this.#maxNamespaceLength) throw new ParseError('namespaceTooLong');
      index = comma === -1 ? text.length : comma + 1;
    }

    const idEnd = digitsEnd(text, index);
    const id = idEnd === index ? undefined : ackId(text, index, idEnd);

    const type = withoutBinary(wireType as PacketType);
    const data = idEnd === text.length ? undefined : parseJson(text.slice(idEnd), this.#maxDepth, this.#reviver);
    check(type, data, id);
    const packet: Packet = { type, nsp, data, id };
    if (attachments === 0) return packet;
    this.#pending = packet;
    this.#awaited = attachments;
    return undefined;
  }

  #pushBytes(bytes: Uint8Array): Packet | undefined {
    const pending = this.#pending;
    if (pending === null) throw new ParseError('binaryWithoutHeader');
    this.#attachmentBytes += bytes.byteLength;
    if (this.#attachmentBytes > this.#maxAttachmentBytes) {
      this.destroy();
      throw new ParseError('attachmentsTooLarge');
    }
    this.#attachments.push(bytes);
    if (this.#attachments.length < this.#awaited) return undefined;
    const attachments = this.#attachments;
    this.destroy();
    restoreAttachments(pending.data as unknown[], attachments);
    return pending;
  }

  #attachmentCount(text: string, start: number, end: number): number {
    if (end === start || text.charCodeAt(end) !== 45 /* - */) throw new ParseError('illegalAttachments');
    // A binary packet without attachments would never be complete, and no count begins with a zero.
    if (text.charCodeAt(start) === 48) throw new ParseError('illegalAttachments');
    const count = end - start > maxIdDigits ? Infinity : Number(text.slice(start, end));
    if (count > this.#maxAttachments) throw new ParseError('tooManyAttachments');
    return count;
  }
}

/** Returns the index behind the run of digits that starts at `start`. */
function digitsEnd(text: string, start: number): number {
  let index = start;
  for (let code = text.charCodeAt(index); code >= 48 && code <= 57; code = text.charCodeAt(index)) index++;
  return index;
}

function ackId(text: string, start: number, end: number): number {
  // One id, one way to write it.
  if (text.charCodeAt(start) === 48 && end - start > 1) throw new ParseError('invalidAckId');
  const id = end - start > maxIdDigits ? Infinity : Number(text.slice(start, end));
  if (!Number.isSafeInteger(id)) throw new ParseError('invalidAckId');
  return id;
}

function withoutBinary(type: PacketType): PacketType {
  if (type === PacketType.BINARY_EVENT) return PacketType.EVENT;
  return type === PacketType.BINARY_ACK ? PacketType.ACK : type;
}

function check(type: PacketType, data: unknown, id: number | undefined): void {
  if (type === PacketType.ACK && id === undefined) throw new ParseError('missingAckId');
  if (!isPayloadValid(type, data)) throw new ParseError('invalidPayload');
}

/** Whether a packet that another parser has read follows the protocol. */
export function isPacketValid(packet: unknown): packet is Packet {
  if (typeof packet !== 'object' || packet === null) return false;
  const { type, nsp, data, id } = packet as Partial<Record<keyof Packet, unknown>>;
  const isNumbered = id === undefined || (Number.isSafeInteger(id) && (id as number) >= 0);
  return typeof nsp === 'string' && isNumbered && isPayloadValid(type as PacketType, data);
}

function isPayloadValid(type: PacketType, data: unknown): boolean {
  switch (type) {
    case PacketType.CONNECT:
      return data === undefined || isPlainObject(data);
    case PacketType.DISCONNECT:
      return data === undefined;
    case PacketType.CONNECT_ERROR:
      return typeof data === 'string' || isPlainObject(data);
    case PacketType.ACK:
    case PacketType.BINARY_ACK:
      return Array.isArray(data);
    case PacketType.EVENT:
    case PacketType.BINARY_EVENT:
      return Array.isArray(data) && isEventName(data[0]);
    default:
      return false;
  }
}

function isEventName(name: unknown): boolean {
  return Number.isFinite(name) || (typeof name === 'string' && !isReservedEvent(name));
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
