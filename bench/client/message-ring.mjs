import { maskedFrame } from './masked-frame.mjs';

/** How many ack ids there are before they start again: more than are ever in flight. */
const size = 4_096;

/** Events with ascending ack ids, masked once and next to each other: any number of them is one slice. */
export class MessageRing {
  #bytes;
  #offsets = [0];
  #next = 0;

  /** @param {(id: number) => string} textOf the message with one ack id. */
  constructor(textOf) {
    const frames = Array.from({ length: size }, (_, id) => maskedFrame(textOf(id)));
    this.#bytes = Buffer.concat(frames);
    for (const frame of frames) this.#offsets.push(this.#offsets.at(-1) + frame.length);
  }

  /**
   * Writes the next messages, in one piece, or in two where the ids start again.
   *
   * @param {{ write: (bytes: Buffer) => void }} connection
   * @param {number} count
   */
  writeTo(connection, count) {
    const end = Math.min(this.#next + count, size);
    const missing = count - (end - this.#next);
    connection.write(this.#bytes.subarray(this.#offsets[this.#next], this.#offsets[end]));
    this.#next = end === size ? 0 : end;
    if (missing > 0) this.writeTo(connection, missing);
  }
}
