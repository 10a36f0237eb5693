import type { OutgoingPacket } from './transport/transport.js';

/** Returns how many packets fit into one polling body of `limit` bytes; one is sent whatever its size. */
export function batchLength(packets: readonly OutgoingPacket[], limit: number): number {
  let size = 0;
  for (const [index, { data }] of packets.entries()) {
    // With its digit or `b`, and a separator; base64 takes four characters for three bytes.
    size += 2 + (typeof data === 'string' ? utf8Length(data) : Math.ceil(data.byteLength / 3) * 4);
    if (index > 0 && size > limit) return index;
  }
  return packets.length;
}

function utf8Length(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    // Of a pair, each half is two of its four bytes.
    if (code > 0x7f) length += code > 0x7ff && (code & 0xf800) !== 0xd800 ? 2 : 1;
  }
  return length;
}
