import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Decoder, Encoder, hasBinary } from '../../lib/protocol/index.js';

afterEach(() => {
  jest.restoreAllMocks();
});

const bytes = Buffer.from([1, 2, 3]);
const event = (...data: unknown[]) => ({ type: 2, nsp: '/', data: ['x', ...data] }) as const;
const encoder = new Encoder();
/** Sees every value where it stands: the way that is general, and slow. */
const seeing = new Encoder((_key, value) => value);

/** A value that `JSON.stringify` writes in another shape. */
const written = (json: unknown, rest: object = {}): object => ({ ...rest, toJSON: () => json });

const withProto = JSON.parse('{"__proto__":{"a":1},"b":2}') as Record<string, unknown>;
const protoOfBytes = JSON.parse('{"__proto__":1}') as Record<string, unknown>;
Object.defineProperty(protoOfBytes, '__proto__', {
  value: bytes,
  enumerable: true,
  configurable: true,
  writable: true,
});

function deep(levels: number): unknown {
  let value: unknown = bytes;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
}

describe('attachments', () => {
  it('are taken out without a function that JSON.stringify calls for each value', () => {
    const stringify = jest.spyOn(JSON, 'stringify');
    encoder.encode(event({ a: [bytes], b: 'text' }, bytes));
    expect(stringify.mock.calls.map((call) => call.length)).toEqual([1]);
    // Deeper than recursion goes.
    encoder.encode(event(deep(100)));
    expect(stringify.mock.calls.at(-1)).toHaveLength(2);
  });

  it('are looked for without a list of what an object holds', () => {
    const values = jest.spyOn(Object, 'values');
    expect(hasBinary(event({ a: [{ b: 1 }], c: { d: 'text' } }).data)).toBe(false);
    expect(values).not.toHaveBeenCalled();
  });

  it('leave what holds none as it is', () => {
    const stringify = jest.spyOn(JSON, 'stringify');
    const plain = { a: { b: 1 } };
    encoder.encode(event(plain, bytes));
    expect((stringify.mock.calls[0]![0] as unknown[])[1]).toBe(plain);
  });

  it.each<[string, unknown]>([
    ['an array with more than its elements', Object.assign([1, bytes], { more: Buffer.from([9]) })],
    ['an array with holes', Object.assign([], { 2: bytes })],
    ['a key named __proto__ beside it', { withProto, bytes }],
    ['a key named __proto__ that is it', { protoOfBytes }],
    ['a toJSON that brings it', written({ a: [bytes] })],
    ['a toJSON that brings it itself', written(bytes)],
    ['a toJSON that brings no object', { a: written('text', { gone: bytes }), b: bytes }],
    ['a toJSON whose result has one too', written({ a: bytes, toJSON: () => 'never' })],
    ['a toJSON on an array', [Object.assign([bytes], { toJSON: () => [1, bytes] }), bytes]],
    [
      'a toJSON on a Date, and what it does not write',
      [new Date(0), undefined, () => {}, new Map([[1, bytes]]), bytes],
    ],
    ['a getter', Object.defineProperty({ b: bytes }, 'a', { get: () => Buffer.from([7]), enumerable: true })],
    ['what is inherited', Object.assign(Object.create({ inherited: Buffer.from([8]) }) as object, { own: bytes })],
    ['no prototype', Object.assign(Object.create(null) as object, { own: bytes })],
    ['the same bytes twice', [bytes, bytes]],
    ['32 levels around it', deep(29)],
    ['33 levels around it', deep(30)],
    ['34 levels around it', deep(31)],
    ['35 levels around it', deep(32)],
    ['100 levels around it', deep(100)],
    ['many others before it', [...Array.from({ length: 2_000 }, (_, index) => ({ index })), bytes]],
    ['some before and many behind it', [bytes, ...Array.from({ length: 2_000 }, (_, index) => ({ index })), bytes]],
  ])('are written alike by both ways: %s', (_what, value) => {
    expect(encoder.encode(event(value))).toEqual(seeing.encode(event(value)));
  });

  it('are written alike by both ways, whatever stands around them', () => {
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.oneof(
          fc.jsonValue({ maxDepth: 1 }),
          fc.constant(undefined),
          fc.date({ noInvalidDate: true }),
          fc.uint8Array({ maxLength: 3 }),
        ),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', '_placeholder', 'num')), tie('tree'), {
          maxKeys: 3,
        }),
        tie('tree').map((json) => written(json)),
      ),
    }));
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 3 }), (data) => {
        expect(encoder.encode(event(...data))).toEqual(seeing.encode(event(...data)));
      }),
    );
  });

  it('of a circle are refused', () => {
    const circle: Record<string, unknown> = { bytes };
    circle['self'] = circle;
    expect(() => encoder.encode(event(circle))).toThrow(expect.objectContaining({ code: 'NOT_SERIALIZABLE' }) as never);
  });

  it('that a peer forges are refused behind the last one, too', () => {
    const decoder = new Decoder();
    decoder.push('51-["x",{"_placeholder":true,"num":0},{"a":[{"_placeholder":true,"num":1}]}]');
    expect(() => decoder.push(bytes)).toThrow('illegal attachment placeholder');
  });
});
