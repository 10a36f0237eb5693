import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server as HttpServer,
} from 'node:http';
import { connect as connectTcp, type AddressInfo, type Socket as TcpSocket } from 'node:net';
import { EngineServer, type AttachOptions, type EngineOptions, type EngineSocket } from '../../lib/engine/index.js';
import { PollingWireClient, WebSocketWireClient, type WireClient, type WireOptions } from '../../lib/testing/index.js';

export { deferred, until } from '../support/waiting.js';

/** An answer to a plain HTTP request. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a request is made of beside its path. */
export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** An engine on a free port, recording what happens to its sessions. */
export class TestEngine implements AsyncDisposable {
  readonly engine: EngineServer;
  readonly httpServer: HttpServer;
  /** Every session that was opened, in order. */
  readonly sockets: EngineSocket[] = [];
  readonly messages: (string | Buffer)[] = [];
  readonly errors: unknown[] = [];
  readonly #clients: WireClient[] = [];
  readonly #closings: [string, unknown][] = [];
  #onClosing: ((closing: [string, unknown]) => void)[] = [];
  onMessage: (socket: EngineSocket, data: string | Buffer) => void = () => {};

  private constructor(options: EngineOptions, attach: AttachOptions) {
    this.httpServer = createServer((_request, response) => response.writeHead(404).end('elsewhere'));
    this.engine = new EngineServer(
      { onError: (error) => this.errors.push(error), ...options },
      {
        onOpen: (socket) => {
          this.sockets.push(socket);
          return {
            onMessage: (data) => {
              this.messages.push(data);
              this.onMessage(socket, data);
            },
            onWritable: () => {},
            onClose: (reason, description) => {
              const waiting = this.#onClosing.shift();
              if (waiting === undefined) this.#closings.push([reason, description]);
              else waiting([reason, description]);
            },
          };
        },
      },
    );
    this.engine.attach(this.httpServer, attach);
  }

  static async start(options: EngineOptions = {}, attach: AttachOptions = {}): Promise<TestEngine> {
    const test = new TestEngine(options, attach);
    await new Promise<void>((resolve) => {
      test.httpServer.listen(0, '127.0.0.1', resolve);
    });
    return test;
  }

  get port(): number {
    return (this.httpServer.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The next session that ends: why, and what is known beyond it. */
  closing(): Promise<[string, unknown]> {
    const closing = this.#closings.shift();
    if (closing !== undefined) return Promise.resolve(closing);
    return new Promise((resolve) => {
      this.#onClosing.push(resolve);
    });
  }

  /** The requests and upgrades that the engine has begun to handle from now on. */
  requests(): IncomingMessage[] {
    const seen: IncomingMessage[] = [];
    this.engine.use((request, _response, next) => {
      seen.push(request);
      next();
    });
    return seen;
  }

  async webSocket(query = '', options?: WireOptions): Promise<WebSocketWireClient> {
    const client = await WebSocketWireClient.connect(
      `${this.url}/engine.io/?EIO=4&transport=websocket${query}`,
      options,
    );
    this.#clients.push(client);
    return client;
  }

  async polling(options?: WireOptions): Promise<PollingWireClient> {
    const client = await PollingWireClient.connect(`${this.url}/engine.io/?EIO=4&transport=polling`, options);
    this.#clients.push(client);
    return client;
  }

  /** Opens the WebSocket of an upgrade, before its probe. */
  async probe(sid: string, options?: WireOptions): Promise<WebSocketWireClient> {
    const client = await WebSocketWireClient.open(
      `${this.url}/engine.io/?EIO=4&transport=websocket&sid=${sid}`,
      options,
    );
    this.#clients.push(client);
    return client;
  }

  /** Opens a polling session by hand; nothing polls for it. */
  async handshake(headers: Record<string, string> = {}): Promise<string> {
    const { body } = await this.request('?EIO=4&transport=polling', { headers });
    return (JSON.parse(body.slice(1)) as { sid: string }).sid;
  }

  get(sid: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(`?EIO=4&transport=polling&sid=${sid}`, { headers });
  }

  post(sid: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(`?EIO=4&transport=polling&sid=${sid}`, { method: 'POST', body, headers });
  }

  /** A request of a connection of its own. @param target a path, or the query of the engine's path. */
  request(target: string, { method = 'GET', headers = {}, body }: RequestOptions = {}): Promise<Answer> {
    const path = target.startsWith('?') ? `/engine.io/${target}` : target;
    return new Promise((resolve, reject) => {
      const request = httpRequest(this.url + path, { method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(
              response.headers['content-encoding'] === undefined ? 'utf8' : 'latin1',
            ),
          }),
        );
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  /** Sends bytes over TCP and reads until the server ends the connection. */
  async raw(text: string): Promise<string> {
    const socket = this.tcp();
    socket.write(text);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    return answer;
  }

  tcp(): TcpSocket {
    return connectTcp(this.port, '127.0.0.1');
  }

  /** The text of an upgrade request. */
  upgradeRequest(target: string, headers: string[] = []): string {
    return [
      `GET ${target.startsWith('?') ? `/engine.io/${target}` : target} HTTP/1.1`,
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
      '\r\n',
    ].join('\r\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.httpServer.close(() => resolve());
    });
    this.engine.close();
    await Promise.all(this.#clients.map((client) => client.close()));
    this.httpServer.closeAllConnections();
    await closed;
  }
}
