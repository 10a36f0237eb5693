import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as msgpack from 'socket.io-msgpack-parser';
import * as all from '../../lib/client/node/index.js';
import * as webSocketAlone from '../../lib/client/node/websocket.js';
import { batchLength } from '../../lib/client/batch.js';
import { backoffDelay } from '../../lib/client/backoff.js';
import { parseAddress } from '../../lib/client/address.js';
import { CookieJar } from '../../lib/client/node/cookie-jar.js';
import { Server, type Socket as ServerSocket } from '../../lib/server/index.js';
import { until } from '../support/waiting.js';
import { next, Sockets, startServer, type RunningServer } from './pairs.js';

describe('the client', () => {
  let server: RunningServer;
  let sockets: Sockets;

  beforeEach(async () => {
    server = await startServer(Server);
    sockets = new Sockets(all);
  });

  afterEach(async () => {
    sockets.close();
    await server.close();
  });

  it('connects over WebSocket alone where it has nothing else', async () => {
    const connection = next(server.io as never, 'connection');
    const socket = webSocketAlone.io(server.url, { transports: ['polling', 'websocket'] });
    const peer = (await connection)[0] as ServerSocket;
    expect(peer.conn.transport.name).toBe('websocket');
    socket.disconnect();
  });

  it('says that it has no transport', async () => {
    const socket = sockets.create(server.url, { transports: ['pigeon'] });
    expect(((await next(socket, 'connect_error'))[0] as Error).message).toBe('No transports available');
  });

  it.each(['polling', 'websocket'])('sends headers and keeps cookies over %s', async (transport) => {
    let requests = 0;
    const seen: (string | undefined)[] = [];
    server.io.engine.on('headers', (headers: Record<string, string>) => {
      if (requests++ === 0) headers['Set-Cookie'] = 'seat=4; Path=/';
    });
    server.io.on('connection', (peer) => {
      seen.push(peer.request!.headers.cookie);
      expect(peer.request!.headers['x-mine']).toBe('yes');
    });
    const options = { transports: [transport], withCredentials: true, extraHeaders: { 'x-mine': 'yes' } };
    const socket = await sockets.connect(server.url, options);
    socket.disconnect().connect();
    await next(socket, 'connect');
    expect(seen).toEqual([undefined, 'seat=4']);
  });

  it('tries the next transport where one does not connect', async () => {
    class Broken extends all.WebSocket {
      protected override start(): void {
        queueMicrotask(() => this.fail('broken'));
      }
    }
    const socket = await sockets.connect(server.url, { transports: [Broken, 'polling'], tryAllTransports: true });
    expect(socket.io.engine.transport.name).toBe('polling');
  });

  it('speaks as another parser does', async () => {
    await server.close();
    server = await startServer(Server, { parser: msgpack as never });
    server.io.on('connection', (peer) =>
      peer.on('echo', (value: unknown, ack: (value: unknown) => void) => ack(value)),
    );
    const socket = await sockets.connect(server.url, { parser: msgpack as never });
    expect(await socket.emitWithAck('echo', { a: [1, 'ü'] })).toEqual({ a: [1, 'ü'] });
  });

  it('shares managers between namespaces, and makes another one for the same namespace', async () => {
    server.io.of('/a');
    const [main, a, again, own] = [
      all.io(server.url),
      all.io(`${server.url}/a`),
      all.io(server.url),
      all.io(`${server.url}/b`, { forceNew: true }),
    ];
    expect(a.io).toBe(main.io);
    expect(again.io).not.toBe(main.io);
    expect(own.io).not.toBe(main.io);
    for (const socket of [main, a, again, own]) socket.disconnect();
  });

  it('hears events that come right before the end of the session', async () => {
    const heard: string[] = [];
    server.io.on('connection', (peer) =>
      peer.on('bye', () => {
        peer.emit('last', 1);
        peer.disconnect(true);
      }),
    );
    const socket = await sockets.connect(server.url, { transports: ['polling'] });
    socket.on('last', () => heard.push('last'));
    socket.on('disconnect', () => heard.push('disconnect'));
    socket.emit('bye');
    await until(() => heard.length === 2);
    expect(heard).toEqual(['last', 'disconnect']);
  });

  it('says parse error, and comes back', async () => {
    const socket = await sockets.connect(server.url, { transports: ['websocket'] });
    const end = next(socket, 'disconnect');
    const back = next(socket, 'connect');
    for (const peer of server.io.sockets.sockets.values()) peer.conn.write('9 is no packet');
    expect((await end)[0]).toBe('parse error');
    await back;
  });

  it('finds a dead connection as it emits, and keeps the event', async () => {
    const received = new Promise((resolve) => {
      server.io.on('connection', (peer) => peer.on('late', resolve));
    });
    const socket = await sockets.connect(server.url);
    const { now } = Date;
    const end = next(socket, 'disconnect');
    Date.now = () => now() + 3_600_000;
    socket.emit('late', 1);
    Date.now = now;
    expect((await end)[0]).toBe('ping timeout');
    expect(await received).toBe(1);
  });

  it('does not answer a session that has not asked', async () => {
    const socket = await sockets.connect(server.url);
    let answer: (() => void) | undefined;
    socket.on('ask', (ack: () => void) => (answer = ack));
    server.io.emit('ask', () => {});
    for (const peer of server.io.sockets.sockets.values()) peer.emit('ask', () => {});
    await until(() => answer !== undefined);
    socket.disconnect().connect();
    answer!();
    await next(socket, 'connect');
    expect(socket.connected).toBe(true);
  });
});

