import { ParseError } from '../parse-error.js';
import { decodePacket, encodePacket } from './codec.js';
import { concatenate } from './concatenate.js';
import type { EnginePacket } from './packet.js';

const binaryBit = 0x80;
const lengthBits = 0x7f;
const shortLength = 126;
const longLength = 127;

const nothing = new Uint8Array(0);
const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

/**
 * Encodes packets for a byte stream: each is its length, with a bit for bytes, and its content.
 *
 * @see Engine.IO v4 §WebTransport
 */
export function encodeStream(packets: readonly EnginePacket[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (const packet of packets) {
    const encoded = encodePacket(packet, true);
    const isBinary = typeof encoded !== 'string';
    const body = isBinary ? encoded : textEncoder.encode(encoded);
    const header = headerOf(body.byteLength, isBinary);
    pieces.push(header, body);
    size += header.byteLength + body.byteLength;
  }
  return concatenate(pieces, size);
}

function headerOf(length: number, isBinary: boolean): Uint8Array {
  const bit = isBinary ? binaryBit : 0;
  if (length < shortLength) return Uint8Array.of(bit | length);
  if (length < 65_536) return Uint8Array.of(bit | shortLength, length >> 8, length & 0xff);
  const header = new Uint8Array(9);
  header[0] = bit | longLength;
  new DataView(header.buffer).setBigUint64(1, BigInt(length));
  return header;
}

/** Finds packets in a byte stream, however it is cut; every byte is looked at once. */
export class StreamDecoder {
  readonly #maxPayload: number;
  readonly #onPacket: (packet: EnginePacket) => void;
  /** The beginning of a packet that is not complete: the first `#kept` bytes. */
  #buffer = nothing;
  #kept = 0;

  /** @param maxPayload the longest packet that is taken, in bytes. */
  constructor(maxPayload: number, onPacket: (packet: EnginePacket) => void) {
    this.#maxPayload = maxPayload;
    this.#onPacket = onPacket;
  }

  /**
   * Takes the next bytes, and hands each packet on as it is complete.
   *
   * @throws ParseError for a packet that is invalid, empty or too long; nothing more can be read then.
   */
  push(chunk: Uint8Array): void {
    if (this.#kept === 0) {
      this.#keep(chunk.subarray(this.#read(chunk)));
      return;
    }
    this.#keep(chunk);
    const complete = this.#read(this.#buffer.subarray(0, this.#kept));
    if (complete === 0) return;
    const rest = this.#buffer.slice(complete, this.#kept);
    this.#buffer = rest;
    this.#kept = rest.byteLength;
  }

  /** Hands on the packets that are complete; returns where the first stands that is not. */
  #read(bytes: Uint8Array): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    for (;;) {
      const left = bytes.byteLength - start;
      if (left === 0) return start;
      const first = bytes[start]!;
      const short = first & lengthBits;
      const headerLength = headerLengthOf(short);
      if (left < headerLength) return start;
      let length = short;
      if (short === shortLength) length = view.getUint16(start + 1);
      else if (short === longLength) length = Number(view.getBigUint64(start + 1));
      if (length === 0 || length > this.#maxPayload) throw new ParseError('invalidLength');
      if (left < headerLength + length) return start;
      start += headerLength;
      // A copy: what is kept of a stream is written over.
      const body = bytes.slice(start, start + length);
      start += length;
      this.#onPacket(decodePacket((first & binaryBit) === 0 ? textDecoder.decode(body) : body));
    }
  }

  #keep(bytes: Uint8Array): void {
    const size = this.#kept + bytes.byteLength;
    if (size > this.#buffer.byteLength) {
      // Twice as much as is there, so that a stream of single bytes is not copied for each of them.
      const larger = new Uint8Array(Math.max(size, 2 * this.#kept));
      larger.set(this.#buffer.subarray(0, this.#kept));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#kept);
    this.#kept = size;
  }
}

function headerLengthOf(short: number): number {
  if (short < shortLength) return 1;
  return short === shortLength ? 3 : 9;
}
