/** Opcodes of RFC 6455 §5.2. */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** How a frame differs from an honest one. */
export interface FrameShape {
  readonly opcode?: number;
  readonly isFinal?: boolean;
  /** The three reserved bits, as a number. */
  readonly reserved?: number;
  readonly isMasked?: boolean;
  readonly mask?: Buffer;
  /** What it says of its length; by default the truth. */
  readonly length?: bigint;
  /** How its length is written, when not in the fewest bytes. */
  readonly lengthBytes?: 2 | 8;
}

/** The bytes of a frame of a client. */
export function frame(payload: string | Buffer, shape: FrameShape = {}): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const { opcode = typeof payload === 'string' ? opcodes.text : opcodes.binary, isFinal = true, reserved = 0 } = shape;
  const { isMasked = true, mask = Buffer.from([1, 2, 3, 4]) } = shape;
  const first = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  const head = [Buffer.from([first]), lengthOf(shape.length ?? BigInt(bytes.length), isMasked, shape.lengthBytes)];
  if (!isMasked) return Buffer.concat([...head, bytes]);
  const masked = Buffer.from(bytes);
  for (let index = 0; index < masked.length; index++) masked[index]! ^= mask[index & 3]!;
  return Buffer.concat([...head, mask, masked]);
}

/** A close frame with a code. */
export function closeFrame(code: number, reason: string | Buffer = ''): Buffer {
  return frame(Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason as string)]), {
    opcode: opcodes.close,
  });
}

function lengthOf(length: bigint, isMasked: boolean, width?: 2 | 8): Buffer {
  const bit = isMasked ? 0x80 : 0;
  if (width === undefined && length < 126n) return Buffer.from([bit | Number(length)]);
  if (width === 2 || (width === undefined && length < 65_536n)) {
    return Buffer.from([bit | 126, Number(length >> 8n), Number(length & 0xffn)]);
  }
  const bytes = Buffer.alloc(9);
  bytes[0] = bit | 127;
  bytes.writeBigUInt64BE(length, 1);
  return bytes;
}

/** A frame of the server. */
export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Reads the frames that are complete; returns them with what is left. */
export function readFrames(bytes: Buffer): { readonly frames: ServerFrame[]; readonly rest: Buffer } {
  const frames: ServerFrame[] = [];
  let start = 0;
  while (bytes.length - start >= 2) {
    const short = bytes[start + 1]! & 0x7f;
    const headLength = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length - start < headLength) break;
    let length = short;
    if (short === 126) length = bytes.readUInt16BE(start + 2);
    else if (short === 127) length = Number(bytes.readBigUInt64BE(start + 2));
    const end = start + headLength + length;
    if (bytes.length < end) break;
    frames.push({ opcode: bytes[start]! & 0x0f, payload: bytes.subarray(start + headLength, end) });
    start = end;
  }
  return { frames, rest: bytes.subarray(start) };
}
