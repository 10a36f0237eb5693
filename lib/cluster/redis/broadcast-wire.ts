import {
  asBroadcastOptions,
  type BroadcastOptions,
  type NodeId,
  type Room,
  type WireOptions,
} from '../../adapter/index.js';
import { PacketType, type Packet } from '../../protocol/index.js';
import type { MessagePack } from '../message-pack.js';
import { askerOf, nodeOf } from '../redis-common/node-names.js';
import { optionsIn } from './classic-wire.js';
import { endOf, isAt, textStart } from '../message-pack-bounds.js';

/*
 * A broadcast on the classic wire is MessagePack: `[uid, { type, nsp, data }, { rooms, except, flags }]`, the packet in any
 * order. Of those of one namespace little but the data changes: the rest is written once, and compared as bytes.
 */

/** How many rooms, or modifiers, are remembered. */
const maxRemembered = 256;
/** Longer modifiers are not remembered, in bytes. */
const maxLength = 256;
/** What a list of three and a map of three begin with. */
const [threeItems, threeFields] = [0x93, 0x83] as const;

/** What a packet has, in the order that `emit()` gives it. */
const fields = ['type', 'nsp', 'data'] as const;
const [typeKey, nspKey, dataKey] = fields.map((name) => Buffer.from([0xa0 | name.length, ...Buffer.from(name)])) as [
  Buffer,
  Buffer,
  Buffer,
];

/** Writes the broadcasts of one node and namespace: the same bytes as the codec writes for all of it. */
export class BroadcastWriter {
  readonly #namespace: string;
  readonly #uid: string;
  readonly #msgpack: MessagePack;
  /** Everything before the data. */
  readonly #head: Buffer;
  /** The modifiers of a broadcast to one room. */
  readonly #tails = new Map<Room, Buffer>();

  constructor(uid: string, namespace: string, msgpack: MessagePack) {
    this.#uid = uid;
    this.#namespace = namespace;
    this.#msgpack = msgpack;
    const packet = { type: PacketType.EVENT, nsp: namespace, data: null };
    this.#head = msgpack.encode([uid, packet, null]).subarray(0, -2);
  }

  // hot: the bytes of the data, and those of the message.
  write(packet: Packet, opts: WireOptions): Buffer {
    if (!this.#isPlain(packet)) return this.#msgpack.encode([this.#uid, packet, opts]);
    const head = this.#head;
    const data = this.#msgpack.encode(packet.data);
    const tail = this.#tailOf(opts);
    const bytes = Buffer.allocUnsafe(head.length + data.length + tail.length);
    bytes.set(head, 0);
    bytes.set(data, head.length);
    bytes.set(tail, head.length + data.length);
    return bytes;
  }

  /** Whether it is what `emit()` makes: those of somebody else may hold more. */
  #isPlain(packet: Packet): boolean {
    if (packet.type !== PacketType.EVENT || packet.nsp !== this.#namespace || packet.data === undefined) return false;
    let count = 0;
    for (const key in packet) if (key !== fields[count++]) return false;
    return count === fields.length;
  }

  #tailOf(opts: WireOptions): Buffer {
    const { rooms, except, flags } = opts;
    if (rooms.length !== 1 || except.length > 0) return this.#msgpack.encode(opts);
    for (const _flag in flags) return this.#msgpack.encode(opts);
    return remembered(this.#tails, rooms[0]!, () => this.#msgpack.encode(opts));
  }
}

/** Takes what a reader has read. */
export interface BroadcastTaker {
  /**
   * @param from who sent it, as the adapter knows it.
   * @param data the event, whatever it holds.
   * @param isMember whether the sender is of this package.
   */
  take(from: NodeId, data: unknown, options: BroadcastOptions, isMember: boolean): void;
}

interface Sender {
  readonly uid: Buffer;
  readonly from: NodeId;
  readonly isMember: boolean;
}

/** Reads the broadcasts of other nodes in one namespace. */
export class BroadcastReader {
  readonly #uid: Buffer;
  readonly #namespace: Buffer;
  readonly #msgpack: MessagePack;
  readonly #taker: BroadcastTaker;
  /** The last sender: most messages of a turn have the same. */
  #sender: Sender | null = null;
  readonly #options = new Map<string, BroadcastOptions | undefined>();

  constructor(uid: string, namespace: string, msgpack: MessagePack, taker: BroadcastTaker) {
    this.#uid = Buffer.from(uid);
    this.#namespace = Buffer.from(namespace);
    this.#msgpack = msgpack;
    this.#taker = taker;
  }

  /**
   * Hands over a broadcast; passes over those of this node, and of other namespaces, without reading them.
   *
   * @returns `false` when the bytes are anything else: then nothing was done.
   */
  // hot: the data, and nothing else.
  read(bytes: Buffer): boolean {
    const uid = bytes[0] === threeItems ? textStart(bytes, 1) : -1;
    if (uid === -1) return false;
    const uidEnd = endOf(bytes, 1);
    if (isText(bytes, uid, uidEnd, this.#uid)) return true;
    if (bytes[uidEnd] !== threeFields) return false;
    let at = uidEnd + 1;
    let [type, nsp, nspEnd, data, dataEnd] = [0, 0, 0, 0, 0];
    for (let n = 0; n < fields.length; n++) {
      if (isAt(bytes, at, dataKey)) {
        data = at + dataKey.length;
        at = dataEnd = endOf(bytes, data);
      } else if (isAt(bytes, at, nspKey)) {
        nsp = textStart(bytes, at + nspKey.length);
        at = nspEnd = endOf(bytes, at + nspKey.length);
      } else if (isAt(bytes, at, typeKey)) {
        type = bytes[at + typeKey.length]!;
        at += typeKey.length + 1;
      } else {
        return false;
      }
      if (at === -1) return false;
    }
    if (type !== PacketType.EVENT || data === 0 || nsp <= 0) return false;
    if (!isText(bytes, nsp, nspEnd, this.#namespace)) return true;
    const options = this.#optionsAt(bytes, at);
    if (options === undefined) return false;
    const decoded = this.#decode(bytes, data, dataEnd);
    if (decoded === undefined) return false;
    const { from, isMember } = this.#senderAt(bytes, uid, uidEnd);
    this.#taker.take(from, decoded, options, isMember);
    return true;
  }

  #senderAt(bytes: Buffer, start: number, end: number): Sender {
    if (this.#sender !== null && isText(bytes, start, end, this.#sender.uid)) return this.#sender;
    const uid = Buffer.from(bytes.subarray(start, end));
    const node = nodeOf(uid.toString());
    return (this.#sender = { uid, from: node ?? askerOf(uid.toString())!, isMember: node !== undefined });
  }

  #optionsAt(bytes: Buffer, start: number): BroadcastOptions | undefined {
    const decode = (): BroadcastOptions | undefined =>
      endOf(bytes, start) === bytes.length
        ? asBroadcastOptions(optionsIn(this.#decode(bytes, start, bytes.length)))
        : undefined;
    return bytes.length - start > maxLength
      ? decode()
      : remembered(this.#options, bytes.toString('latin1', start), decode);
  }

  /** A value whose end is known; what cannot be read is `undefined`. */
  #decode(bytes: Buffer, start: number, end: number): unknown {
    try {
      return this.#msgpack.decodeBounded(bytes.subarray(start, end));
    } catch {
      return undefined;
    }
  }
}

function isText(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
  return end - start === text.length && isAt(bytes, start, text);
}

function remembered<Key, Value>(values: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = values.get(key);
  if (value === undefined) {
    if (values.size >= maxRemembered) values.clear();
    value = make();
    values.set(key, value);
  }
  return value;
}
