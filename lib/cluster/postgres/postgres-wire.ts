import type { ClusterMessage, NodeId } from '../../adapter/index.js';
import type { MessagePack } from '../message-pack.js';

/** What stands in a notification, or in the table of attachments. */
export type Document = Readonly<Record<string, unknown>>;

/** How published emitters name themselves. */
const emitter = 'emitter';

export function toDocument(uid: NodeId, nsp: string, message: ClusterMessage): Document {
  return { uid, nsp, ...message };
}

/** @returns `undefined` for what is none. */
export function parse(payload: string): Document | undefined {
  try {
    const document: unknown = JSON.parse(payload);
    return isDocument(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

/** @returns `undefined` for what is none. */
export function decode(bytes: unknown, msgpack: MessagePack): Document | undefined {
  try {
    const document = msgpack.decode(bytes as Buffer);
    return isDocument(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

/** Published nodes read what stands for nothing in an array as an object of their own. */
export function encode(document: Document, msgpack: MessagePack): Buffer {
  return msgpack.encode(withoutUndefined(document));
}

/** The node that sent it; `undefined` for an emitter, which is none. */
export function senderOf({ uid }: Document): NodeId | undefined {
  return typeof uid === 'string' && uid !== emitter ? uid : undefined;
}

/** The message of a document. */
export function toMessage({ type, data }: Document): unknown {
  if (!isDocument(data) || !isDocument(data['opts'])) return { type, data };
  // Emitters leave out the flags of what is no broadcast.
  return { type, data: { ...data, opts: { flags: {}, ...data['opts'] } } };
}

export function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => (each === undefined ? null : withoutUndefined(each)));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutUndefined(each)]));
}

function isPlain(value: unknown): value is object {
  return (
    isDocument(value) && Object.getPrototypeOf(value) === Object.prototype && typeof value['toJSON'] !== 'function'
  );
}
