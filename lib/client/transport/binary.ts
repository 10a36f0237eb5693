/** A class of bytes that one platform has and the other has not. */
interface NodeBuffer {
  from(data: ArrayBufferLike, offset: number, length: number): Uint8Array;
}

const nodeBuffer = (globalThis as { Buffer?: NodeBuffer }).Buffer;

/** Returns bytes as the platform's applications know them: a `Buffer` on Node, an `ArrayBuffer` in browsers. */
export function platformBytes(bytes: Uint8Array, binaryType: string | undefined): Uint8Array {
  const { buffer, byteOffset, byteLength } = bytes;
  if (nodeBuffer !== undefined && binaryType !== 'arraybuffer') return nodeBuffer.from(buffer, byteOffset, byteLength);
  // The decoder looks at nothing but its length.
  return buffer.slice(byteOffset, byteOffset + byteLength) as unknown as Uint8Array;
}
