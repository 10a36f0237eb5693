import { WebSocket } from 'ws';
import { WireClient, type WireOptions } from './wire-client.js';

/** A wire client over WebSocket. */
export class WebSocketWireClient extends WireClient {
  readonly #webSocket: WebSocket;

  private constructor(webSocket: WebSocket, options: WireOptions) {
    super(options);
    this.#webSocket = webSocket;
    webSocket.on('message', (data: Buffer, isBinary) => this.onPacket(isBinary ? data : data.toString()));
    webSocket.on('close', (code) => this.onClosed(`code ${code}`, code));
    webSocket.on('error', () => webSocket.terminate());
  }

  /**
   * Opens a session.
   *
   * @param url the server's path with its query, `http://127.0.0.1:3000/socket.io/?EIO=4&transport=websocket`.
   */
  static async connect(url: string, options: WireOptions = {}): Promise<WebSocketWireClient> {
    const client = await WebSocketWireClient.open(url, options);
    try {
      await client.readHandshake();
    } catch (error) {
      client.#webSocket.terminate();
      throw error;
    }
    return client;
  }

  /** Opens a connection and nothing else: the other half of an upgrade begins like this. */
  static async open(url: string, options: WireOptions = {}): Promise<WebSocketWireClient> {
    const webSocket = new WebSocket(url.replace(/^http/, 'ws'));
    // Listened to at once: the handshake may come in the same segment as the 101.
    const client = new WebSocketWireClient(webSocket, options);
    await new Promise<void>((resolve, reject) => {
      webSocket.once('open', resolve);
      webSocket.once('error', reject);
    });
    return client;
  }

  send(packet: string | Uint8Array): void {
    this.#webSocket.send(packet);
  }

  async close(): Promise<void> {
    this.#webSocket.close();
    await this.closed;
  }
}
