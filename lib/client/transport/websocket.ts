import { decodePacket, encodePacket, type EnginePacket } from '../../protocol/index.js';
import { withoutBlobs } from './blob.js';
import { PlainWebSocketTransport } from './plain-websocket.js';
import type { OutgoingPacket } from './transport.js';

/** WebSocket, by the platform's class; bytes travel as text where `forceBase64` asks for it. */
export class WebSocketTransport extends PlainWebSocketTransport {
  protected override encode(packet: EnginePacket): string | Uint8Array {
    return encodePacket(packet, this.options.forceBase64 !== true);
  }

  protected override write(packets: readonly OutgoingPacket[]): void {
    if (this.options.forceBase64 !== true) super.write(packets);
    else void withoutBlobs(packets).then((read) => super.write(read));
  }

  protected override decode(data: string | Uint8Array): EnginePacket {
    return decodePacket(data);
  }
}
