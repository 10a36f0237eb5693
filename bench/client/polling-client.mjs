import { HttpClient } from './http-client.mjs';
import { maskedFrame } from './masked-frame.mjs';
import { WebSocketClient } from './web-socket-client.mjs';

const separator = '\x1e';

/** A Socket.IO client that polls: one connection for its GETs, one for its POSTs. */
export class PollingClient {
  /** @type {(message: string) => void} */
  onMessage = () => {};
  #port;
  #gets;
  #posts;
  #path;
  #isClosed = false;

  /**
   * @param {number} port
   * @param {{ acceptEncoding?: string }} options of its requests.
   */
  constructor(port, options) {
    this.#port = port;
    this.#gets = new HttpClient(port, options);
    this.#posts = new HttpClient(port, options);
    this.#path = '/socket.io/?EIO=4&transport=polling';
  }

  /**
   * Opens a session and joins the main namespace.
   *
   * @param {number} port
   * @param {{ acceptEncoding?: string }} options of its requests.
   */
  static async open(port, options) {
    const client = new PollingClient(port, options);
    const open = await client.#gets.request(client.#path);
    client.sid = JSON.parse(open.slice(1)).sid;
    client.#path += `&sid=${client.sid}`;
    await client.send('40');
    const [answer] = await client.poll();
    if (!answer.startsWith('40{')) throw new Error(`Not let in: ${answer}`);
    return client;
  }

  /** @param {string} message */
  async send(message) {
    await this.#posts.request(this.#path, message);
  }

  /** One GET: the packets it brings. */
  async poll() {
    const body = await this.#gets.request(this.#path);
    return body.split(separator);
  }

  /** Polls until it is closed, and answers pings. */
  async pollOn() {
    while (!this.#isClosed) {
      for (const packet of await this.poll()) {
        if (packet === '2') await this.send('3');
        else this.onMessage(packet);
      }
    }
  }

  /** Moves the session to a WebSocket, as the protocol wants it. @returns {Promise<WebSocketClient>} */
  async upgrade() {
    const polled = this.poll();
    const webSocket = await new Promise((resolve) => {
      const client = new WebSocketClient(this.#port, `&sid=${this.sid}`, () => client.write(maskedFrame('2probe')));
      client.onMessage = (_opcode, bytes, start, end) => {
        const text = bytes.latin1Slice(start, end);
        if (text !== '3probe') throw new Error(`Not a probe: ${text}`);
        resolve(client);
      };
    });
    // The server answers the open GET with a noop: only then polling is paused.
    const packets = await polled;
    if (packets.some((packet) => packet !== '6')) throw new Error(`Not a noop: ${packets}`);
    webSocket.onMessage = () => {};
    webSocket.write(maskedFrame('5'));
    this.close();
    return webSocket;
  }

  close() {
    this.#isClosed = true;
    this.#gets.close();
    this.#posts.close();
  }
}
