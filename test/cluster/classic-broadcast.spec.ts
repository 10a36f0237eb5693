import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BroadcastOptions, WireOptions } from '../../lib/adapter/index.js';
import { BroadcastReader, BroadcastWriter } from '../../lib/cluster/redis/broadcast-wire.js';
import { load } from '../../lib/cluster/peers.js';
import { endOf } from '../../lib/cluster/message-pack-bounds.js';
import { PacketType, type Packet } from '../../lib/protocol/index.js';

const msgpack = await load('notepack.io', 'the spec');

const text = fc.string({ unit: 'grapheme', maxLength: 300 });
/** Whatever the codec writes as it reads it. */
const anyValue = fc.oneof(
  fc.anything({ values: [text, fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true }), fc.constant(null)] }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.date({ noInvalidDate: true }),
  fc.array(fc.integer(), { maxLength: 40 }),
  fc.dictionary(text, text, { minKeys: 16 }),
);
const anyOptions: fc.Arbitrary<WireOptions> = fc.record({
  rooms: fc.array(text, { maxLength: 3 }),
  except: fc.array(text, { maxLength: 2 }),
  flags: fc.constantFrom({}, { compress: false }, { volatile: true }),
});
const anyData = fc.tuple(text, anyValue);

const eventOf = (nsp: string, data: unknown): Packet => ({ type: PacketType.EVENT, nsp, data });
const asRead = ({ rooms, except, flags }: BroadcastOptions): WireOptions => ({
  rooms: [...rooms],
  except: [...except],
  flags,
});
const asSets = ({ rooms, except, flags }: WireOptions): WireOptions => ({
  rooms: [...new Set(rooms)],
  except: [...new Set(except)],
  flags,
});

function reading(uid = '~own', namespace = '/') {
  const taken: { from: string; data: unknown; options: WireOptions; isMember: boolean }[] = [];
  const reader = new BroadcastReader(uid, namespace, msgpack, {
    take: (from, data, options, isMember) => taken.push({ from, data, options: asRead(options), isMember }),
  });
  return { taken, read: (bytes: Buffer) => reader.read(bytes) };
}

/** In memory of its own, with other bytes before and behind, as client libraries hand them over. */
function among(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(7, 0x93), bytes, Buffer.alloc(40, 0xa4)]).subarray(7, 7 + bytes.length);
}

