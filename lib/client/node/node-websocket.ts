import type { IncomingMessage } from 'node:http';
import type { Socket as TcpSocket } from 'node:net';
import { WebSocket } from 'ws';
import type { OutgoingPacket } from '../transport/transport.js';
import type { WebSocketLike } from '../transport/plain-websocket.js';
import { WebSocketTransport } from '../transport/websocket.js';
import { jarOf } from './cookie-jar.js';
import { requestOptions } from './request-options.js';

/** WebSocket by the package `ws`, which takes headers, an agent and TLS options. */
export class NodeWebSocketTransport extends WebSocketTransport {
  #tcp: TcpSocket | undefined;

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
      this.#tcp = response.socket;
    });
    return socket as unknown as WebSocketLike;
  }

  /** What is handed over together leaves together, not by a system call each. */
  protected override write(packets: readonly OutgoingPacket[]): void {
    this.#tcp?.cork();
    super.write(packets);
    this.#tcp?.uncork();
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
