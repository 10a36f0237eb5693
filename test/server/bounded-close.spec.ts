import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type AddressInfo, type Socket as TcpSocket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { InMemoryAdapter } from '../../lib/adapter/index.js';
import { RookeryError, Server, type ServerOptions } from '../../lib/server/index.js';
import { startTestServer, WebSocketWireClient } from '../../lib/testing/index.js';
import { createCertificate } from '../support/certificate.js';
import { deferred, ManualPolling, member, next, until } from './support.js';

const grace = 300;
/**
 * Promised are 500 ms above the grace, of an idle machine; a busy one gets eight times as long. What the grace cuts would
 * last 5 s at least: that long `ws` waits for a closing handshake, and Node for an idle connection; most would never end.
 */
const bound = grace + 4_000;

/** A server over a bare HTTP server, with peers that speak TCP. */
class Scene implements AsyncDisposable {
  readonly httpServer: HttpServer = createServer();
  readonly io: Server;
  /** The server's ends, in the order of their arrival. */
  readonly accepted: TcpSocket[] = [];
  readonly peers: TcpSocket[] = [];

  constructor(options: ServerOptions) {
    this.httpServer.on('connection', (socket: TcpSocket) => this.accepted.push(socket));
    this.io = new Server(this.httpServer, options);
  }

  get port(): number {
    return (this.httpServer.address() as AddressInfo).port;
  }

  get path(): string {
    return '/socket.io/?EIO=4&transport=';
  }

  /** A peer whose bytes the server has read. */
  async peer(text = ''): Promise<TcpSocket> {
    const index = this.accepted.length;
    const socket = connect(this.port, '127.0.0.1');
    this.peers.push(socket);
    socket.on('error', () => {});
    await until(() => this.accepted.length > index);
    socket.write(text);
    await until(() => this.accepted[index]!.bytesRead >= text.length);
    return socket;
  }

  upgrade(target: string): string {
    const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
    return `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n`;
  }

  async handshake(): Promise<string> {
    const body = await (await fetch(`http://127.0.0.1:${this.port}${this.path}polling`)).text();
    return (JSON.parse(body.slice(1)) as { sid: string }).sid;
  }

  /** A WebSocket that answers nothing. */
  async webSocket(target = `${this.path}websocket`): Promise<TcpSocket> {
    const socket = await this.peer(this.upgrade(target));
    if (socket.bytesRead === 0) await once(socket, 'data');
    return socket;
  }

  client(): Promise<WebSocketWireClient> {
    return WebSocketWireClient.connect(`http://127.0.0.1:${this.port}${this.path}websocket`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.peers) peer.destroy();
    await this.io.close({ grace: 0 });
  }
}

interface Peer {
  readonly options?: ServerOptions;
  readonly open: (scene: Scene) => Promise<unknown>;
  /** Whether nothing but the end of the grace ends it. */
  readonly isCut: boolean;
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}

class StuckAdapter extends InMemoryAdapter {
  override close(): Promise<void> {
    return never();
  }
}

