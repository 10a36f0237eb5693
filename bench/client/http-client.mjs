import { gunzipSync } from 'node:zlib';
import { openTcp } from './tcp.mjs';

const endOfHead = Buffer.from('\r\n\r\n');

/** HTTP on one connection that stays open, one request at a time. */
export class HttpClient {
  #socket;
  #head;
  #waiting = undefined;
  #rest = Buffer.alloc(0);

  /**
   * @param {number} port
   * @param {{ acceptEncoding?: string }} options `acceptEncoding` is nothing or `gzip`.
   */
  constructor(port, { acceptEncoding } = {}) {
    const encoding = acceptEncoding === undefined ? '' : `Accept-Encoding: ${acceptEncoding}\r\n`;
    this.#head = `HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${encoding}`;
    this.#socket = openTcp(
      port,
      (bytes, length) => this.#onBytes(bytes, length),
      (error) => this.#waiting?.reject(error ?? new Error('The server closed an HTTP connection')),
    );
  }

  /**
   * @param {string} path
   * @param {string | undefined} body makes it a POST.
   * @returns {Promise<string>} the body of the response.
   */
  request(path, body) {
    const head = `${body === undefined ? 'GET' : 'POST'} ${path} ${this.#head}`;
    const entity = 'Content-Type: text/plain;charset=UTF-8\r\nContent-Length: ';
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(
        body === undefined ? `${head}\r\n` : `${head}${entity}${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
  }

  close() {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #onBytes(bytes, length) {
    this.#rest = Buffer.concat([this.#rest, bytes.subarray(0, length)]);
    const response = readResponse(this.#rest);
    if (response === undefined) return;
    this.#rest = this.#rest.subarray(response.length);
    const { resolve, reject } = this.#waiting;
    this.#waiting = undefined;
    if (response.status === 200) resolve(response.body);
    else reject(new Error(`Status ${response.status}: ${response.body}`));
  }
}

/**
 * Reads the response that some bytes start with.
 *
 * @param {Buffer} bytes
 * @returns {{ status: number, body: string, length: number } | undefined} nothing while a part is missing; `length` in bytes.
 */
export function readResponse(bytes) {
  const end = bytes.indexOf(endOfHead);
  if (end < 0) return undefined;
  const head = bytes.latin1Slice(0, end);
  const size = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (size === null) throw new Error(`A response without a length: ${head}`);
  const start = end + endOfHead.length;
  const length = start + Number(size[1]);
  if (bytes.length < length) return undefined;
  const body = /\r\ncontent-encoding: *gzip/i.test(head)
    ? gunzipSync(bytes.subarray(start, length)).toString()
    : bytes.utf8Slice(start, length);
  return { status: Number(head.slice(9, 12)), body, length };
}
