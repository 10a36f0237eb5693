/** What the server tells a client when a session opens. Times in milliseconds, `maxPayload` in bytes. */
export interface OpenPacket {
  readonly sid: string;
  readonly upgrades: readonly string[];
  readonly pingInterval: number;
  readonly pingTimeout: number;
  readonly maxPayload: number;
}

/**
 * Encodes the data of an `open` packet, with its keys in the order clients have always seen.
 *
 * @see Engine.IO v4 §Handshake
 */
export function encodeOpen(open: OpenPacket): string {
  const { sid, upgrades, pingInterval, pingTimeout, maxPayload } = open;
  return JSON.stringify({ sid, upgrades, pingInterval, pingTimeout, maxPayload });
}
