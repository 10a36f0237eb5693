import { describe, expect, it } from '@jest/globals';
import { decodeMessages } from '../../lib/client/packet-decoder.js';
import { encodePacket } from '../../lib/client/packet-encoder.js';
import { Decoder, Encoder, PacketType, type Packet } from '../../lib/protocol/index.js';

const packets: Packet[] = [
  { type: PacketType.CONNECT, nsp: '/', data: { token: 'a' }, id: undefined },
  { type: PacketType.CONNECT, nsp: '/admin', data: undefined, id: undefined },
  { type: PacketType.DISCONNECT, nsp: '/admin', data: undefined, id: undefined },
  { type: PacketType.EVENT, nsp: '/', data: ['a,b/c', 1, null, { x: [] }], id: undefined },
  { type: PacketType.EVENT, nsp: '/admin', data: [7, 'line\nend'], id: 12 },
  { type: PacketType.ACK, nsp: '/', data: [], id: 0 },
  { type: PacketType.CONNECT_ERROR, nsp: '/', data: { message: 'no' }, id: undefined },
  { type: PacketType.EVENT, nsp: '/b', data: ['bytes', Buffer.from([1]), { deep: [Buffer.from([2, 3])] }], id: 3 },
  { type: PacketType.ACK, nsp: '/', data: [Buffer.from([1])], id: 4 },
];

describe("the client's codec", () => {
  it.each(packets)('writes and reads what the protocol says: $type in $nsp', (packet) => {
    const messages = encodePacket(packet);
    expect(messages).toEqual(new Encoder().encode(packet));
    expect(decodeMessages(messages)).toEqual(packet);
    const decoder = new Decoder();
    expect(messages.map((message) => decoder.push(message)).at(-1)).toEqual(packet);
  });

  it('waits for attachments', () => {
    const [text, first, second] = encodePacket(packets[7]!);
    expect(decodeMessages([text!])).toBeUndefined();
    expect(decodeMessages([text!, first!])).toBeUndefined();
    expect(decodeMessages([text!, first!, second!])).toEqual(packets[7]);
  });

  it('takes bytes of every kind', () => {
    const bytes = Uint8Array.of(9, 1, 2, 9);
    const data = ['x', bytes.buffer, bytes.subarray(1, 3), new DataView(bytes.buffer, 1, 1)];
    const [, ...attachments] = encodePacket({ type: PacketType.EVENT, nsp: '/', data });
    expect(attachments.map((each) => [...(each as Uint8Array)])).toEqual([[9, 1, 2, 9], [1, 2], [1]]);
  });

  it.each([
    '',
    '9',
    '2',
    '2{}',
    '2[]',
    '2["connect"]',
    '2[null]',
    '2["x"',
    '3[]',
    '4',
    '1[]',
    '0[]',
    '51["x"]',
    '50-["x"]',
    '22-["x"]',
  ])('refuses %p', (text) => {
    expect(() => decodeMessages([text])).toThrow();
  });

  it('takes 999 attachments and lists a thousand deep, and not one more', () => {
    const nested = (depth: number): string => `2["x",${'['.repeat(depth)}${']'.repeat(depth)}]`;
    expect(decodeMessages([nested(1_000)])).toMatchObject({ type: PacketType.EVENT });
    expect(() => decodeMessages([nested(1_001)])).toThrow();
    const bytes = Array.from({ length: 999 }, (_, index) => Uint8Array.of(index));
    const messages = encodePacket({ type: PacketType.EVENT, nsp: '/', data: ['x', bytes] });
    expect(decodeMessages(messages)?.data).toEqual(['x', bytes]);
    expect(() => decodeMessages(['51000-["x"]'])).toThrow();
  });

  it('leaves what looks like an attachment alone where there are none', () => {
    const data = ['x', { _placeholder: true, num: 0 }];
    expect(decodeMessages([`2${JSON.stringify(data)}`])?.data).toEqual(data);
  });

  it('refuses text where bytes should be, bytes where text should be, and unknown attachments', () => {
    expect(() => decodeMessages(['51-["x",{"_placeholder":true,"num":0}]', '2["y"]'])).toThrow();
    expect(() => decodeMessages([Buffer.from([1])])).toThrow();
    expect(() => decodeMessages(['51-["x",{"_placeholder":true,"num":1}]', Buffer.from([1])])).toThrow();
  });
});
