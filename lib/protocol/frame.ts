import type { EnginePacketType } from './engine/packet.js';

/**
 * One encoded packet, shared by all its receivers.
 *
 * A Socket.IO packet is a `message` frame with one part per Engine.IO message (text first, then its attachments); an
 * Engine.IO control packet is a frame with one text part. Nobody changes a frame after it was made: the two caches
 * below are filled by the first transport that needs them and reused by every other one.
 */
export class Frame {
  readonly type: EnginePacketType;
  /** The data of each Engine.IO packet, without its type digit. */
  readonly parts: readonly (string | Uint8Array)[];
  /** Whether a transport that compresses may compress it. */
  readonly compress: boolean;
  /** Whether a part is bytes, which belong to the caller and may be reused once the packet was handed over. */
  readonly hasBytes: boolean;
  /** About how much memory it takes while it waits, in bytes: a character counts as one. */
  readonly size: number;
  /** Cache: complete server-to-client WebSocket frames, ready for the TCP socket. */
  webSocketBytes: Uint8Array | null = null;
  /** Cache: the packets as they stand in a polling payload, joined by the record separator. */
  payloadText: string | null = null;

  constructor(type: EnginePacketType, parts: readonly (string | Uint8Array)[], compress = true) {
    this.type = type;
    this.parts = parts;
    this.compress = compress;
    // Attachments only ever follow a text; a codec of the application's own may write a single part of bytes.
    this.hasBytes = parts.length > 1 || typeof parts[0] !== 'string';
    let size = 0;
    for (const part of parts) size += part.length;
    this.size = size;
  }

  /** Returns a frame with bytes of its own: those of this one belong to the caller. */
  copy(): Frame {
    const parts = this.parts.map((part) => (typeof part === 'string' ? part : Uint8Array.from(part)));
    return new Frame(this.type, parts, this.compress);
  }
}
