import { binaryOffset } from './binary-offset.js';
import { isReservedEvent, PacketType, type Packet } from '../protocol/index.js';

const grammar = /^([0-6])(?:(\d+)-)?(?:(\/[^,]*),?)?(\d*)(.*)$/s;

/**
 * Decodes a packet from its Engine.IO messages; `undefined` while attachments are to come.
 *
 * A client takes what the server sends that it has chosen: the limits of the protocol room's decoder are left out,
 * which is six times this size.
 *
 * @throws Error for what does not follow the protocol.
 * @see Socket.IO v5 §Packet encoding
 */
export function decodeMessages([text, ...attachments]: readonly (string | Uint8Array)[]): Packet | undefined {
  const match = typeof text === 'string' ? grammar.exec(text) : null;
  if (match === null || attachments.some((each) => typeof each === 'string')) return refuse();
  const [, digit, count, nsp = '/', digits, json] = match;
  const wireType = Number(digit);
  const isBinary = wireType >= PacketType.BINARY_EVENT;
  if (isBinary !== Number(count) > 0) return refuse();
  if (attachments.length < Number(count ?? 0)) return undefined;
  const type = (isBinary ? wireType - binaryOffset : wireType) as PacketType;
  const data: unknown = json === '' ? undefined : JSON.parse(json!, isBinary ? restorer(attachments) : undefined);
  const id = digits === '' ? undefined : Number(digits);
  return isValid(type, data, id) ? { type, nsp, data, id } : refuse();
}

function restorer(attachments: readonly (string | Uint8Array)[]): (key: string, value: unknown) => unknown {
  return (_key, value) => {
    const { _placeholder: isPlaceholder, num } = (value ?? {}) as { _placeholder?: unknown; num?: number };
    return isPlaceholder === true ? (attachments[num!] ?? refuse()) : value;
  };
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
