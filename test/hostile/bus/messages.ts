import { encode } from 'notepack.io';
import { MessageType } from '../../../lib/adapter/index.js';

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const bytes = (...each: readonly (number | readonly number[])[]): Buffer => Buffer.from(each.flat());
const repeated = (count: number, part: Buffer): Buffer => Buffer.concat(Array<Buffer>(count).fill(part));
const hugeLength = [0xff, 0xff, 0xff, 0xff] as const;
/** 33,554,431: a list of this many places takes 256 MB. */
const largeLength = [0x01, 0xff, 0xff, 0xff] as const;

/** Bytes in which nobody can read a message. */
export const garbage: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['nothing', bytes()],
  ['a zero', bytes(0)],
  ['the byte that MessagePack never uses', bytes(0xc1)],
  ['64 kB of 255', Buffer.alloc(65_536, 0xff)],
  ['64 kB of everything', Buffer.from(Array.from({ length: 65_536 }, (_each, index) => (index * 131) ^ (index >> 3)))],
  ['a bracket', Buffer.from('[')],
  ['a brace', Buffer.from('{')],
  ['null', Buffer.from('null')],
  ['a text', Buffer.from('"text"')],
  ['a number beyond numbers', Buffer.from('1e999')],
  ['JSON of 100,000 levels', Buffer.from(`{"uid":"x","nsp":"/","type":3,"data":${nested(100_000)}}`)],
  ['JSON of 1,500 levels', Buffer.from(`{"uid":"x","nsp":"/","type":3,"data":${nested(1_500)}}`)],
  ['JSON that is cut off', Buffer.from('{"uid":"x","nsp":"/","type":3,"data":{"packet":{"type":2,"data":["a"')],
  ['MessagePack of a million levels', Buffer.alloc(1_000_000, 0x91)],
  ['MessagePack of 1,500 levels', Buffer.concat([Buffer.alloc(1_500, 0x91), bytes(0xc0)])],
  ['a list of 2^32 - 1', bytes(0xdd, hugeLength)],
  ['a map of 2^32 - 1', bytes(0xdf, hugeLength)],
  ['a text of 2^32 - 1', bytes(0xdb, hugeLength, 0x41)],
  ['bytes of 2^32 - 1', bytes(0xc6, hugeLength, 0x41)],
  ['an extension of 256 MB', bytes(0xc9, 0x10, 0, 0, 0, 0)],
  ['3,000 lists in one another, of 33,554,431 each', repeated(3_000, bytes(0xdd, largeLength))],
  ['300 maps in one another, of 33,554,431 each', repeated(300, bytes(0xdf, largeLength, 0xa1, 0x61))],
  ['a sender, and lists in one another', Buffer.concat([encode(['x']), repeated(300, bytes(0xdd, largeLength))])],
];

/** What may stand where something else belongs. */
const others: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  '__proto__',
  [[]],
  {},
  JSON.parse('{"__proto__":{"rooms":["r"],"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
];
const fieldNames = ['packet', 'opts', 'rooms', 'except', 'flags', 'requestId', 'sockets', 'clientCount', 'close'];

/** Messages of each type in which one thing is not what it has to be, as every wire may have them. */
export function wrongMessages(uid: string, fields: readonly string[] = fieldNames): Buffer[] {
  const opts = { rooms: ['nobody'], except: [], flags: {} };
  const packet = { type: 2, nsp: '/', data: ['x'] };
  const whole = { packet, opts, rooms: ['r'], requestId: 'r', sockets: [], clientCount: 1, close: true };
  const types = [...Object.values(MessageType), 0, 14, 255, -1, '__proto__', 'rookery', null];
  const documents = types.flatMap((type) => [
    { uid, nsp: '/', type },
    ...others.map((data) => ({ uid, nsp: '/', type, data })),
    ...fields.flatMap((name) =>
      others.map((other) => ({ uid, nsp: '/', type, ...wrong(whole, name, other), data: wrong(whole, name, other) })),
    ),
  ]);
  return documents.flatMap((document) => {
    const { type, data } = document as { type: unknown; data?: Record<string, unknown> };
    return [
      Buffer.from(JSON.stringify(document)),
      encode(document),
      encode([uid, data?.['packet'] ?? null, data?.['opts'] ?? null]),
      encode([uid, 0, [type, data ?? null]]),
    ];
  });
}

function wrong(whole: object, name: string, other: unknown): Record<string, unknown> {
  const opts = { rooms: ['nobody'], except: [], flags: {} };
  if (name === 'except' || name === 'flags') return { ...whole, opts: { ...opts, [name]: other } };
  // Where no rooms are named, everybody is meant.
  if (name === 'opts' && isObject(other)) return { ...whole, opts: { rooms: ['nobody'], ...other } };
  return { ...whole, [name]: other };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
