import { engineDigit, type Frame } from '../../protocol/index.js';

const finText = 0x81;
const finBinary = 0x82;

/**
 * Returns the WebSocket frames of a packet, as a server sends them: unmasked, one per Engine.IO packet.
 *
 * Built once and kept on the frame, so that every receiver of a broadcast is written the same bytes.
 *
 * @see RFC 6455 §5.2
 */
// hot: one allocation per frame, however many receive it.
export function webSocketBytes(frame: Frame): Uint8Array {
  frame.webSocketBytes ??= build(engineDigit(frame.type), frame.parts);
  return frame.webSocketBytes;
}

/** Returns the WebSocket frames of messages that are complete already. */
export function buildWebSocketBytes(messages: readonly (string | Uint8Array)[]): Uint8Array {
  return build('', messages);
}

/** @param prefix stands in front of each text, in ASCII. */
function build(prefix: string, parts: readonly (string | Uint8Array)[]): Uint8Array {
  let size = 0;
  for (const part of parts) {
    const length = payloadLength(prefix, part);
    size += headerLength(length) + length;
  }
  const bytes = Buffer.allocUnsafe(size);
  let offset = 0;
  for (const part of parts) {
    const length = payloadLength(prefix, part);
    offset = writeHeader(bytes, offset, typeof part === 'string' ? finText : finBinary, length);
    if (typeof part === 'string') {
      offset += bytes.write(prefix, offset, 'latin1');
      offset += bytes.write(part, offset, 'utf8');
    } else {
      bytes.set(part, offset);
      offset += length;
    }
  }
  return bytes;
}

function payloadLength(prefix: string, part: string | Uint8Array): number {
  return typeof part === 'string' ? prefix.length + Buffer.byteLength(part) : part.byteLength;
}

function headerLength(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

function writeHeader(bytes: Buffer, offset: number, opcode: number, length: number): number {
  bytes[offset] = opcode;
  if (length < 126) {
    bytes[offset + 1] = length;
    return offset + 2;
  }
  if (length < 65_536) {
    bytes[offset + 1] = 126;
    return bytes.writeUInt16BE(length, offset + 2);
  }
  bytes[offset + 1] = 127;
  bytes.writeUInt32BE(Math.floor(length / 2 ** 32), offset + 2);
  return bytes.writeUInt32BE(length % 2 ** 32, offset + 6);
}
