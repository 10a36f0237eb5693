import type { Socket } from 'socket.io-client';
import { Clients } from '../support/clients.js';
import { httpRequest, readAnswers, type HttpAnswer, type HttpRequestParts } from './http-text.js';
import { RawConnection } from './raw-connection.js';
import { RawWebSocket, type RawWebSocketOptions } from './raw-websocket.js';
import type { Target } from './target.js';

/** Whoever runs one case: every connection it opens is known, and ends with the case. */
export class Attacker {
  readonly target: Target;
  readonly #connections: RawConnection[] = [];
  readonly #clients = new Clients(() => this.target.url);

  constructor(target: Target) {
    this.target = target;
  }

  /** The ports by which the server knows its connections, without those that are another's by now. */
  get ports(): number[] {
    return this.#connections.map(({ port }) => port).filter((port) => this.target.owners.get(port) === this);
  }

  async connect(): Promise<RawConnection> {
    const connection = await RawConnection.open(this.target.port);
    this.#connections.push(connection);
    this.target.owners.set(connection.port, this);
    return connection;
  }

  /** Sends a request over a connection of its own. */
  async request(target: string, parts: HttpRequestParts = {}): Promise<HttpAnswer> {
    const [answer] = await this.exchange(httpRequest(target, parts));
    return answer ?? { status: 0, head: '', body: 'none' };
  }

  /** Sends bytes over a connection, and reads until the server ends it, or has given so many answers. */
  async exchange(bytes: string | Buffer, count = Infinity): Promise<HttpAnswer[]> {
    const connection = await this.connect();
    connection.write(bytes);
    const answers = (): HttpAnswer[] => readAnswers(connection.received, connection.isEnded);
    await connection.until(() => connection.isEnded || (count < Infinity && answers().length >= count));
    const all = answers();
    if (!connection.isEnded && all.length < count) all.push({ status: 0, head: '', body: 'silence' });
    return all;
  }

  async webSocket(options?: RawWebSocketOptions): Promise<RawWebSocket> {
    return new RawWebSocket(await this.connect(), options);
  }

  /** A WebSocket that is in the main namespace. */
  async member(options?: RawWebSocketOptions): Promise<RawWebSocket> {
    const webSocket = await this.webSocket(options);
    if (!(await webSocket.opened())) throw new Error(`No WebSocket: ${webSocket.head}`);
    await webSocket.join();
    return webSocket;
  }

  /** A published client, for what others see of an attack. */
  connectPublished(): Promise<Socket> {
    return this.#clients.connect('/', { transports: ['websocket'] });
  }

  /** Whether the server lets go of a connection that it has shown to know, and the peer never closes. */
  async isDropped({ port }: RawConnection): Promise<boolean> {
    return (await this.target.leftOf([port])).connections === 0;
  }

  /** Ends what is still open; ports stay known. */
  leave(): void {
    this.#clients.close();
    for (const connection of this.#connections) connection.destroy();
  }
}

/** Answers as a case requires them: status and body of each, in order. */
export function told(answers: readonly HttpAnswer[]): string {
  if (answers.length === 0) return 'end';
  return answers.map(({ status, body }) => `${status} ${body}`.trim()).join(' | ');
}
