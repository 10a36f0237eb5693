import { frame, opcodes, readFrames } from './frames.js';
import { upgradeRequest } from './http-text.js';
import { patience, type RawConnection } from './raw-connection.js';

const headEnd = '\r\n\r\n';
const alive = '4377[]';
const sids = /"(sid|pid)":"[^"]+"/g;

/** How a raw WebSocket is opened. */
export interface RawWebSocketOptions {
  readonly target?: string;
  readonly headers?: readonly string[];
  /** Bytes in the same write as the request. */
  readonly head?: Buffer;
  /** Whether pings of the session are answered. @default true */
  readonly answersPings?: boolean;
}

export const webSocketTarget = '/socket.io/?EIO=4&transport=websocket';

/** A WebSocket made by hand: it sends any bytes, and remembers what came and how it ended. */
export class RawWebSocket {
  readonly connection: RawConnection;
  /** The status line and headers of the answer to the upgrade. */
  head = '';
  /** Every text message, ids blanked; bytes as `<n bytes>`. Without the handshake, pings and the answers asked for here. */
  readonly messages: string[] = [];
  /** The same, ids and all. */
  readonly all: string[] = [];
  /** `close <code>` or `close` behind a close frame. */
  #closing: string | undefined;
  readonly #answersPings: boolean;
  /** The beginning of a frame that is not complete. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(connection: RawConnection, { target = webSocketTarget, ...options }: RawWebSocketOptions = {}) {
    this.connection = connection;
    this.#answersPings = options.answersPings ?? true;
    const request = Buffer.from(upgradeRequest(target, options.headers), 'latin1');
    connection.write(options.head === undefined ? request : Buffer.concat([request, options.head]));
  }

  /** Resolves once the server has accepted; else it stays what `outcome()` tells. */
  async opened(): Promise<boolean> {
    await this.until(() => this.head !== '');
    return this.head.startsWith('HTTP/1.1 101');
  }

  /** Joins a namespace. @returns the answer. */
  async join(namespace = '', auth?: object): Promise<string> {
    const name = namespace === '' ? '' : `${namespace},`;
    this.send(`40${name}${auth === undefined ? '' : JSON.stringify(auth)}`);
    const isAnswer = (message: string): boolean => /^4[04]/.test(message) && message.slice(2).startsWith(name);
    const before = this.all.length;
    await this.until(() => this.all.slice(before).some(isAnswer));
    return this.all.slice(before).find(isAnswer) ?? this.#ending;
  }

  send(packet: string | Buffer): void {
    this.connection.write(frame(packet));
  }

  /** Resolves once such a message has come. */
  async message(prefix: string): Promise<string> {
    await this.until(() => this.all.some((each) => each.startsWith(prefix)));
    return this.all.find((each) => each.startsWith(prefix)) ?? this.#ending;
  }

  /** Waits until it holds, or until nothing can change any more. @returns whether it holds. */
  async until(condition: () => boolean, longest = patience): Promise<boolean> {
    await this.connection.until(() => {
      this.#read();
      return condition() || this.#closing !== undefined || this.connection.isEnded;
    }, longest);
    return condition();
  }

  /** How it ends, when nothing is sent to provoke anything. */
  async ending(longest = patience): Promise<string> {
    await this.until(() => false, longest);
    return this.#ending;
  }

  /**
   * Everything that came, and then `alive` when the session still answers, or how it ended.
   *
   * `close 1002` is a close frame, `cut` the end without one, `silence` neither an answer nor an end.
   */
  async outcome(namespace = ''): Promise<string> {
    const name = namespace === '' ? '' : `${namespace},`;
    const isAlive = (message: string): boolean => message === `43${name}77[]` || message === alive;
    const before = this.all.filter(isAlive).length;
    this.send(`42${name}77["alive"]`);
    const answers = await this.until(() => this.all.filter(isAlive).length > before);
    return [...this.messages.filter((each) => !isAlive(each)), answers ? 'alive' : this.#ending].join(' ');
  }

  get #ending(): string {
    if (this.head !== '' && !this.head.startsWith('HTTP/1.1 101')) return this.head.slice(9, 12);
    return this.#closing ?? (this.connection.isEnded ? 'cut' : 'silence');
  }

  #read(): void {
    if (this.head === '') {
      const received = this.connection.received.toString('latin1');
      const end = received.indexOf(headEnd);
      if (end === -1) return;
      this.head = received.slice(0, end);
      const rest = this.connection.take().subarray(end + headEnd.length);
      this.#rest = rest;
    }
    if (!this.head.startsWith('HTTP/1.1 101')) return;
    const { frames, rest } = readFrames(Buffer.concat([this.#rest, this.connection.take()]));
    this.#rest = rest;
    for (const { opcode, payload } of frames) {
      if (opcode === opcodes.text) this.#onText(payload.toString());
      else if (opcode === opcodes.binary) this.messages.push(`<${payload.length} bytes>`);
      else if (opcode === opcodes.close) {
        this.#closing ??= payload.length === 0 ? 'close' : `close ${payload.readUInt16BE(0)}`;
      }
    }
  }

  #onText(text: string): void {
    if (text === '2') {
      if (this.#answersPings) this.send('3');
      return;
    }
    this.all.push(text);
    if (!text.startsWith('0') && !text.startsWith('40{')) this.messages.push(text.replace(sids, '"$1":"*"'));
  }
}
