import { afterEach, describe, expect, it } from '@jest/globals';
import { Decoder as PublishedDecoder } from 'socket.io-parser';
import { Decoder, defaultLimits, Encoder, type DecoderOptions, type Packet } from '../../lib/protocol/index.js';
import { reasonOf } from './parse.js';

const bytes = Buffer.from([1, 2, 3]);
const placeholder = (num: unknown): string => `{"_placeholder":true,"num":${JSON.stringify(num)}}`;

function decode(parts: readonly (string | Uint8Array)[], options?: DecoderOptions): Packet | undefined {
  const decoder = new Decoder(options);
  let packet: Packet | undefined;
  for (const part of parts) packet = decoder.push(part);
  return packet;
}

const reason = (parts: readonly (string | Uint8Array)[], options?: DecoderOptions): string | undefined =>
  reasonOf(() => decode(parts, options));

/** A list of an event's arguments, itself the first level. */
function levels(count: number, open = '[', close = ']'): string {
  return `["a",${open.repeat(count - 1)}${close.repeat(count - 1)}]`;
}

describe('the depth of a packet', () => {
  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":[', ']}'],
  ])('is 64 at most: %s', (_what, open, close) => {
    const most = open === '[' ? 64 : 63;
    const each = open === '[' ? 1 : 2;
    const nested = (depth: number): string => `2${levels((depth - 1) / each + 1, open, close)}`;
    expect(reason([nested(most)])).toBeUndefined();
    expect(reason([nested(most + each)])).toBe('tooDeep');
  });

  it('is what is asked for', () => {
    expect(reason([`2${levels(5)}`], { maxDepth: 5 })).toBeUndefined();
    expect(reason([`2${levels(6)}`], { maxDepth: 5 })).toBe('tooDeep');
    expect(reason([`2${levels(10_000)}`], { maxDepth: Infinity })).toBeUndefined();
    expect(defaultLimits.maxDepth).toBe(64);
  });

  it.each([
    ['in a text', JSON.stringify('['.repeat(500))],
    ['behind an escaped quote', JSON.stringify(`"${'['.repeat(500)}`)],
    ['behind backslashes and a quote', JSON.stringify(`\\\\"${'{'.repeat(500)}\\`)],
    ['in a key', JSON.stringify({ ['[{'.repeat(500)]: 1 })],
    ['beside each other', JSON.stringify(Array.from({ length: 500 }, () => [{}]))],
  ])('counts no brackets %s', (_what, json) => {
    expect(decode([`2["a",${json}]`])?.data).toEqual(['a', JSON.parse(json)]);
  });

  it('counts behind texts that end in backslashes', () => {
    expect(reason([`2["a","\\\\\\\\",${'['.repeat(80)}${']'.repeat(80)}]`])).toBe('tooDeep');
  });

  it('counts for auth and for packets with attachments, too', () => {
    expect(reason([`0{"a":${'['.repeat(64)}${']'.repeat(64)}}`])).toBe('tooDeep');
    expect(reason([`51-["a",${'['.repeat(64)}${placeholder(0)}${']'.repeat(64)}]`, bytes])).toBe('tooDeep');
  });

  it('does not hide that it is no JSON', () => {
    expect(reason([`2["a",${'[]'.repeat(100)}`])).toBe('invalidPayload');
    expect(reason([`2["a${'['.repeat(200)}`])).toBe('invalidPayload');
  });
});

