import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { OutgoingPacket } from '../transport/transport.js';
import type { WebSocketLike } from '../transport/plain-websocket.js';
import { WebSocketTransport } from '../transport/websocket.js';
import { jarOf } from './cookie-jar.js';
import { requestOptions } from './request-options.js';

/** WebSocket by the package `ws`, which takes headers, an agent and TLS options. */
export class NodeWebSocketTransport extends WebSocketTransport {
  protected override connect(url: string): WebSocketLike {
    const { protocols, perMessageDeflate = { threshold: 1_024 }, binaryType, autoUnref } = this.options;
    const socket = new WebSocket(url, protocols, {
      ...requestOptions(this.options, this.owner),
      perMessageDeflate,
    });
    if (binaryType !== undefined) socket.binaryType = binaryType as 'nodebuffer';
    socket.on('upgrade', (response: IncomingMessage) => {
      jarOf(this.owner)?.keep(response.headers['set-cookie']);
      if (autoUnref === true) response.socket.unref();
    });
    return socket as unknown as WebSocketLike;
  }

  protected override sendMessage(
    socket: WebSocketLike,
    data: string | Uint8Array,
    { compress = true }: OutgoingPacket,
  ): void {
    // Without it, `ws` compresses what is long enough.
    if (compress) socket.send(data);
    else (socket as unknown as WebSocket).send(data, { compress });
  }
}
