import type { OutgoingPacket } from './transport.js';

/** Reads the Blobs among packets, for a transport that takes bytes alone. */
export function withoutBlobs(packets: readonly OutgoingPacket[]): Promise<OutgoingPacket[]> {
  return Promise.all(
    packets.map(async (packet) => {
      const data: unknown = packet.data;
      return data instanceof Blob ? { ...packet, data: new Uint8Array(await data.arrayBuffer()) } : packet;
    }),
  );
}
