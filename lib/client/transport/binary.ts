/** A class of bytes that one platform has and the other has not. */
interface NodeBuffer {
  from(data: ArrayBufferLike, offset: number, length: number): Uint8Array;
}

const { Buffer } = globalThis as { Buffer?: NodeBuffer };

/** Returns bytes as the platform's applications know them: a `Buffer` on Node, an `ArrayBuffer` in browsers. */
export function platformBytes(bytes: Uint8Array, binaryType: string | undefined): Uint8Array {
  const { buffer, byteOffset, byteLength } = bytes;
  if (Buffer !== undefined && binaryType !== 'arraybuffer') return Buffer.from(buffer, byteOffset, byteLength);
  // The decoder looks at nothing but its length.
  return buffer.slice(byteOffset, byteOffset + byteLength) as unknown as Uint8Array;
}
