import { binaryOffset } from './binary-offset.js';
import { isReservedEvent, PacketType, type Packet } from '../protocol/index.js';

// Three digits are the most attachments a packet can announce.
const grammar = /^([0-6])(?:(\d{1,3})-)?(?:(\/[^,]*),?)?(\d*)(.*)$/s;

/** The most lists and objects within each other: far below what a stack can hold. */
const maxDepth = 1_000;

/**
 * Decodes a packet from its Engine.IO messages; `undefined` while attachments are to come.
 *
 * A client takes what the server sends that it has chosen: the limits are those that keep it alive, 999 attachments and a
 * depth of 1,000. The protocol room's decoder, which has more of them, is six times this size.
 *
 * @throws Error for what does not follow the protocol.
 * @see Socket.IO v5 §Packet encoding
 */
export function decodeMessages([text, ...attachments]: readonly (string | Uint8Array)[]): Packet | undefined {
  const [, digit, count, nsp = '/', digits, json] = (typeof text === 'string' && grammar.exec(text)) || refuse();
  const wireType = Number(digit);
  const isBinary = wireType >= PacketType.BINARY_EVENT;
  if (isBinary !== Number(count) > 0 || attachments.some((each) => typeof each === 'string')) return refuse();
  if (attachments.length < Number(count ?? 0)) return undefined;
  const type = (isBinary ? wireType - binaryOffset : wireType) as PacketType;
  const data = json === '' ? undefined : restored(JSON.parse(json!) as Json, attachments, 0);
  const id = digits === '' ? undefined : Number(digits);
  return isValid(type, data, id) ? { type, nsp, data, id } : refuse();
}

type Json = string | number | boolean | null | Record<string, unknown>;

/** Puts attachments in their places, where there are any. */
function restored(value: Json, attachments: readonly unknown[], depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) refuse();
  // By a number alone: a list has more by the names of its properties.
  if (attachments.length > 0 && value['_placeholder'] === true) return attachments[Number(value['num'])] ?? refuse();
  for (const key of Object.keys(value)) value[key] = restored(value[key] as Json, attachments, depth + 1);
  return value;
}

function isValid(type: PacketType, data: unknown, id: number | undefined): boolean {
  if (type === PacketType.EVENT) {
    const name: unknown = Array.isArray(data) ? data[0] : undefined;
    return typeof name === 'number' || (typeof name === 'string' && !isReservedEvent(name));
  }
  if (type === PacketType.ACK) return Array.isArray(data) && id !== undefined;
  if (type === PacketType.DISCONNECT) return data === undefined;
  return typeof data === 'object'
    ? data !== null && !Array.isArray(data)
    : type === PacketType.CONNECT
      ? data === undefined
      : typeof data === 'string';
}

function refuse(): never {
  throw new Error('invalid packet');
}
