import { FrameReader } from './frame-reader.mjs';
import { closeFrame, maskedFrame, textFrame } from './masked-frame.mjs';
import { openTcp } from './tcp.mjs';

const endOfHead = Buffer.from('\r\n\r\n');
const pong = maskedFrame('3');
const close = maskedFrame('', closeFrame);
const digit = { open: 0x30, ping: 0x32, message: 0x34 };

/**
 * A Socket.IO client on a WebSocket of its own, as cheap as it can be: it reads as little of a message as the workload needs.
 */
export class WebSocketClient {
  /**
   * Called for every message: its place in bytes that are overwritten afterwards, with the opcode of its frame.
   *
   * @type {(opcode: number, bytes: Buffer, start: number, end: number) => void}
   */
  onMessage = () => {};
  /** Called once what was read together has been told. */
  onRead = () => {};
  /** Called for every ping of the server, which is answered. */
  onPing = () => {};
  /** @type {(error: Error | undefined) => void} */
  onEnd = (error) => {
    throw error ?? new Error('The server ended a connection');
  };
  #socket;
  #head = Buffer.alloc(0);
  #isUpgraded = false;
  #onUpgraded;
  #reader = new FrameReader((opcode, bytes, start, end) => this.#onFrame(opcode, bytes, start, end));

  /**
   * @param {number} port
   * @param {string} query what follows `transport=websocket`.
   * @param {() => void} onUpgraded called when the WebSocket is open.
   */
  constructor(port, query, onUpgraded) {
    this.#onUpgraded = onUpgraded;
    this.#socket = openTcp(
      port,
      (bytes, length) => this.#onBytes(bytes, length),
      (error) => this.onEnd(error),
    );
    this.#socket.write(
      `GET /socket.io/?EIO=4&transport=websocket${query} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\n` +
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
        'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n',
    );
  }

  /**
   * Opens a session and joins the main namespace.
   *
   * @param {number} port
   * @param {(client: WebSocketClient) => void} prepare sets its callbacks before a message can come.
   * @returns {Promise<WebSocketClient>}
   */
  static open(port, prepare = () => {}) {
    return new Promise((resolve, reject) => {
      const client = new WebSocketClient(port, '', () => {});
      prepare(client);
      const { onMessage, onEnd } = client;
      client.onEnd = (error) => reject(error ?? new Error('The server refused a connection'));
      client.onOpen = () => client.write(maskedFrame('40'));
      client.onMessage = (_opcode, bytes, start, end) => {
        const text = bytes.latin1Slice(start, end);
        if (!text.startsWith('40{')) return reject(new Error(`Not let in: ${text}`));
        client.onMessage = onMessage;
        client.onEnd = onEnd;
        resolve(client);
      };
    });
  }

  /** Called when the session is open. */
  onOpen = () => {};

  /** @param {Buffer} bytes complete frames. */
  write(bytes) {
    this.#socket.write(bytes);
  }

  /**
   * Writes, and tells when the system has taken all of it.
   *
   * @param {Buffer} bytes
   * @param {() => void} callback
   */
  writeThen(bytes, callback) {
    this.#socket.write(bytes, callback);
  }

  /** Closes the WebSocket; resolves when the server has, too. */
  close() {
    return new Promise((resolve) => {
      this.onEnd = resolve;
      this.#socket.end(close);
    });
  }

  /** Leaves without a word. */
  destroy() {
    this.onEnd = () => {};
    this.#socket.destroy();
  }

  #onBytes(bytes, length) {
    if (this.#isUpgraded) this.#reader.push(bytes, length);
    else this.#readHead(Buffer.concat([this.#head, bytes.subarray(0, length)]));
    this.onRead();
  }

  #readHead(head) {
    this.#head = head;
    const end = head.indexOf(endOfHead);
    if (end < 0) return;
    if (!head.latin1Slice(0, 12).endsWith(' 101')) throw new Error(`No upgrade: ${head.latin1Slice(0, end)}`);
    this.#isUpgraded = true;
    this.#head = undefined;
    this.#onUpgraded();
    this.#reader.push(head.subarray(end + endOfHead.length));
  }

  #onFrame(opcode, bytes, start, end) {
    if (opcode === closeFrame) return;
    if (opcode === textFrame) {
      const type = bytes[start];
      if (type === digit.ping) {
        this.#socket.write(pong);
        return this.onPing();
      }
      if (type === digit.open) return this.onOpen();
    }
    this.onMessage(opcode, bytes, start, end);
  }
}
