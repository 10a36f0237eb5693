import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocketServer } from 'ws';
import { io as ioOfAll, type IoOptions } from '../../lib/client/node/index.js';
import { io as ioOfWebSocket } from '../../lib/client/node/websocket.js';
import { until } from '../support/waiting.js';
import { next, type ClientSocket } from './pairs.js';

type Message = string | Buffer;

const handshake = { sid: 'e', upgrades: [], pingInterval: 20_000, pingTimeout: 20_000, maxPayload: 1_000_000 };
const goodHandshake = `0${JSON.stringify(handshake)}`;
const goodConnect = '40{"sid":"s"}';
const fullDepth = 100_000;
const deep = `${'[{"a":'.repeat(fullDepth)}1${'}]'.repeat(fullDepth)}`;

/** A server that does harm in its first session, and answers in all others. */
class HostileServer {
  /** What the first session is opened with. */
  opening: readonly string[] = [goodHandshake];
  /** What follows when a namespace is asked for. */
  messages: readonly Message[] = [goodConnect];
  sessions = 0;
  readonly #http: HttpServer;
  readonly #webSockets: WebSocketServer;
  /** The session that polls. */
  #polled = 0;
  #waiting: Message[] = [];
  #poll: ServerResponse | undefined;

  constructor() {
    this.#http = createServer((request, response) => this.#onRequest(request, response));
    this.#webSockets = new WebSocketServer({ server: this.#http });
    this.#webSockets.on('connection', (socket) => {
      const session = ++this.sessions;
      for (const each of this.#opening(session)) socket.send(each);
      socket.on('message', (data: Buffer) => {
        for (const each of this.#replies(session, data.toString())) socket.send(each);
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#http.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const each of this.#webSockets.clients) each.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => {
      this.#http.close(resolve);
    });
  }

  #opening(session: number): readonly string[] {
    return session === 1 ? this.opening : [goodHandshake];
  }

  #replies(session: number, message: string): readonly Message[] {
    if (message.startsWith('40')) return session === 1 ? this.messages : [goodConnect];
    const [, id] = /^42(\d+)\["echo"/.exec(message) ?? [];
    return id === undefined ? [] : [`43${id}["echo"]`];
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'POST') {
      const session = this.#polled;
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        response.end('ok');
        this.#waiting.push(...this.#replies(session, body));
        this.#flush();
      });
    } else if (!request.url!.includes('sid=')) {
      this.#polled = ++this.sessions;
      response.end(this.#opening(this.#polled).join('\x1e'));
    } else {
      this.#poll = response;
      this.#flush();
    }
  }

  #flush(): void {
    if (this.#poll === undefined || this.#waiting.length === 0) return;
    const parts = this.#waiting.map((each) => (typeof each === 'string' ? each : `b${each.toString('base64')}`));
    this.#poll.end(parts.join('\x1e'));
    this.#poll = undefined;
    this.#waiting = [];
  }
}

const clients = {
  'the client over WebSocket': (url: string, options: IoOptions) =>
    ioOfAll(url, { ...options, transports: ['websocket'] }),
  'the client over long-polling': (url: string, options: IoOptions) =>
    ioOfAll(url, { ...options, transports: ['polling'] }),
  'the client of WebSocket alone': (url: string, options: IoOptions) => ioOfWebSocket(url, options),
} as unknown as Readonly<Record<string, (url: string, options: IoOptions) => ClientSocket>>;

const noPackets: Readonly<Record<string, readonly Message[]>> = {
  'lists too deep': [`42["x",${deep}]`],
  'lists too deep around bytes': [`451-["x",${deep},{"_placeholder":true,"num":0}]`, Buffer.from([1])],
  'more attachments than there may be': ['45999999999-["x",{"_placeholder":true,"num":0}]'],
  'an attachment out of range': ['451-["x",{"_placeholder":true,"num":1}]', Buffer.from([1])],
  'an attachment below the range': ['451-["x",{"_placeholder":true,"num":-1}]', Buffer.from([1])],
  'an attachment between two': ['451-["x",{"_placeholder":true,"num":0.5}]', Buffer.from([1])],
  'an attachment by the name of a method': ['451-["x",{"_placeholder":true,"num":"map"}]', Buffer.from([1])],
  'an attachment by the name of a prototype': ['451-["x",{"_placeholder":true,"num":"__proto__"}]', Buffer.from([1])],
  'bytes that nothing announced': [Buffer.from([1])],
  'text among attachments': ['452-["x",{"_placeholder":true,"num":0}]', Buffer.from([1]), '42["y"]'],
  'no attachments in a packet of bytes': ['450-["x"]'],
  'no JSON': ['42["x"'],
  'a reserved event': ['42["disconnect"]'],
  'an event without a name': ['42[{"toString":1}]'],
  'an unknown type': ['49'],
};

