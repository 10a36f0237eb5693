const nothing = Buffer.alloc(0);

/**
 * Cuts a stream of bytes into WebSocket frames.
 *
 * It knows what servers and clients of the benchmark send, and throws for everything else: fragments, a mask where there
 * should be none, extensions but for compression. What is compressed stays so: who counts messages need not read them.
 */
export class FrameReader {
  #rest = nothing;
  #onFrame;
  #isMasked;

  /**
   * @param {(opcode: number, bytes: Buffer, start: number, end: number) => void} onFrame gets the payload's place in
   *   bytes that are overwritten once it returns.
   * @param {{ isMasked?: boolean }} options whether frames come from a client.
   */
  constructor(onFrame, { isMasked = false } = {}) {
    this.#onFrame = onFrame;
    this.#isMasked = isMasked;
  }

  /** How many bytes wait for the rest of their frame. */
  get waiting() {
    return this.#rest.length;
  }

  /**
   * @param {Buffer} chunk
   * @param {number} length how many of its bytes were read.
   */
  push(chunk, length = chunk.length) {
    let bytes = chunk;
    let end = length;
    if (this.#rest.length > 0) {
      bytes = Buffer.concat([this.#rest, chunk.subarray(0, length)]);
      end = bytes.length;
      this.#rest = nothing;
    }
    const read = this.#readFrames(bytes, end);
    if (read < end) this.#rest = Buffer.from(bytes.subarray(read, end));
  }

  #readFrames(bytes, end) {
    let at = 0;
    while (end - at >= 2) {
      const first = bytes[at];
      if ((first & 0xb0) !== 0x80)
        throw new Error(`A fragment or an unknown extension: first byte 0x${first.toString(16)}`);
      if (bytes[at + 1] >= 0x80 !== this.#isMasked) throw new Error('A mask on the wrong side');
      let length = bytes[at + 1] & 0x7f;
      let start = at + 2;
      if (length === 126) {
        if (end - at < 4) break;
        length = bytes.readUInt16BE(start);
        start += 2;
      } else if (length === 127) {
        if (end - at < 10) break;
        length = Number(bytes.readBigUInt64BE(start));
        start += 8;
      }
      if (this.#isMasked) start += 4;
      if (end - start < length) break;
      if (this.#isMasked) unmask(bytes, start, length);
      at = start + length;
      this.#onFrame(first & 0x0f, bytes, start, at);
    }
    return at;
  }
}

function unmask(bytes, start, length) {
  for (let index = 0; index < length; index++) bytes[start + index] ^= bytes[start - 4 + (index & 3)];
}