describe('a broadcast on the classic wire', () => {
  it('has the bytes that the codec gives it', () => {
    fc.assert(
      fc.property(fc.constantFrom('/', '/chat'), fc.array(fc.tuple(anyData, anyOptions)), (nsp, broadcasts) => {
        const writer = new BroadcastWriter('~uid', nsp, msgpack);
        for (const [data, opts] of broadcasts) {
          expect(writer.write(eventOf(nsp, data), opts)).toEqual(msgpack.encode(['~uid', eventOf(nsp, data), opts]));
        }
      }),
    );
  });

  it('has the bytes that the codec gives it where a packet is another one', () => {
    const writer = new BroadcastWriter('~uid', '/', msgpack);
    const opts = { rooms: ['red'], except: [], flags: {} };
    const packets = [
      { ...eventOf('/', ['a']), id: 7 },
      { type: PacketType.EVENT, data: ['a'], nsp: '/' },
      { type: PacketType.BINARY_EVENT, nsp: '/', data: ['a'] },
      eventOf('/chat', ['a']),
      { type: PacketType.EVENT, nsp: '/' },
    ] as Packet[];
    for (const packet of packets) {
      expect(writer.write(packet, opts)).toEqual(msgpack.encode(['~uid', packet, opts]));
    }
  });

  it('is read as the codec reads it, in any order of the packet', () => {
    const anySender = fc.constantFrom('~abcdefghijklmnopqrst', 'emitter', 'Ab3_-x', '~'.padEnd(40, 'é'));
    const message = fc.tuple(anySender, fc.boolean(), anyData, anyOptions);
    fc.assert(
      fc.property(fc.constantFrom('/', '/chat'), fc.array(message), (nsp, messages) => {
        const { taken, read } = reading('~own', nsp);
        for (const [uid, isPublished, data, opts] of messages) {
          const packet = isPublished ? { type: PacketType.EVENT, data, nsp } : eventOf(nsp, data);
          const bytes = msgpack.encode([uid, packet, opts]);
          expect(read(among(bytes))).toBe(true);
          const [, decoded] = msgpack.decode(bytes) as [string, Packet];
          const isMember = uid.startsWith('~');
          const from = isMember ? uid.slice(1) : `@${uid}`;
          expect(taken.pop()).toEqual({ from, data: decoded.data, options: asSets(opts), isMember });
        }
        expect(taken).toEqual([]);
      }),
    );
  });

  it('is passed over when this node has sent it, or it is of another namespace', () => {
    const { taken, read } = reading('~own', '/chat');
    const opts = { rooms: [], except: [], flags: {} };
    expect(read(msgpack.encode(['~own', eventOf('/chat', ['a']), opts]))).toBe(true);
    expect(read(msgpack.encode(['~other', eventOf('/', ['a']), opts]))).toBe(true);
    expect(taken).toEqual([]);
    expect(read(msgpack.encode(['~other', eventOf('/chat', ['a']), opts]))).toBe(true);
    expect(taken).toHaveLength(1);
  });

  it('may leave out what is empty', () => {
    const { taken, read } = reading();
    expect(read(msgpack.encode(['other', eventOf('/', ['a']), {}]))).toBe(true);
    expect(taken).toEqual([
      { from: '@other', data: ['a'], options: { rooms: [], except: [], flags: {} }, isMember: false },
    ]);
  });

  it('is left to the codec when it is anything else', () => {
    const { taken, read } = reading();
    const opts = { rooms: ['red'], except: [], flags: {} };
    const event = eventOf('/', ['a']);
    for (const message of [
      [],
      {},
      'text',
      ['~other', event],
      ['~other', event, opts, 1],
      [7, event, opts],
      ['~other', 7, opts],
      ['~other', { ...event, id: 7 }, opts],
      ['~other', { type: PacketType.EVENT, data: ['a'] }, opts],
      ['~other', { ...event, type: PacketType.BINARY_EVENT }, opts],
      ['~other', { ...event, nsp: 7 }, opts],
      ['~other', event, { ...opts, rooms: [{}] }],
      ['~other', event, { ...opts, flags: 7 }],
    ])
      expect([message, read(msgpack.encode(message))]).toEqual([message, false]);
    expect(taken).toEqual([]);
  });

  it('is left to the codec when bytes are missing, changed or too many, and nothing is thrown', () => {
    const bytes = msgpack.encode(['~other', eventOf('/', ['a', { b: [1, 'c', Buffer.of(1)] }]), { rooms: ['red'] }]);
    for (let length = 0; length < bytes.length; length++) {
      const { taken, read } = reading();
      expect([length, read(bytes.subarray(0, length)), taken]).toEqual([length, false, []]);
    }
    const { taken, read } = reading();
    expect(read(Buffer.concat([bytes, Buffer.of(0)]))).toBe(false);
    expect(taken).toEqual([]);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(bytes);
        changed[at] = value;
        const isTaken = reading();
        if (!isTaken.read(changed)) return;
        // Whatever it is taken for, the codec takes it for the same.
        const [, packet] = msgpack.decode(changed) as [unknown, Packet];
        for (const { data } of isTaken.taken) expect(data).toEqual(packet.data);
      }),
    );
  });
});

describe('a value of MessagePack', () => {
  it('ends where the codec ends it', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = msgpack.encode(value);
        expect(endOf(Buffer.concat([bytes, Buffer.of(0xc3, 0xc3)]), 0)).toBe(bytes.length);
        expect(endOf(bytes.subarray(0, -1), 0)).toBe(-1);
      }),
    );
  });

  it('ends where the specification says, for what the codec does not write', () => {
    for (const [hex, end] of [
      ['ca00000000', 5],
      ['d400aa', 3],
      ['d500aaaa', 4],
      ['d8' + '00'.repeat(17), 18],
      ['c80001aabb', 5],
      ['c900000001aabb', 7],
      ['dd00000001c0', 6],
      ['df00000001a161c0', 8],
      ['c6000000ff', -1],
      ['dfffffffff', -1],
      ['c1', -1],
      ['', -1],
    ] as const)
      expect([hex, endOf(Buffer.from(hex, 'hex'), 0)]).toEqual([hex, end]);
  });
});
