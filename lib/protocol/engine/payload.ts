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
 * Decodes a polling body and hands each packet on as it is found.
 *
 * @throws ParseError at the first packet that is invalid; those before it have been handed on.
 * @see Engine.IO v4 §Payload encoding
 */
export function decodePayload(payload: string, onPacket: (packet: EnginePacket) => void): void {
  let start = 0;
  for (;;) {
    const end = payload.indexOf(recordSeparator, start);
    if (end === -1) {
      onPacket(decodePacket(payload.slice(start)));
      return;
    }
    onPacket(decodePacket(payload.slice(start, end)));
    start = end + 1;
  }
}