const noSessions: Readonly<Record<string, string>> = {
  'no JSON': '0{',
  'nothing at all': '0null',
  'a packet of no type': 'x',
};

const harmless: Readonly<Record<string, readonly string[]>> = {
  'events and pings before the session': ['2', '42["early"]', goodHandshake],
  'a second handshake': [goodHandshake, '0null'],
};

describe.each(Object.entries(clients))('%s, at a server that breaks the protocol', (_name, io) => {
  let server: HostileServer;
  let url: string;
  let socket: ClientSocket;

  beforeEach(async () => {
    server = new HostileServer();
    url = await server.listen();
  });

  afterEach(async () => {
    socket.disconnect();
    await server.close();
  });

  const create = (): ClientSocket => {
    socket = io(url, { forceNew: true, reconnectionDelay: 5, reconnectionDelayMax: 10 });
    return socket;
  };

  it.each(Object.entries(noPackets))('says parse error and comes back: %s', async (_what, messages) => {
    server.messages = [goodConnect, ...messages];
    const heard: unknown[] = [];
    create().onAny?.((...args: unknown[]) => heard.push(args));
    expect((await next(socket, 'disconnect'))[0]).toBe('parse error');
    await next(socket, 'connect');
    expect(await socket.emitWithAck('echo')).toBe('echo');
    expect(heard).toEqual([]);
  });

  it.each(Object.entries(noSessions))('tries again where a session is opened with %s', async (_what, opening) => {
    server.opening = [opening];
    create();
    await next(socket, 'connect_error');
    await next(socket, 'connect');
    expect(await socket.emitWithAck('echo')).toBe('echo');
    expect(server.sessions).toBe(2);
  });

  it.each([[''], ['x'], ['b!']])('says transport error and comes back: a packet of no type, %p', async (packet) => {
    server.messages = [goodConnect, packet];
    create();
    expect((await next(socket, 'disconnect'))[0]).toBe('transport error');
    await next(socket, 'connect');
    expect(await socket.emitWithAck('echo')).toBe('echo');
  });

  it.each(Object.entries(harmless))('is not led astray by %s', async (_what, opening) => {
    server.opening = opening;
    create();
    await next(socket, 'connect');
    expect(await socket.emitWithAck('echo')).toBe('echo');
    expect(server.sessions).toBe(1);
  });

  it.each([
    '{"sid":"e","pingInterval":20000,"pingTimeout":20000}',
    '{"sid":"e","upgrades":7,"pingInterval":20000,"pingTimeout":20000,"maxPayload":"x"}',
  ])('does without what it need not know of a session: %s', async (known) => {
    server.opening = [`0${known}`];
    create();
    await next(socket, 'connect');
    expect(await socket.timeout(2_000).emitWithAck('echo')).toBe('echo');
  });

  it('comes back from a session whose times are none', async () => {
    server.opening = ['0{"sid":"e","upgrades":[]}'];
    create();
    await until(() => server.sessions > 1);
    await until(() => socket.connected);
    expect(await socket.emitWithAck('echo')).toBe('echo');
  });

  it('hands on an event with a `__proto__`, and no prototype has changed', async () => {
    server.messages = [goodConnect, '42["x",{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}]'];
    const [data] = await new Promise<unknown[]>((resolve) => create().on('x', (...args: unknown[]) => resolve(args)));
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(socket.connected).toBe(true);
  });

  it('is refused with a message that is none', async () => {
    server.messages = ['44{"message":{"toString":1},"data":1}'];
    const [error] = await next(create(), 'connect_error');
    expect(error).toBeInstanceOf(Error);
    expect(socket.active).toBe(false);
  });

  it('ignores answers that nobody waits for', async () => {
    server.messages = [goodConnect, '43999999999999999999["x"]', '4399[]'];
    create();
    await next(socket, 'connect');
    expect(await socket.emitWithAck('echo')).toBe('echo');
  });
});