describe('a key named __proto__', () => {
  it.each([
    ['as it is', '__proto__'],
    ['with its first character as an escape', '\\u005f_proto__'],
    ['with an escape of capital digits', '_\\u005F\\u0070roto__'],
    ['of escapes alone', [...'__proto__'].map((each) => `\\u00${each.charCodeAt(0).toString(16)}`).join('')],
  ])('is left out, %s', (_what, key) => {
    const packet = decode([`2["a",{"b":[{"${key}":{"isAdmin":true},"c":1}]}]`]);
    const [, value] = packet!.data as [string, { b: [{ c: number }] }];
    expect(JSON.stringify(value)).toBe('{"b":[{"c":1}]}');
    const copy = Object.assign({}, value.b[0]) as { isAdmin?: boolean };
    expect(copy.isAdmin).toBeUndefined();
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it('is left out of auth, and of packets with attachments', () => {
    expect(JSON.stringify(decode(['0{"__proto__":{"a":1},"b":2}'])?.data)).toBe('{"b":2}');
    const packet = decode([`51-["a",{"__proto__":{"x":1},"b":${placeholder(0)}}]`, bytes]);
    expect(packet?.data).toEqual(['a', { b: bytes }]);
    expect(reason([`51-["a",{"__proto__":${placeholder(0)}}]`, bytes])).toBeUndefined();
  });

  it('may be a value, or a part of one', () => {
    expect(decode(['2["__proto__","\\u005f_proto__",{"a":"__proto__","__proto":1}]'])?.data).toEqual([
      '__proto__',
      '__proto__',
      { a: '__proto__', __proto: 1 },
    ]);
  });

  it('is left out before a reviver sees it', () => {
    const seen: string[] = [];
    const reviver = (key: string, value: unknown): unknown => {
      seen.push(key);
      return value === 1 ? 'one' : value;
    };
    expect(decode(['2["a",{"__proto__":2,"b":1}]'], { reviver })?.data).toEqual(['a', { b: 'one' }]);
    expect(seen).not.toContain('__proto__');
  });
});

describe('the header of a packet', () => {
  it.each([
    ['200["a"]', 'invalidAckId'],
    ['201["a"]', 'invalidAckId'],
    ['300[]', 'invalidAckId'],
    ['2/admin,007["a"]', 'invalidAckId'],
    ['20["a"]', undefined],
    ['29007199254740991["a"]', undefined],
    ['29007199254740992["a"]', 'invalidAckId'],
    ['2+1["a"]', 'invalidPayload'],
    ['2-1["a"]', 'invalidPayload'],
    ['21e3["a"]', 'invalidPayload'],
    ['2 1["a"]', 'invalidPayload'],
    ['2\u0661["a"]', 'invalidPayload'],
    ['501-["a"]', 'illegalAttachments'],
    ['500-["a"]', 'illegalAttachments'],
    ['2[1e999]', 'invalidPayload'],
    ['2[-1e999,"x"]', 'invalidPayload'],
  ])('has one way to write a number: %s', (wire, expected) => {
    expect(reason([wire])).toBe(expected);
  });

  it('has a namespace of 4,096 characters at most, or of as many as are allowed', () => {
    const named = (length: number): string[] => [`2/${'a'.repeat(length - 1)},["a"]`];
    expect(reason(named(4_096))).toBeUndefined();
    expect(reason(named(4_097))).toBe('namespaceTooLong');
    expect(reason([`0/${'a'.repeat(4_096)}`])).toBe('namespaceTooLong');
    expect(reason(named(5), { maxNamespaceLength: 5 })).toBeUndefined();
    expect(reason(named(6), { maxNamespaceLength: 5 })).toBe('namespaceTooLong');
  });
});

describe('the attachments of a packet', () => {
  it('have as many bytes as are allowed, altogether', () => {
    const wire = `52-["a",${placeholder(0)},${placeholder(1)}]`;
    const options = { maxAttachmentBytes: 5 };
    expect(decode([wire, bytes, bytes.subarray(1)], options)?.data).toEqual(['a', bytes, bytes.subarray(1)]);
    expect(reason([wire, bytes, bytes], options)).toBe('attachmentsTooLarge');
    expect(reason([wire, Buffer.alloc(6)], options)).toBe('attachmentsTooLarge');
    const decoder = new Decoder(options);
    for (let round = 0; round < 3; round++) {
      decoder.push(wire);
      expect(decoder.isAwaiting).toBe(true);
      decoder.push(bytes);
      expect(decoder.push(bytes.subarray(1))).toBeDefined();
      expect(decoder.isAwaiting).toBe(false);
    }
    decoder.push(wire);
    expect(reasonOf(() => decoder.push(Buffer.alloc(6)))).toBe('attachmentsTooLarge');
    expect(decoder.push('2["still here"]')).toBeDefined();
  });

  it('stand in one place each, so that a packet does not grow when it is sent on', () => {
    expect(reason([`51-["a",${placeholder(0)},${placeholder(0)}]`, bytes])).toBe('invalidPlaceholder');
    expect(reason([`52-["a",${placeholder(1)},${placeholder(0)}]`, bytes, bytes])).toBeUndefined();
  });

  it.each(['length', 'splice', '0', -0.5, 1, 1e9, null, true, [0], {}])('are not found by the number %j', (num) => {
    expect(reason([`51-["a",${placeholder(num)}]`, bytes])).toBe('invalidPlaceholder');
  });

  describe('while every object inherits what makes a placeholder', () => {
    const polluted = Object.prototype as { _placeholder?: boolean; num?: number };
    afterEach(() => {
      delete polluted._placeholder;
      delete polluted.num;
    });

    it('stand where the packet says', () => {
      polluted._placeholder = true;
      polluted.num = 0;
      expect(reason([`51-["a",{"_placeholder":true}]`, bytes])).toBe('invalidPlaceholder');
      const packet = decode([`51-["a",{"b":1},${placeholder(0)}]`, bytes]);
      expect((packet!.data as unknown[])[2]).toBe(bytes);
      expect(JSON.stringify((packet!.data as unknown[])[1])).toBe('{"b":1}');
    });
  });
});

/** What the published parser reads. */
function published(parts: readonly (string | Uint8Array)[]): unknown {
  const decoder = new PublishedDecoder();
  let data: unknown;
  decoder.on('decoded', (packet: { data?: unknown }) => {
    data = packet.data;
  });
  for (const part of parts) decoder.add(part);
  return data;
}

describe("an object of the application's that looks like a placeholder", () => {
  const forged = { _placeholder: true, num: 99 };
  const encoder = new Encoder();
  const encode = (...data: unknown[]): (string | Uint8Array)[] =>
    encoder.encode({ type: 2, nsp: '/', data: ['a', ...data] });

  it('passes as it is where there are no attachments', () => {
    const data = decode([`2["a",${placeholder(99)}]`])?.data as unknown[];
    expect(data).toEqual(['a', forged]);
    expect(published(encode(data[1]))).toEqual(['a', forged]);
  });

  it.each<[string, unknown]>([
    ['sent on as it came', forged],
    ['of a number that there is', { _placeholder: true, num: 0, other: 'kept' }],
    ['deep inside', [{ a: [{ b: forged }] }]],
    ['deeper than recursion goes', nested(50, forged)],
    ['of many', Array.from({ length: 2_000 }, () => forged)],
    ['with an object for true', { _placeholder: Object(true) as unknown }],
    ['that toJSON makes', { toJSON: () => forged }],
    ['whose field toJSON makes', { _placeholder: { toJSON: () => true } }],
  ])('is told from the attachments beside it: %s', (_what, value) => {
    const written = JSON.parse(JSON.stringify(value).replaceAll('"_placeholder":true', '"_placeholder":1')) as unknown;
    for (const [given, expected] of [
      [encode(value, bytes), ['a', written, bytes]],
      [encode(bytes, value), ['a', bytes, written]],
    ] as const) {
      expect(published(given)).toEqual(expected);
      expect(decode(given)?.data).toEqual(expected);
    }
  });

  it('is told from them when a replacer makes it, who sees no placeholder of ours', () => {
    const seen: unknown[] = [];
    const replacing = new Encoder((key, value) => {
      seen.push([key, value]);
      return value === 'forge' ? forged : value;
    });
    const parts = replacing.encode({ type: 2, nsp: '/', data: ['a', 'forge', bytes] });
    expect(published(parts)).toEqual(['a', { _placeholder: 1, num: 99 }, bytes]);
    expect(seen).not.toContainEqual(['num', 0]);
  });

  it('is not taken for one because of a text or a key', () => {
    const value = { text: '"_placeholder":true', 'x"_placeholder': true, _placeholder: 'true' };
    expect(published(encode(value, bytes))).toEqual(['a', value, bytes]);
  });
});

function nested(levels: number, value: unknown): unknown {
  let outer = value;
  for (let level = 0; level < levels; level++) outer = [outer];
  return outer;
}

describe('what is hard to write', () => {
  it('comes as it was sent, or as JSON has it', () => {
    const wire = `2["a","\\ud800","\\udfff\\ud800",1e999,-0,${'9'.repeat(400)},0.${'1'.repeat(400)}]`;
    const packet = decode([wire])!;
    expect(packet.data).toEqual(['a', '\ud800', '\udfff\ud800', Infinity, -0, Infinity, 0.1111111111111111]);
    const [again] = new Encoder().encode(packet);
    expect(again).toBe('2["a","\\ud800","\\udfff\\ud800",null,0,null,0.1111111111111111]');
  });
});
