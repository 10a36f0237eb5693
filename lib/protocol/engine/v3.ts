import { ParseError } from '../parse-error.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { engineDigit, engineTypeAt } from './codec.js';
import { concatenate } from './concatenate.js';
import { enginePacketTypes, type EnginePacket } from './packet.js';

const textKind = 0;
const binaryKind = 1;
const lengthEnd = 0xff;
// More digits than any length that fits a payload; a longer run is garbage, not a number.
const maxLengthDigits = 10;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

/**
 * Encodes one Engine.IO 3 packet: bytes get their type in front, as a byte or as a digit behind `b`.
 *
 * @see Engine.IO v3 §Packet
 */
export function encodePacket(packet: EnginePacket, supportsBinary: boolean): string | Uint8Array {
  const { type, data } = packet;
  if (typeof data === 'string') return engineDigit(type) + data;
  if (!supportsBinary) return `b${engineDigit(type)}${encodeBase64(data)}`;
  const bytes = new Uint8Array(data.byteLength + 1);
  bytes[0] = enginePacketTypes.indexOf(type);
  bytes.set(data, 1);
  return bytes;
}

/**
 * Decodes one Engine.IO 3 packet.
 *
 * @throws ParseError for an empty packet, an unknown type or invalid base64.
 * @see Engine.IO v3 §Packet
 */
export function decodePacket(data: string | Uint8Array): EnginePacket {
  if (data.length === 0) throw new ParseError('emptyPacket');
  if (typeof data !== 'string') {
    const type = enginePacketTypes[data[0]!];
    if (type === undefined) throw new ParseError('unknownEngineType');
    return { type, data: data.subarray(1) };
  }
  const isBase64 = data.charCodeAt(0) === 98; /* b */
  const type = engineTypeAt(data, isBase64 ? 1 : 0);
  if (type === undefined) throw new ParseError('unknownEngineType');
  return { type, data: isBase64 ? decodeBase64(data.slice(2)) : data.slice(1) };
}

/**
 * Encodes packets as one polling body: text with lengths in UTF-16 units, or bytes as soon as a packet holds bytes
 * and the client can read them.
 *
 * @see Engine.IO v3 §Payload
 */
export function encodePayload(packets: readonly EnginePacket[], supportsBinary: boolean): string | Uint8Array {
  if (supportsBinary && packets.some((packet) => typeof packet.data !== 'string')) return encodeBinaryPayload(packets);
  if (packets.length === 0) return '0:';
  let payload = '';
  for (const packet of packets) {
    const text = encodePacket(packet, false) as string;
    payload += `${text.length}:${text}`;
  }
  return payload;
}

/**
 * Decodes a polling body, packet by packet as they are asked for.
 *
 * @throws ParseError from `next()`, at the first packet that is invalid.
 * @see Engine.IO v3 §Payload
 */
export function* decodePayload(payload: string | Uint8Array): Generator<EnginePacket, void, void> {
  if (payload.length === 0) throw new ParseError('emptyPacket');
  yield* typeof payload === 'string' ? decodeTextPayload(payload) : decodeBinaryPayload(payload);
}

function encodeBinaryPayload(packets: readonly EnginePacket[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (const packet of packets) {
    const encoded = encodePacket(packet, true);
    const isText = typeof encoded === 'string';
    const body = isText ? textEncoder.encode(encoded) : encoded;
    const length = [...String(body.byteLength)].map(Number);
    const header = Uint8Array.from([isText ? textKind : binaryKind, ...length, lengthEnd]);
    pieces.push(header, body);
    size += header.byteLength + body.byteLength;
  }
  return concatenate(pieces, size);
}

function* decodeTextPayload(payload: string): Generator<EnginePacket, void, void> {
  if (payload === '0:') return;
  let index = 0;
  while (index < payload.length) {
    let length = 0;
    const digitsEnd = index + maxLengthDigits;
    for (; payload.charCodeAt(index) !== 58 /* : */; index++) {
      const digit = payload.charCodeAt(index) - 48;
      if (!(digit >= 0 && digit <= 9) || index >= digitsEnd) throw new ParseError('invalidLength');
      length = length * 10 + digit;
    }
    const start = index + 1;
    index = start + length;
    if (length === 0 || index > payload.length) throw new ParseError('invalidLength');
    yield decodePacket(payload.slice(start, index));
  }
}

function* decodeBinaryPayload(payload: Uint8Array): Generator<EnginePacket, void, void> {
  let index = 0;
  while (index < payload.length) {
    const kind = payload[index++]!;
    if (kind !== textKind && kind !== binaryKind) throw new ParseError('invalidLength');
    let length = 0;
    const digitsEnd = index + maxLengthDigits;
    for (; payload[index] !== lengthEnd; index++) {
      const digit = payload[index];
      if (digit === undefined || digit > 9 || index >= digitsEnd) throw new ParseError('invalidLength');
      length = length * 10 + digit;
    }
    const start = index + 1;
    index = start + length;
    if (length === 0 || index > payload.length) throw new ParseError('invalidLength');
    const body = payload.subarray(start, index);
    yield decodePacket(kind === textKind ? textDecoder.decode(body) : body);
  }
}
