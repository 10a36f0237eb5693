import type { EnginePacket } from '../../protocol/index.js';

/** A class of bytes that one platform has and the other has not. */
interface NodeBuffer {
  from(data: ArrayBufferLike, offset: number, length: number): Uint8Array;
}

const nodeBuffer = (globalThis as { Buffer?: NodeBuffer }).Buffer;

/** Returns a packet whose bytes are what the platform's applications know: a `Buffer` on Node, else an `ArrayBuffer`. */
export function platformPacket({ type, data }: EnginePacket, binaryType: string | undefined): EnginePacket {
  if (typeof data === 'string') return { type, data };
  const { buffer, byteOffset, byteLength } = data;
  if (nodeBuffer !== undefined && binaryType !== 'arraybuffer') {
    return { type, data: nodeBuffer.from(buffer, byteOffset, byteLength) };
  }
  // The decoder hands it on without a look inside.
  return { type, data: buffer.slice(byteOffset, byteOffset + byteLength) as unknown as Uint8Array };
}
