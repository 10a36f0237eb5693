import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { enginePacketTypes, v3, type EnginePacket } from '../../lib/protocol/index.js';
import { reasonOf } from './parse.js';

// Lone surrogates do not survive UTF-8, which the binary payload uses.
const text = fc.string({ unit: 'grapheme' });
const bytes = fc.uint8Array({ maxLength: 300 });
const packet: fc.Arbitrary<EnginePacket> = fc.oneof(
  fc.record({ type: fc.constantFrom(...enginePacketTypes), data: text }),
  fc.record({ type: fc.constant('message' as const), data: bytes }),
);

function normalized(packets: readonly EnginePacket[]): unknown[] {
  return packets.map(({ type, data }) => ({ type, data: typeof data === 'string' ? data : [...data] }));
}

describe('the Engine.IO 3 packet codec', () => {
  it('puts the type in front of bytes, as a byte or as a digit behind b', () => {
    const data = Buffer.from([1, 2, 3, 4]);
    expect(v3.encodePacket({ type: 'message', data }, true)).toEqual(new Uint8Array([4, 1, 2, 3, 4]));
    expect(v3.encodePacket({ type: 'message', data }, false)).toBe('b4AQIDBA==');
  });

  it.each([
    ['', 'emptyPacket'],
    ['b', 'unknownEngineType'],
    ['b9AAAA', 'unknownEngineType'],
    ['b4*', 'invalidBase64'],
    ['x', 'unknownEngineType'],
    [new Uint8Array([]), 'emptyPacket'],
    [new Uint8Array([9, 1]), 'unknownEngineType'],
  ])('refuses %j', (wire, reason) => {
    expect(reasonOf(() => v3.decodePacket(wire))).toBe(reason);
  });
});

describe('the Engine.IO 3 payload codec', () => {
  it('counts UTF-16 code units in a text payload', () => {
    const packets: EnginePacket[] = [{ type: 'message', data: '2["euro","€"]' }];
    expect(v3.encodePayload(packets, false)).toBe('14:42["euro","€"]');
    expect([...v3.decodePayload('14:42["euro","€"]')]).toEqual(packets);
  });

  it('writes an empty payload as 0:', () => {
    expect(v3.encodePayload([], true)).toBe('0:');
    expect([...v3.decodePayload('0:')]).toEqual([]);
  });

  it('writes lengths as digit bytes in a binary payload, and text as UTF-8', () => {
    const packets: EnginePacket[] = [
      { type: 'message', data: '€€€€' },
      { type: 'message', data: Buffer.from([1, 2]) },
    ];
    const wire = Buffer.concat([
      Buffer.from([0, 1, 3, 0xff]),
      Buffer.from('4€€€€'),
      Buffer.from([1, 3, 0xff, 4, 1, 2]),
    ]);
    expect(Buffer.from(v3.encodePayload(packets, true) as Uint8Array)).toEqual(wire);
    expect(normalized([...v3.decodePayload(wire)])).toEqual(normalized(packets));
  });

  it.each(['', ':4a', '2', '2:', '3:4a', '0:4a', 'a:4a', '-1:4a', '1e3:4a', '99999999999999999999:4a', '2:4a1'])(
    'refuses the text payload %j',
    (payload) => {
      expect(reasonOf(() => [...v3.decodePayload(payload)])).toMatch(/invalidLength|emptyPacket/);
    },
  );

  it.each([
    [[2, 1, 0xff, 52]],
    [[0]],
    [[0, 1]],
    [[0, 1, 0xff]],
    [[0, 0xff, 52]],
    [[0, 10, 0xff, 52]],
    [[0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 0xff, 52]],
    [[1, 5, 0xff, 4, 1]],
  ])('refuses the binary payload %j', (payload) => {
    expect(reasonOf(() => [...v3.decodePayload(Uint8Array.from(payload))])).toBe('invalidLength');
  });

  it('gives back every list of packets it wrote', () => {
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1 }), fc.boolean(), (packets, supportsBinary) => {
        const wire = v3.encodePayload(packets, supportsBinary);
        expect(normalized([...v3.decodePayload(wire)])).toEqual(normalized(packets));
      }),
    );
  });

  it('throws nothing but a ParseError', () => {
    const lengthLike = fc.string({ unit: fc.constantFrom('0', '1', '9', ':', '4', 'b', 'x') });
    fc.assert(
      fc.property(fc.oneof(text, lengthLike, bytes), (wire) => {
        const reason = reasonOf(() => [...v3.decodePayload(wire)]);
        expect(reason === undefined || typeof reason === 'string').toBe(true);
      }),
    );
  });
});