describe('the pauses between attempts', () => {
  it.each([
    [0, 500, 1_500],
    [1, 1_000, 3_000],
    [2, 2_000, 5_000],
    [60, 5_000, 5_000],
  ])('are spread at random: attempt %i', (attempt, least, most) => {
    const options = { reconnectionDelay: 1_000, reconnectionDelayMax: 5_000, randomizationFactor: 0.5 };
    for (let index = 0; index < 50; index++) {
      const delay = backoffDelay(attempt, options);
      expect(delay).toBeGreaterThanOrEqual(least);
      expect(delay).toBeLessThanOrEqual(most);
    }
  });
});

describe('an address', () => {
  it.each([
    ['http://a.b', 'http://a.b:80', '/', ''],
    ['wss://a.b/admin?x=1', 'https://a.b:443', '/admin', 'x=1'],
    ['a.b:3000/zürich', 'https://a.b:3000', '/zürich', ''],
    ['http://[::1]:3000', 'http://[::1]:3000', '/', ''],
  ])('is read: %s', (uri, origin, namespace, query) => {
    expect(parseAddress(uri)).toMatchObject({ origin, namespace, query });
  });
});

describe('a polling body', () => {
  const packet = (data: string | Uint8Array) => ({ type: 'message', data }) as const;

  it('has as many packets as fit, and one at least', () => {
    expect(batchLength([packet('x'.repeat(50))], 10)).toBe(1);
    expect(batchLength([packet('1234'), packet('1234'), packet('1234')], 12)).toBe(2);
    expect(batchLength([packet('€€'), packet('😀'), packet('x')], 14)).toBe(2);
    expect(batchLength([packet(new Uint8Array(3)), packet(new Uint8Array(3)), packet('x')], 12)).toBe(2);
  });
});

describe('a cookie jar', () => {
  it('sends back what was set, until it expires', () => {
    const jar = new CookieJar();
    jar.keep([
      'a=1; Path=/',
      'b=x=y; HttpOnly',
      'c=3; Max-Age=0',
      'd=4; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      'none',
    ]);
    expect(jar.header()).toBe('a=1; b=x=y');
    jar.keep(['a=2', 'b=; Max-Age=-1']);
    expect(jar.header()).toBe('a=2');
  });
});
