import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  Decoder,
  Encoder,
  hasBinary,
  isReservedEvent,
  PacketType,
  reservedEvents,
  splitNamespace,
  type Packet,
} from '../../lib/protocol/index.js';
import { RookeryError } from '../../lib/shared/index.js';
import { reasonOf } from './parse.js';

const encoder = new Encoder();

class Endless {
  toJSON(): object {
    return { left: new Endless(), right: new Endless() };
  }
}

function decode(...parts: (string | Uint8Array)[]): Packet | undefined {
  const decoder = new Decoder();
  let packet: Packet | undefined;
  for (const part of parts) packet = decoder.push(part);
  return packet;
}

describe('the Socket.IO packet codec', () => {
  const bytes = Buffer.from([1, 2, 3]);
  it.each<[string, Packet, (string | Uint8Array)[]]>([
    ['CONNECT', { type: 0, nsp: '/' }, ['0']],
    ['CONNECT with auth', { type: 0, nsp: '/admin', data: { token: 'a' } }, ['0/admin,{"token":"a"}']],
    ['DISCONNECT', { type: 1, nsp: '/admin' }, ['1/admin,']],
    ['EVENT', { type: 2, nsp: '/', data: ['hello', 'world'] }, ['2["hello","world"]']],
    ['EVENT with an id', { type: 2, nsp: '/admin', id: 13, data: ['x'] }, ['2/admin,13["x"]']],
    ['ACK', { type: 3, nsp: '/admin', id: 0, data: [] }, ['3/admin,0[]']],
    ['CONNECT_ERROR', { type: 4, nsp: '/', data: { message: 'no' } }, ['4{"message":"no"}']],
    [
      'BINARY_EVENT',
      { type: 2, nsp: '/admin', id: 13, data: ['test', bytes] },
      ['51-/admin,13["test",{"_placeholder":true,"num":0}]', bytes],
    ],
    [
      'BINARY_ACK',
      { type: 3, nsp: '/', id: 15, data: ['bar', bytes] },
      ['61-15["bar",{"_placeholder":true,"num":0}]', bytes],
    ],
    [
      'nested attachments',
      { type: 2, nsp: '/', data: ['a', { b: [bytes], c: { d: bytes } }] },
      ['52-["a",{"b":[{"_placeholder":true,"num":0}],"c":{"d":{"_placeholder":true,"num":1}}}]', bytes, bytes],
    ],
  ])('writes and reads %s', (_name, packet, wire) => {
    expect(encoder.encode(packet)).toEqual(wire);
    expect(decode(...wire)).toEqual({ data: undefined, id: undefined, ...packet });
  });

  it('reads a namespace with and without its comma', () => {
    expect(decode('0/admin')?.nsp).toBe('/admin');
    expect(decode('0/admin,')?.nsp).toBe('/admin');
  });

  it('keeps the query of a namespace as part of its name', () => {
    expect(decode('0/a?x=1,')?.nsp).toBe('/a?x=1');
    expect(splitNamespace('/a?x=1&y=?')).toEqual({ name: '/a', query: 'x=1&y=?' });
    expect(splitNamespace('/a')).toEqual({ name: '/a', query: '' });
  });

  it('accepts a number as the name of an event', () => {
    expect(decode('2[123,"x"]')?.data).toEqual([123, 'x']);
  });

  it.each([
    ['', 'unknownType'],
    ['7', 'unknownType'],
    ['a', 'unknownType'],
    ['/', 'unknownType'],
    ['2', 'invalidPayload'],
    ['2[]', 'invalidPayload'],
    ['2{}', 'invalidPayload'],
    ['2"a"', 'invalidPayload'],
    ['2["a"', 'invalidPayload'],
    ['2["a"]]', 'invalidPayload'],
    ['2[true]', 'invalidPayload'],
    ['2[null]', 'invalidPayload'],
    ['2[{"toString":"foo"}]', 'invalidPayload'],
    ['2[["a"]]', 'invalidPayload'],
    ['0[]', 'invalidPayload'],
    ['0"a"', 'invalidPayload'],
    ['0null', 'invalidPayload'],
    ['1{}', 'invalidPayload'],
    ['30{}', 'invalidPayload'],
    ['30', 'invalidPayload'],
    ['3[]', 'missingAckId'],
    ['4', 'invalidPayload'],
    ['4[]', 'invalidPayload'],
    ['5["a"]', 'illegalAttachments'],
    ['51["a"]', 'illegalAttachments'],
    ['5-["a"]', 'illegalAttachments'],
    ['5-1-["a"]', 'illegalAttachments'],
    ['5a-["a"]', 'illegalAttachments'],
    ['50-["a"]', 'illegalAttachments'],
    ['511-["a"]', 'tooManyAttachments'],
    ['599999999999999999999-["a"]', 'tooManyAttachments'],
    ['29007199254740992["a"]', 'invalidAckId'],
    ['299999999999999999999999["a"]', 'invalidAckId'],
    ['2-1["a"]', 'invalidPayload'],
    ['21.5["a"]', 'invalidPayload'],
  ])('refuses %j', (wire, reason) => {
    expect(reasonOf(() => decode(wire))).toBe(reason);
  });

  it.each([...reservedEvents])('refuses the reserved event %s', (name) => {
    expect(isReservedEvent(name)).toBe(true);
    expect(reasonOf(() => decode(`2["${name}"]`))).toBe('invalidPayload');
  });

  it.each(['"splice"', '-1', '1', '0.5', 'null', '"0"', '1e9'])('refuses the placeholder number %s', (num) => {
    const wire = `51-["a",{"_placeholder":true,"num":${num}}]`;
    expect(reasonOf(() => decode(wire, Buffer.from([1])))).toBe('invalidPlaceholder');
  });

  it('refuses text while attachments are awaited, and is empty afterwards', () => {
    const decoder = new Decoder();
    decoder.push('51-["a",{"_placeholder":true,"num":0}]');
    expect(reasonOf(() => decoder.push('2["b"]'))).toBe('textWhileReconstructing');
    expect(decoder.push('2["c"]')?.data).toEqual(['c']);
  });

  it('refuses bytes that no packet announced', () => {
    expect(reasonOf(() => decode(Buffer.from([1])))).toBe('binaryWithoutHeader');
  });

  it('drops a half-read packet when it is destroyed', () => {
    const decoder = new Decoder();
    decoder.push('51-["a",{"_placeholder":true,"num":0}]');
    decoder.destroy();
    expect(reasonOf(() => decoder.push(Buffer.from([1])))).toBe('binaryWithoutHeader');
  });

  it('takes as many attachments as it is told to', () => {
    const decoder = new Decoder({ maxAttachments: 1 });
    expect(reasonOf(() => decoder.push('52-["a"]'))).toBe('tooManyAttachments');
    expect(reasonOf(() => decoder.push('51-["a"]'))).toBeUndefined();
    expect(reasonOf(() => new Decoder().push('510-["a"]'))).toBeUndefined();
  });

  it('shows values to a replacer and a reviver', () => {
    const custom = new Encoder((_key, value) => (value === 1n ? 'one' : value));
    expect(custom.encode({ type: 2, nsp: '/', data: ['a', 1n] })).toEqual(['2["a","one"]']);
    expect(custom.encode({ type: 2, nsp: '/', data: ['a', 1n, Buffer.alloc(1)] })[0]).toContain('"one"');
    const decoder = new Decoder({ reviver: (_key, value) => (value === 'one' ? 1 : value) });
    expect(decoder.push('2["a","one"]')?.data).toEqual(['a', 1]);
  });

  it('writes values as JSON does', () => {
    const data = ['e', undefined, Number.NaN, () => {}, new Date(0), new Map([[1, 2]]), new Set([1])];
    expect(encoder.encode({ type: 2, nsp: '/', data })).toEqual([
      '2["e",null,null,null,"1970-01-01T00:00:00.000Z",{},{}]',
    ]);
  });

  it('takes every kind of binary view, and only the viewed part', () => {
    const memory = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]);
    const views = [memory.buffer, new DataView(memory.buffer, 2, 2), new Uint16Array(memory.buffer, 4, 1)];
    const parts = encoder.encode({ type: 2, nsp: '/', data: ['a', ...views] });
    expect(parts.slice(1).map((part) => [...(part as Uint8Array)])).toEqual([[...memory], [2, 3], [4, 5]]);
  });

  it('finds binary that toJSON brings, and only what JSON would write', () => {
    expect(hasBinary({ toJSON: () => ({ a: Buffer.alloc(1) }) })).toBe(true);
    expect(hasBinary({ a: Buffer.alloc(1), toJSON: () => 'text' })).toBe(false);
    expect(encoder.encode({ type: 2, nsp: '/', data: ['a', { toJSON: () => Buffer.from([7]) }] })).toEqual([
      '51-["a",{"_placeholder":true,"num":0}]',
      Buffer.from([7]),
    ]);
  });

  it('does not change what it is given', () => {
    const data = ['a', { b: Buffer.from([1]) }];
    encoder.encode({ type: 2, nsp: '/', data: Object.freeze(data) });
    expect(data).toEqual(['a', { b: Buffer.from([1]) }]);
  });

  it('writes objects without a prototype', () => {
    const value = Object.assign(Object.create(null) as object, { a: Buffer.from([1]) });
    expect(encoder.encode({ type: 2, nsp: '/', data: ['x', value] })[0]).toBe(
      '51-["x",{"a":{"_placeholder":true,"num":0}}]',
    );
  });

  it.each([
    ['a circle', circle()],
    ['a circle with many ways through it', tangle()],
    ['a BigInt', 1n],
    ['an endless toJSON', new Endless()],
    ['more levels than JSON.stringify takes', deep(100_000)],
  ])('refuses %s with an error of its own', (_name, value) => {
    expect(() => encoder.encode({ type: 2, nsp: '/', data: ['x', value] })).toThrow(
      expect.objectContaining({ code: 'NOT_SERIALIZABLE' }) as unknown as RookeryError,
    );
  });

  it('reads 100,000 levels of JSON without a crash', () => {
    const levels = 100_000;
    const endless = new Decoder({ maxDepth: Infinity });
    expect(endless.push(`2["a",${'['.repeat(levels)}${']'.repeat(levels)}]`)).toBeDefined();
    endless.push(`51-["a",${'['.repeat(levels)}{"_placeholder":true,"num":0}${']'.repeat(levels)}]`);
    expect(endless.push(Buffer.from([1]))).toBeDefined();
  });

  it('gives back every packet it wrote', () => {
    const nsp = fc.oneof(
      fc.constant('/'),
      fc.string({ unit: 'grapheme' }).map((name) => `/${name.replaceAll(',', '')}`),
    );
    // JSON has one zero, and drops undefined.
    const leaf = fc.oneof(
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array)),
    );
    const value = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(
          fc.string().filter((key) => key !== '__proto__'),
          tie('tree'),
          { maxKeys: 3, noNullPrototype: true },
        ),
      ),
    })).tree;
    const id = fc.option(fc.maxSafeNat(), { nil: undefined });
    const name = fc.oneof(
      fc.string().filter((each) => !isReservedEvent(each)),
      fc.integer(),
    );
    const event = fc.tuple(name, fc.array(value, { maxLength: 4 })).map(([first, rest]) => [first, ...rest]);
    const object = fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      fc.string(),
      {
        noNullPrototype: true,
      },
    );
    const packet: fc.Arbitrary<Packet> = fc.oneof(
      fc.record({
        type: fc.constant(PacketType.CONNECT),
        nsp,
        data: fc.option(object, { nil: undefined }),
        id: fc.constant(undefined),
      }),
      fc.record({
        type: fc.constant(PacketType.DISCONNECT),
        nsp,
        data: fc.constant(undefined),
        id: fc.constant(undefined),
      }),
      fc.record({ type: fc.constant(PacketType.CONNECT_ERROR), nsp, data: object, id: fc.constant(undefined) }),
      fc.record({ type: fc.constant(PacketType.EVENT), nsp, data: event, id }),
      fc.record({
        type: fc.constant(PacketType.ACK),
        nsp,
        data: fc.array(value, { maxLength: 4 }),
        id: fc.maxSafeNat(),
      }),
    );
    fc.assert(
      fc.property(packet, (original) => {
        const decoder = new Decoder({ maxAttachments: Number.MAX_SAFE_INTEGER });
        let decoded: Packet | undefined;
        for (const part of encoder.encode(original)) decoded = decoder.push(part);
        expect(decoded).toEqual(original);
      }),
    );
  });

  it('throws nothing but a ParseError, whatever it is sent', () => {
    const packetLike = fc.string({
      unit: fc.constantFrom(...'0123456[]{}",/-?:ab\\', '_placeholder', '"num":', 'true'),
    });
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      packetLike,
      packetLike.map((rest) => `51-["a",${rest}]`),
      fc.uint8Array(),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const decoder = new Decoder();
        for (const each of parts) reasonOf(() => decoder.push(each));
        decoder.destroy();
        expect(decoder.push('2["still here"]')?.data).toEqual(['still here']);
      }),
    );
  });
});

function circle(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}

function tangle(): object {
  const nodes = Array.from({ length: 60 }, () => ({}) as Record<string, object>);
  for (const [index, node] of nodes.entries()) {
    node['left'] = nodes[(index + 1) % nodes.length]!;
    node['right'] = nodes[(index + 2) % nodes.length]!;
  }
  return nodes[0]!;
}

function deep(levels: number): object {
  let value: object = {};
  for (let level = 0; level < levels; level++) value = { value };
  return value;
}
