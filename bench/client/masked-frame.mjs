/** Fixed, and not zero: a server may skip unmasking for zeros. */
const key = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

export const textFrame = 1;
export const binaryFrame = 2;
export const closeFrame = 8;

/**
 * A complete WebSocket frame as a client sends it.
 *
 * @param {string | Uint8Array} payload
 * @param {number} opcode
 * @returns {Buffer}
 */
export function maskedFrame(payload, opcode = typeof payload === 'string' ? textFrame : binaryFrame) {
  const bytes = Buffer.from(payload);
  const header = headerOf(opcode, bytes.length, 0x80);
  const frame = Buffer.concat([header, key, bytes]);
  for (let at = header.length + 4, index = 0; index < bytes.length; index++) frame[at + index] ^= key[index & 3];
  return frame;
}

/**
 * The first bytes of a frame, up to the mask.
 *
 * @param {number} opcode
 * @param {number} length of the payload.
 * @param {number} maskBit `0x80` for a client's.
 */
export function headerOf(opcode, length, maskBit = 0) {
  const first = 0x80 | opcode;
  if (length < 126) return Buffer.from([first, maskBit | length]);
  if (length < 65_536) return Buffer.from([first, maskBit | 126, length >> 8, length & 255]);
  const header = Buffer.alloc(10);
  header[0] = first;
  header[1] = maskBit | 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