const peers: Readonly<Record<string, Peer>> = {
  'a WebSocket that never answers the closing handshake': { open: (scene) => scene.webSocket(), isCut: true },
  'a connection that says nothing': { open: (scene) => scene.peer(), isCut: true },
  'half a request line': { open: (scene) => scene.peer('GET /socket.io'), isCut: true },
  'half the headers': { open: (scene) => scene.peer('GET / HTTP/1.1\r\nHost: a\r\nX-'), isCut: true },
  'half a body for somebody else': {
    open: (scene) => scene.peer('POST /elsewhere HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf'),
    isCut: true,
  },
  'a request that nobody answers': {
    open: (scene) => scene.peer('GET /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n'),
    isCut: true,
  },
  'half a WebSocket handshake': {
    open: (scene) => scene.peer(scene.upgrade(`${scene.path}websocket`).slice(0, -2)),
    isCut: true,
  },
  'half the body of a session': {
    open: async (scene) => {
      const sid = await scene.handshake();
      await scene.peer(`POST ${scene.path}polling&sid=${sid} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n4half`);
    },
    isCut: true,
  },
  'an open poll': {
    open: async (scene) => {
      const sid = await scene.handshake();
      await scene.peer(`GET ${scene.path}polling&sid=${sid} HTTP/1.1\r\nHost: a\r\n\r\n`);
    },
    isCut: false,
  },
  'a session that does not poll': { open: (scene) => scene.handshake(), isCut: false },
  'a peer that does not read': {
    open: async (scene) => {
      const socket = await scene.webSocket();
      socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x34, 0x30]));
      await until(() => scene.io.sockets.sockets.size === 1);
      socket.pause();
      const [member] = scene.io.sockets.sockets.values();
      while (member!.conn.transport.writable) {
        member!.emit('much', 'a'.repeat(1_000_000));
        await new Promise(setImmediate);
      }
      member!.emit('more');
    },
    isCut: true,
  },
  'an upgrade in the middle of its probe': {
    open: async (scene) => {
      const sid = await scene.handshake();
      await scene.webSocket(`${scene.path}websocket&sid=${sid}`);
      expect(scene.io.engine.clients[sid]!.upgrading).toBe(true);
    },
    isCut: true,
  },
  'an upgrade of somebody else': {
    options: { destroyUpgrade: false },
    open: async (scene) => {
      const taken = once(scene.httpServer, 'upgrade');
      await scene.peer(scene.upgrade('/elsewhere'));
      await taken;
    },
    isCut: true,
  },
  'an idle connection': {
    open: async (scene) => {
      const socket = await scene.peer('GET /socket.io/ HTTP/1.1\r\nHost: a\r\n\r\n');
      if (socket.bytesRead === 0) await once(socket, 'data');
    },
    isCut: false,
  },
  'a handshake that nobody decides': {
    options: { allowRequest: () => {} },
    open: async (scene) => {
      await scene.peer(`GET ${scene.path}polling HTTP/1.1\r\nHost: a\r\n\r\n`);
      await scene.peer(scene.upgrade(`${scene.path}websocket`));
    },
    isCut: false,
  },
  'a middleware that never goes on': {
    open: async (scene) => {
      const asked = deferred();
      scene.io.use(() => asked.resolve());
      (await scene.client()).send('40');
      await asked.promise;
    },
    isCut: false,
  },
  'a listener that never ends': {
    open: async (scene) => {
      const connected = deferred();
      scene.io.on('connection', (socket) => {
        socket.on('disconnect', () => never());
        connected.resolve();
      });
      (await scene.client()).send('40');
      await connected.promise;
    },
    isCut: false,
  },
  'an adapter that never closes': { options: { adapter: StuckAdapter }, open: async () => {}, isCut: false },
};

