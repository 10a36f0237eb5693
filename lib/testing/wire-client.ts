import { Inbox } from './inbox.js';

/** The handshake of a session, as the server sent it. Times in milliseconds, `maxPayload` in bytes. */
export interface WireHandshake {
  readonly sid: string;
  readonly upgrades: string[];
  readonly pingInterval: number;
  readonly pingTimeout: number;
  readonly maxPayload: number;
}

/** How a wire client behaves. */
export interface WireOptions {
  /** Whether pings are answered, and kept out of `next()`. @default true */
  readonly answerPings?: boolean;
  /** The longest wait of `next()`, in milliseconds. @default 2_000 */
  readonly timeout?: number;
}

const defaultTimeout = 2_000;

/**
 * A client that speaks packets as they stand on the wire: `send('42["hi"]')`, then `await next()`.
 *
 * Text is an Engine.IO packet with its type digit; bytes are a binary message.
 */
export abstract class WireClient implements AsyncDisposable {
  /** Resolves when the connection is closed; with the close code of a WebSocket, else with `undefined`. */
  readonly closed: Promise<number | undefined>;
  readonly #inbox = new Inbox();
  readonly #answerPings: boolean;
  readonly #timeout: number;
  #handshake: WireHandshake | null = null;
  #onClosed!: (code: number | undefined) => void;

  protected constructor(options: WireOptions = {}) {
    this.#answerPings = options.answerPings ?? true;
    this.#timeout = options.timeout ?? defaultTimeout;
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  /** The handshake; there once the client is connected. */
  get handshake(): WireHandshake {
    if (this.#handshake === null) throw new Error('The session is not open yet');
    return this.#handshake;
  }

  /** The session's id. */
  get sid(): string {
    return this.handshake.sid;
  }

  /** Takes the next packet; rejects when none comes in time, or the connection is closed. */
  next(): Promise<string | Buffer> {
    return this.#inbox.next(this.#timeout);
  }

  /** Hands what came and what comes to a listener, in the place of `next()`; how it ends is told by `closed`. */
  listen(listener: (packet: string | Buffer) => void): void {
    this.#inbox.listen(listener);
  }

  /** Joins a namespace; resolves with the id of the socket. */
  async join(namespace = '/', auth?: object): Promise<string> {
    const name = namespace === '/' ? '' : `${namespace},`;
    this.send(`40${name}${auth === undefined ? '' : JSON.stringify(auth)}`);
    const answer = String(await this.next());
    if (!answer.startsWith(`40${name}{`)) throw new Error(`${namespace} did not let the client in: ${answer}`);
    return (JSON.parse(answer.slice(2 + name.length)) as { sid: string }).sid;
  }

  /** Sends a packet as it is. */
  abstract send(packet: string | Uint8Array): void;
  /** Ends the connection; resolves when it is closed. */
  abstract close(): Promise<void>;

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Takes the first packet of a session. */
  protected async readHandshake(): Promise<void> {
    const open = String(await this.next());
    if (!open.startsWith('0')) throw new Error(`Expected the handshake, got ${open}`);
    this.#handshake = JSON.parse(open.slice(1)) as WireHandshake;
  }

  protected onPacket(packet: string | Buffer): void {
    if (packet === '2' && this.#answerPings) this.send('3');
    else this.#inbox.push(packet);
  }

  protected onClosed(reason: string, code?: number): void {
    this.#inbox.end(reason);
    this.#onClosed(code);
  }
}
