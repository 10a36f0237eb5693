import type { OutgoingPacket } from './transport/transport.js';

/** Returns how many packets fit into one polling body of `limit` bytes; one is sent whatever its size. */
export function batchLength(packets: readonly OutgoingPacket[], limit: number): number {
  let size = 0;
  for (const [index, { data }] of packets.entries()) {
    // With its digit or `b`, and a separator; base64 takes four characters for three bytes.
    size +=
      2 + (typeof data === 'string' ? new TextEncoder().encode(data).byteLength : Math.ceil(lengthOf(data) / 3) * 4);
    if (index > 0 && size > limit) return index;
  }
  return packets.length;
}

function lengthOf(data: Uint8Array | Blob): number {
  return data instanceof Blob ? data.size : data.byteLength;
}
