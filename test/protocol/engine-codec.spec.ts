import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodePacket,
  decodePayload,
  encodeOpen,
  encodePacket,
  encodePayload,
  enginePacketTypes,
  ParseError,
  recordSeparator,
  type EnginePacket,
} from '../../lib/protocol/index.js';
import { reasonOf } from './parse.js';

const controlType = fc.constantFrom(...enginePacketTypes);
const text = fc.string({ unit: 'binary' });
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

const textPacket: fc.Arbitrary<EnginePacket> = fc.record({ type: controlType, data: text });
const binaryPacket: fc.Arbitrary<EnginePacket> = fc.record({ type: fc.constant('message' as const), data: bytes });
const packet = fc.oneof(textPacket, binaryPacket);

describe('the Engine.IO 4 packet codec', () => {
  it.each([
    ['open', '{"sid":"a"}', '0{"sid":"a"}'],
    ['close', '', '1'],
    ['ping', 'probe', '2probe'],
    ['pong', 'probe', '3probe'],
    ['message', 'héllo', '4héllo'],
    ['upgrade', '', '5'],
    ['noop', '', '6'],
  ] as const)('writes %s as its digit and its data', (type, data, wire) => {
    expect(encodePacket({ type, data }, true)).toBe(wire);
    expect(decodePacket(wire)).toEqual({ type, data });
  });

  it('leaves bytes as they are where the transport carries them, without a type digit', () => {
    const data = Buffer.from([1, 2, 3, 4]);
    expect(encodePacket({ type: 'message', data }, true)).toBe(data);
    expect(decodePacket(data)).toEqual({ type: 'message', data });
  });

  it('writes bytes as b and base64 elsewhere', () => {
    expect(encodePacket({ type: 'message', data: Buffer.from([1, 2, 3, 4]) }, false)).toBe('bAQIDBA==');
    expect(decodePacket('bAQIDBA==')).toEqual({ type: 'message', data: Buffer.from([1, 2, 3, 4]) });
  });

  it('encodes only the viewed part of a larger buffer', () => {
    const view = new Uint8Array([0, 1, 2, 3, 4, 5]).subarray(1, 5);
    expect(encodePacket({ type: 'message', data: view }, false)).toBe('bAQIDBA==');
  });

  it('accepts base64 without padding', () => {
    expect(decodePacket('bAQIDBA')).toEqual({ type: 'message', data: Buffer.from([1, 2, 3, 4]) });
  });

  it.each([
    ['', 'emptyPacket'],
    ['7', 'unknownEngineType'],
    ['9hello', 'unknownEngineType'],
    ['a', 'unknownEngineType'],
    ['/', 'unknownEngineType'],
    ['bA', 'invalidBase64'],
    ['b====', 'invalidBase64'],
    ['bAQ=', 'invalidBase64'],
    ['bAQID*A==', 'invalidBase64'],
  ])('refuses %j', (wire, reason) => {
    expect(reasonOf(() => decodePacket(wire))).toBe(reason);
  });

  it('gives back every packet it wrote', () => {
    fc.assert(
      fc.property(packet, fc.boolean(), (original, supportsBinary) => {
        expect(decodePacket(encodePacket(original, supportsBinary))).toEqual(original);
      }),
    );
  });

  it('throws nothing but a ParseError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((rest) => `b${rest}`),
        ),
        (wire) => {
          const reason = reasonOf(() => decodePacket(wire));
          expect(reason === undefined || typeof reason === 'string').toBe(true);
        },
      ),
    );
  });
});

describe('the Engine.IO 4 payload codec', () => {
  it('joins packets with the record separator', () => {
    const packets: EnginePacket[] = [
      { type: 'message', data: 'hello' },
      { type: 'ping', data: '' },
      { type: 'message', data: Buffer.from([1, 2, 3, 4]) },
    ];
    expect(encodePayload(packets)).toBe('4hello\x1e2\x1ebAQIDBA==');
    expect([...decodePayload('4hello\x1e2\x1ebAQIDBA==')]).toEqual(packets);
  });

  it('hands on the packets before an invalid one, and nothing behind it', () => {
    const seen: EnginePacket[] = [];
    expect(() => {
      for (const each of decodePayload('4a\x1e4b\x1eabc\x1e4d')) seen.push(each);
    }).toThrow(ParseError);
    expect(seen.map((each) => each.data)).toEqual(['a', 'b']);
  });

  it.each(['', '\x1e', '4a\x1e', '\x1e4a'])('refuses the empty packet in %j', (payload) => {
    expect(reasonOf(() => [...decodePayload(payload)])).toBe('emptyPacket');
  });

  it('gives back every list of packets it wrote', () => {
    const separable = packet.filter(({ data }) => typeof data !== 'string' || !data.includes(recordSeparator));
    fc.assert(
      fc.property(fc.array(separable, { minLength: 1 }), (packets) => {
        expect([...decodePayload(encodePayload(packets))]).toEqual(packets);
      }),
    );
  });
});

describe('the open packet', () => {
  it('keeps its keys in the order clients have always seen', () => {
    const open = { maxPayload: 5, pingTimeout: 4, pingInterval: 3, upgrades: ['websocket'], sid: 'a' };
    expect(encodeOpen(open)).toBe(
      '{"sid":"a","upgrades":["websocket"],"pingInterval":3,"pingTimeout":4,"maxPayload":5}',
    );
  });
});
