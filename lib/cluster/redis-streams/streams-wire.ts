import { asClusterMessage, MessageType, type ClusterMessage } from '../../adapter/index.js';
import { hasBinary } from '../../protocol/index.js';
import type { MessagePack } from '../message-pack.js';

/** A message in a stream: its id, and its fields as they stand there. */
export interface Entry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

const entryId = /^(\d{1,15})-(\d{1,15})$/;

/** Stands in an empty stream, so that every position is that of an entry; published nodes pass over it. */
export const startFields = ['rookery', 'start'] as const;

/** The stream of a namespace: as published nodes choose it, below zero too. */
export function streamOf(namespace: string, streamName: string, streamCount: number): string {
  return streamCount === 1 ? streamName : `${streamName}-${hashOf(namespace) % streamCount}`;
}

/** What an entry holds, name and value in turn. */
export function fieldsFor(
  uid: string,
  nsp: string,
  message: ClusterMessage,
  msgpack: MessagePack,
  onlyPlaintext: boolean,
): string[] {
  const fields = ['uid', uid, 'nsp', nsp, 'type', String(message.type)];
  if (!('data' in message)) return fields;
  const isBinary = !onlyPlaintext && message.type === MessageType.BROADCAST && hasBinary(message.data);
  fields.push('data', isBinary ? toBase64(message.data, msgpack) : JSON.stringify(message.data));
  return fields;
}

/** The message of an entry; `undefined` when it is none. */
export function messageIn({ fields }: Entry, msgpack: MessagePack): ClusterMessage | undefined {
  const { type, data } = fields;
  try {
    return asClusterMessage({ type: Number(type), data: data === undefined ? undefined : fromText(data, msgpack) });
  } catch {
    return undefined;
  }
}

export function toBase64(value: unknown, msgpack: MessagePack): string {
  return msgpack.encode(value).toString('base64');
}

/** What a key holds; `undefined` when it cannot be read. */
export function fromBase64(text: unknown, msgpack: MessagePack): unknown {
  try {
    return typeof text === 'string' ? msgpack.decode(Buffer.from(text, 'base64')) : undefined;
  } catch {
    return undefined;
  }
}

/** The entries in an answer to XREAD of one stream: a list, a map or an object by name, as library and protocol go. */
export function entriesRead(reply: unknown): Entry[] {
  if (reply === null || typeof reply !== 'object') return [];
  if (reply instanceof Map) return entriesIn([...(reply as Map<unknown, unknown>).values()][0]);
  if (!Array.isArray(reply)) return entriesIn(Object.values(reply)[0]);
  const [first, second] = reply as unknown[];
  return entriesIn(Array.isArray(first) ? first[1] : second);
}

/** The entries in an answer to XRANGE. */
export function entriesIn(reply: unknown): Entry[] {
  if (!Array.isArray(reply)) return [];
  return (reply as [id: unknown, values: unknown[]][]).map(([id, values]) => {
    const fields: Record<string, string> = {};
    // Redis drops entries that are still being listed.
    for (let at = 0; at + 1 < (values?.length ?? 0); at += 2) fields[String(values[at])] = String(values[at + 1]);
    return { id: String(id), fields };
  });
}

/** Below zero when `a` stands before `b`; `undefined` when one of them is no id of an entry. */
export function compareIds(a: string, b: string): number | undefined {
  const [one, other] = [entryId.exec(a), entryId.exec(b)];
  if (one === null || other === null) return undefined;
  return Number(one[1]) - Number(other[1]) || Number(one[2]) - Number(other[2]);
}

/** The first id behind one: ranges that leave out their beginning came with Redis 6.2. */
export function nextId(id: string): string {
  const [time, sequence] = id.split('-');
  return `${time}-${Number(sequence) + 1}`;
}

function fromText(text: string, msgpack: MessagePack): unknown {
  return text.startsWith('{') ? JSON.parse(text) : msgpack.decode(Buffer.from(text, 'base64'));
}

function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) | 0;
  return hash;
}
