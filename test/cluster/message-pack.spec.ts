import { describe, expect, it, jest } from '@jest/globals';
import { withBounds } from '../../lib/cluster/message-pack.js';
import { load } from '../../lib/cluster/peers.js';

const msgpack = await load('notepack.io', 'a spec');
const longest = [0xff, 0xff, 0xff, 0xff];

describe('a codec with bounds', () => {
  it.each<[string, unknown]>([
    ['nothing', null],
    ['numbers', [0, -1, 127, 128, 65_536, -32_769, 2 ** 40, 1.5]],
    ['texts', ['', 'a', 'é'.repeat(40), 'a'.repeat(300), 'a'.repeat(70_000)]],
    ['bytes', [Buffer.from([]), Buffer.alloc(300, 1), Buffer.alloc(70_000, 2)]],
    ['long lists', Array(70_000).fill(1)],
    ['long maps', Object.fromEntries(Array.from({ length: 300 }, (_each, index) => [`key ${index}`, index]))],
    ['what is in one another', { a: [{ b: [{ c: 'd' }] }] }],
  ])('reads what it has written: %s', (_name, value) => {
    expect(msgpack.decode(msgpack.encode(value))).toEqual(value);
  });

  it.each<[string, readonly number[]]>([
    ['no bytes', []],
    ['a list of more values than there are bytes', [0xdd, ...longest, 1]],
    ['a map of more values than there are bytes', [0xdf, ...longest, 1, 1]],
    ['a text that is longer than the bytes', [0xdb, ...longest, 0x61]],
    ['bytes that end before their length', [0xc4, 3, 1, 2]],
    ['an extension that ends before its length', [0xc9, ...longest, 1]],
    ['a length that is cut off', [0xdd, 0, 0]],
    ['the byte that stands for nothing', [0xc1]],
    ['a value, and more behind it', [1, 1]],
  ])('refuses to read %s, without asking the library', (_name, bytes) => {
    const decode = jest.fn(() => null);
    const bounded = withBounds({ encode: () => Buffer.alloc(0), decode });
    expect(() => bounded.decode(Buffer.from(bytes))).toThrow(RangeError);
    expect(decode).not.toHaveBeenCalled();
  });

  it('asks the library at once for bytes that were looked at before', () => {
    const decode = jest.fn((_bytes: Buffer) => 'value');
    const bytes = Buffer.from([0xdd, ...longest]);
    expect(withBounds({ encode: () => bytes, decode }).decodeBounded(bytes)).toBe('value');
    expect(decode).toHaveBeenCalledWith(bytes);
  });
});
