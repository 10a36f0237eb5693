import type { ClusterMessage, NodeId } from '../../adapter/index.js';
import type { MessagePack } from '../message-pack.js';

/**
 * The wire: one payload is `[node, number, …messages]` as MessagePack, and a message `[type, data]`.
 *
 * The number counts the payloads that a node has had JetStream keep; it is 0 for the others.
 */
export interface Envelope {
  readonly from: NodeId;
  readonly number: number;
  readonly messages: readonly unknown[];
}

/** Stands in the place of a message's type before a part of one: `[0, number of the part, how many, bytes]`. */
const partType = 0;

/** How many messages a payload may hold. */
export const maxMessages = 1_000;

/** What surrounds the bytes of a part, at most, in bytes. */
const partSize = 32;

/** Of how many nodes parts are kept, at most. */
const maxSenders = 100;

/** What surrounds the messages of a payload, at most, in bytes. */
export const envelopeSize = 128;

/** Any name as a token of a subject, and as a part of the name of a stream. */
export function token(name: string): string {
  let text = '';
  for (const byte of Buffer.from(name)) {
    const character = String.fromCharCode(byte);
    text += /[A-Za-z0-9_-]/.test(character) ? character : `=${byte.toString(16).padStart(2, '0')}`;
  }
  return text === '' ? '=' : text;
}

// hot: one array and the bytes of a message.
export function encodeMessage(message: ClusterMessage, msgpack: MessagePack): Buffer {
  return msgpack.encode('data' in message ? [message.type, message.data] : [message.type]);
}

/** Puts messages that are encoded already into one payload. */
export function encodeEnvelope(
  from: NodeId,
  number: number,
  messages: readonly Uint8Array[],
  msgpack: MessagePack,
): Buffer {
  const header = Buffer.alloc(3);
  header[0] = 0xdc; // MessagePack: array 16.
  header.writeUInt16BE(messages.length + 2, 1);
  return Buffer.concat([header, msgpack.encode(from), msgpack.encode(number), ...messages]);
}

/** What bytes stand for; `undefined` when they cannot be read. */
export function decodeValue(bytes: Uint8Array, msgpack: MessagePack): unknown {
  try {
    return msgpack.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch {
    return undefined;
  }
}

/** @returns `undefined` for what is none: whatever stands there, nothing is thrown. */
export function decodeEnvelope(payload: Uint8Array, msgpack: MessagePack): Envelope | undefined {
  const value = decodeValue(payload, msgpack);
  if (!Array.isArray(value)) return undefined;
  const [from, number, ...messages] = value as unknown[];
  if (typeof from !== 'string' || !Number.isSafeInteger(number)) return undefined;
  return { from, number: number as number, messages: messages.map(fromPair) };
}

/** Whose payload it is, without reading the rest: for what comes back to its own node. */
export function isFrom(payload: Uint8Array, encodedNode: Uint8Array): boolean {
  const node = payload.subarray(3, 3 + encodedNode.length);
  return payload[0] === 0xdc && Buffer.compare(node, encodedNode) === 0;
}

/** Cuts a message that is too long for one payload. */
export function split(message: Uint8Array, size: number, msgpack: MessagePack): Buffer[] {
  const length = size - partSize;
  const count = Math.ceil(message.length / length);
  return Array.from({ length: count }, (_, index) =>
    msgpack.encode([partType, index, count, message.subarray(index * length, (index + 1) * length)]),
  );
}

/** What parts of messages have come, of each node: a node sends them one behind the other. */
export class Parts {
  readonly #open = new Map<NodeId, Uint8Array[]>();

  /**
   * Takes a part.
   *
   * @returns the message with its last part; `undefined` before, `null` for what fits to nothing.
   */
  add(from: NodeId, value: unknown, msgpack: MessagePack): unknown {
    const [, index, count, bytes] = value as unknown[];
    const parts = index === 0 ? [] : this.#open.get(from);
    if (parts === undefined || parts.length !== index || !(bytes instanceof Uint8Array)) {
      this.#open.delete(from);
      return null;
    }
    parts.push(bytes);
    this.#open.set(from, parts);
    // Nodes that are gone have left some.
    if (this.#open.size > maxSenders) this.#open.delete(this.#open.keys().next().value!);
    if (parts.length < Number(count)) return undefined;
    this.#open.delete(from);
    try {
      return fromPair(msgpack.decode(Buffer.concat(parts)));
    } catch {
      return null;
    }
  }
}

export function isPart(message: unknown): boolean {
  return Array.isArray(message) && message[0] === partType;
}

function fromPair(value: unknown): unknown {
  if (!Array.isArray(value) || value[0] === partType) return value;
  const [type, data] = value as unknown[];
  return { type, data };
}
