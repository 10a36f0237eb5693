import { decodePacket, encodePacket, type EnginePacket } from '../../protocol/index.js';

// Of a length in eight bytes, the upper four are always 0 here: no frame has 4 GiB.

/**
 * Writes a packet for a byte stream: a head with its length, and its content.
 *
 * @see Engine.IO v4 §WebTransport
 */
export function toStream(packet: EnginePacket): Uint8Array[] {
  const content = encodePacket(packet, true);
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const { byteLength } = bytes;
  const head = new DataView(new ArrayBuffer(byteLength < 126 ? 1 : byteLength < 65_536 ? 3 : 9));
  const short = head.byteLength === 1 ? byteLength : head.byteLength === 3 ? 126 : 127;
  head.setUint8(0, short + (bytes === content ? 128 : 0));
  if (short === 126) head.setUint16(1, byteLength);
  if (short === 127) head.setUint32(5, byteLength);
  return [new Uint8Array(head.buffer), bytes];
}

/**
 * Makes a reader of such a stream, however it is cut.
 *
 * A client takes what the server sends that it has chosen: the protocol room's reader, which has a limit, is twice
 * this size. What never ends is ended by the heartbeat.
 *
 * @param onFrame given how to read each packet that is complete.
 */
export function streamReader(onFrame: (read: () => EnginePacket) => void): (chunk: Uint8Array) => void {
  let chunks: Uint8Array[] = [];
  let size = 0;
  let needed = 1;
  return (chunk) => {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size < needed) return;
    const all = joined(chunks, size);
    const view = new DataView(all.buffer);
    let at = 0;
    for (;;) {
      const short = at < size ? view.getUint8(at) & 127 : 0;
      let start = short < 126 ? 1 : short === 126 ? 3 : 9;
      needed = start;
      if (at + start <= size) {
        needed += short < 126 ? short : short === 126 ? view.getUint16(at + 1) : view.getUint32(at + 5);
      }
      if (at + start > size || at + needed > size) break;
      const isBinary = view.getUint8(at) > 127;
      start += at;
      at += needed;
      const content = all.subarray(start, at);
      onFrame(() => decodePacket(isBinary ? content : new TextDecoder().decode(content)));
    }
    chunks = [all.subarray(at)];
    size -= at;
  };
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}
