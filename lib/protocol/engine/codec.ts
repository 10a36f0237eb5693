import { ParseError } from '../parse-error.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { enginePacketTypes, type EnginePacket, type EnginePacketType } from './packet.js';

const firstDigit = 48;

const digits = Object.fromEntries(enginePacketTypes.map((type, digit) => [type, String(digit)])) as Readonly<
  Record<EnginePacketType, string>
>;

/** Returns the digit that stands for a packet type on the wire. */
export function engineDigit(type: EnginePacketType): string {
  return digits[type];
}

/**
 * Encodes one Engine.IO 4 packet.
 *
 * Bytes stay bytes where the transport carries them, else they become `b` and base64.
 *
 * @see Engine.IO v4 §Packet encoding
 */
export function encodePacket(packet: EnginePacket, supportsBinary: boolean): string | Uint8Array {
  const { data } = packet;
  if (typeof data === 'string') return digits[packet.type] + data;
  return supportsBinary ? data : `b${encodeBase64(data)}`;
}

/**
 * Decodes one Engine.IO 4 packet; bytes are a message and are handed on as they are.
 *
 * @throws ParseError for an empty text, an unknown type or invalid base64.
 * @see Engine.IO v4 §Packet encoding
 */
export function decodePacket(data: string | Uint8Array): EnginePacket {
  if (typeof data !== 'string') return { type: 'message', data };
  if (data.length === 0) throw new ParseError('emptyPacket');
  const type = engineTypeAt(data, 0);
  if (type !== undefined) return { type, data: data.slice(1) };
  if (data.charCodeAt(0) === 98 /* b */) return { type: 'message', data: decodeBase64(data.slice(1)) };
  throw new ParseError('unknownEngineType');
}

/** Reads the packet type whose digit stands at `index`; `undefined` when there is none. */
export function engineTypeAt(text: string, index: number): EnginePacketType | undefined {
  return enginePacketTypes[text.charCodeAt(index) - firstDigit];
}