async function sceneOf(options: ServerOptions): Promise<Scene> {
  const scene = new Scene(options);
  await new Promise<void>((resolve) => {
    scene.httpServer.listen(0, '127.0.0.1', resolve);
  });
  return scene;
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** How many connections the HTTP server still has. */
function connections(scene: Scene): Promise<number> {
  return new Promise((resolve) => scene.httpServer.getConnections((_error, count) => resolve(count)));
}

describe('a server that is closed with a grace', () => {
  it.each(Object.entries(peers))('ends in time with %s', async (_name, { options = {}, open, isCut }) => {
    await using scene = await sceneOf(options);
    await open(scene);
    const time = await timeOf(() => scene.io.close({ grace }));
    expect(time).toBeLessThan(bound);
    // Timers of the platform may be early by a millisecond.
    if (isCut) expect(time).toBeGreaterThan(grace - 5);
    expect(await connections(scene)).toBe(0);
    expect(scene.io.engine.clientsCount).toBe(0);
  });

  it('ends in time with all of them', async () => {
    const options = Object.assign({}, ...Object.values(peers).map((each) => each.options)) as ServerOptions;
    const { allowRequest, ...rest } = options;
    let isAsking = false;
    const asks: typeof allowRequest = (request, decide) => {
      if (isAsking) allowRequest!(request, decide);
      else decide(null, true);
    };
    await using scene = await sceneOf({ ...rest, allowRequest: asks });
    const undecided = peers['a handshake that nobody decides']!;
    const entering = peers['a middleware that never goes on']!;
    for (const peer of Object.values(peers)) if (peer !== undecided && peer !== entering) await peer.open(scene);
    // Behind the others: nobody would be let in.
    await entering.open(scene);
    isAsking = true;
    await undecided.open(scene);
    expect(await timeOf(() => scene.io.close({ grace }))).toBeLessThan(bound);
    expect(await connections(scene)).toBe(0);
  });

  it.each(['https', 'http2'])('ends in time with TLS handshakes that are never begun, of %s', async (kind) => {
    const certificate = createCertificate();
    // What a server of HTTP/2 has no name for in the types, it does not need here.
    const httpServer = (kind === 'https'
      ? createHttpsServer(certificate)
      : createSecureServer(certificate)) as unknown as HttpServer;
    const io = new Server(httpServer);
    await new Promise<void>((resolve) => {
      httpServer.listen(0, '127.0.0.1', resolve);
    });
    const accepted = once(httpServer, 'connection');
    const peer = connect((httpServer.address() as AddressInfo).port, '127.0.0.1');
    peer.on('error', () => {});
    await accepted;
    const closed = once(peer, 'close');
    expect(await timeOf(() => io.close({ grace }))).toBeLessThan(bound);
    await closed;
  });

  it('cuts what an HTTP server that goes on would keep from draining', async () => {
    await using scene = await sceneOf({});
    await scene.webSocket();
    const time = await timeOf(() => scene.io.drain(grace));
    expect(time).toBeLessThan(bound);
    expect(time).toBeGreaterThan(grace - 5);
    expect(scene.httpServer.listening).toBe(true);
  });

  it('does not wait for the grace when everybody answers', async () => {
    await using scene = await sceneOf({});
    const client = await scene.client();
    const time = await timeOf(() => scene.io.close({ grace: 60_000 }));
    await client.closed;
    expect(time).toBeLessThan(bound);
  });

  it.each([-1, NaN, 2 ** 31, '5' as never])('refuses %p', async (given) => {
    const failure = new Server().close({ grace: given });
    await expect(failure).rejects.toThrow(RookeryError);
    await expect(failure).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('answers 503 meanwhile, with when to come back', async () => {
    await using scene = await sceneOf({});
    await scene.webSocket();
    const done = scene.io.close({ grace });
    const answer = await fetch(`http://127.0.0.1:${scene.port}${scene.path}polling`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(answer.headers.get('connection')).toBe('close');
    const late = await scene.peer(scene.upgrade(`${scene.path}websocket`));
    const [text] = (await once(late.setEncoding('latin1'), 'data')) as [string];
    expect(text).toMatch(/^HTTP\/1\.1 503 .*\r\nConnection: close\r\nRetry-After: 5\r\n/s);
    await done;
  });
});

describe('what was sent before a server is closed', () => {
  it.each(['websocket', 'polling'] as const)('reaches its client by %s, acks included', async (transport) => {
    await using server = await startTestServer();
    const { client, socket } = await member(server, { transport });
    let closing: Promise<void> | undefined;
    socket.on('last', (ack: (text: string) => void) => {
      ack('done');
      socket.emit('bye');
      closing = server.io.close();
    });
    client.send('421["last"]');
    expect(await client.next()).toBe('431["done"]');
    expect(await client.next()).toBe('42["bye"]');
    await expect(client.next()).rejects.toThrow('closed');
    await closing;
  });

  it('waits for the next poll', async () => {
    await using server = await startTestServer();
    const polling = await ManualPolling.open(server);
    const socket = await polling.join(server);
    socket.emit('bye');
    const closing = server.io.close();
    await new Promise(setImmediate);
    const bodies = [await polling.poll()];
    if (!bodies[0]!.endsWith('1')) bodies.push(await polling.poll());
    expect(bodies.join('').startsWith('42["bye"]')).toBe(true);
    expect(bodies.join('').endsWith('1')).toBe(true);
    await closing;
  });

  it('reaches a client that reads slowly', async () => {
    await using scene = await sceneOf({});
    const client = await scene.client();
    await client.join();
    const [socket] = scene.io.sockets.sockets.values();
    const left = next(socket!, 'disconnect');
    let count = 0;
    // More than one write: the later ones wait in the session.
    while (socket!.conn.transport.writable) {
      socket!.emit('much', count++, 'a'.repeat(100_000));
      if (count % 10 === 0) socket!.conn.flush();
    }
    socket!.emit('much', count++, '');
    const closing = scene.io.close();
    expect((await left)[0]).toBe('server shutting down');
    for (let index = 0; index < count; index++) expect(await client.next()).toMatch(`42["much",${index},`);
    await closing;
  });
});
