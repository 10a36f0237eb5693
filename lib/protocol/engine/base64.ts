import { ParseError } from '../parse-error.js';

/** The part of Node's `Buffer` that is used where it exists; a browser has `atob` and `btoa`. */
interface NodeBuffer {
  from(data: string, encoding: 'base64'): Uint8Array;
  from(data: ArrayBufferLike, offset: number, length: number): { toString(encoding: 'base64'): string };
}

const nodeBuffer = (globalThis as { Buffer?: NodeBuffer }).Buffer;
// One character class and an anchored tail: linear whatever the input.
const grammar = /^[A-Za-z0-9+/]*={0,2}$/;

/** Writes bytes as base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  if (nodeBuffer !== undefined) {
    return nodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  }
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Reads base64 with or without padding; a `Buffer` on Node. Throws `ParseError` on anything else. */
export function decodeBase64(text: string): Uint8Array {
  const unpadded = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length;
  if (unpadded % 4 === 1 || (unpadded !== text.length && text.length % 4 !== 0) || !grammar.test(text)) {
    throw new ParseError('invalidBase64');
  }
  if (nodeBuffer !== undefined) return nodeBuffer.from(text, 'base64');
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
