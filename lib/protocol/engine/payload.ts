import { decodePacket, encodePacket } from './codec.js';
import type { EnginePacket } from './packet.js';

/** Stands between the packets of an Engine.IO 4 payload; nothing is escaped. */
export const recordSeparator = '\x1e';

/**
 * Encodes packets as one polling body.
 *
 * @see Engine.IO v4 §Payload encoding
 */
export function encodePayload(packets: readonly EnginePacket[]): string {
  let payload = '';
  for (const [index, packet] of packets.entries()) {
    payload += (index === 0 ? '' : recordSeparator) + (encodePacket(packet, false) as string);
  }
  return payload;
}

/**
 * Decodes a polling body, packet by packet as they are asked for.
 *
 * @throws ParseError from `next()`, at the first packet that is invalid.
 * @see Engine.IO v4 §Payload encoding
 */
export function* decodePayload(payload: string): Generator<EnginePacket, void, void> {
  let start = 0;
  for (;;) {
    const end = payload.indexOf(recordSeparator, start);
    if (end === -1) {
      yield decodePacket(payload.slice(start));
      return;
    }
    yield decodePacket(payload.slice(start, end));
    start = end + 1;
  }
}
