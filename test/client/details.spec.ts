import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Server, type Socket as ServerSocket } from '../../lib/server/index.js';
import { until } from '../support/waiting.js';
import { clients, next, Sockets, startServer, type RunningServer } from './pairs.js';

/** What applications observe beside the great lines of `behaviour.spec.ts`; the published client does the same. */
describe.each(Object.entries(clients))('%s', (_name, client) => {
  let server: RunningServer;
  let sockets: Sockets;

  beforeEach(async () => {
    server = await startServer(Server, { pingInterval: 100 });
    sockets = new Sockets(client);
    server.io.on('connection', (peer) => {
      peer.on('echo', (data: unknown, ack: (data: unknown) => void) => ack(data));
    });
  });

  afterEach(async () => {
    sockets.close();
    await server.close();
  });

  const overWebSocket = { transports: ['websocket'] };
  const connect = (options = {}) => sockets.connect(server.url, { ...overWebSocket, ...options });
  const nextPeer = async (namespace = '/'): Promise<ServerSocket> =>
    (await next(server.io.of(namespace) as never, 'connection'))[0] as ServerSocket;
  async function pair(options = {}) {
    const connection = nextPeer();
    const socket = await connect(options);
    return { socket, peer: await connection };
  }
  /** A server that takes connections and says nothing. */
  async function withSilentServer(use: (url: string) => Promise<void>): Promise<void> {
    const silent = createTcpServer();
    const taken = new Set<{ destroy(): void }>();
    silent.on('connection', (socket) => taken.add(socket.on('error', () => {})));
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    try {
      await use(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    } finally {
      for (const each of taken) each.destroy();
      silent.close();
    }
  }

  describe('io()', () => {
    it('takes the query from the URL, or else from the options', async () => {
      const connection = nextPeer();
      sockets.create(`${server.url}?a=1`, overWebSocket);
      expect((await connection).handshake.query).toMatchObject({ a: '1' });
      const other = nextPeer();
      sockets.create(`${server.url}?a=1`, { ...overWebSocket, query: { a: '2', b: '2' } });
      const { query } = (await other).handshake;
      expect([query['a'], query['b']]).toEqual(['1', undefined]);
    });

    it('knows managers by their path, and makes another one where it is told to', () => {
      const create = (options: object) => client.io(server.url, { autoConnect: false, ...options } as never);
      const [first, otherPath, forced, alone] = [
        create({}),
        create({ path: '/elsewhere' }),
        create({ 'force new connection': true }),
        create({ multiplex: false }),
      ];
      const managers = new Set([first, otherPath, forced, alone].map(({ io }) => io));
      expect(managers.size).toBe(4);
      expect(client.io(`${server.url}/x`, { path: '/elsewhere', autoConnect: false }).io).toBe(otherPath!.io);
    });
  });

  describe('a manager', () => {
    const create = (options: object = {}, url = server.url) =>
      new client.Manager(url, { autoConnect: false, reconnectionDelay: 5, ...overWebSocket, ...options });

    it('has no engine before it opens, and calls back when it has', async () => {
      const manager = create({ reconnection: false });
      expect(manager.engine).toBeUndefined();
      const error = await new Promise((resolve) => {
        manager.open(resolve);
      });
      expect(error).toBeUndefined();
      expect(manager.engine.readyState).toBe('open');
      manager.engine.close();
    });

    it('tells who opens it of the error, and does not try again by itself', async () => {
      await server.close();
      const manager = create();
      const attempts: unknown[] = [];
      manager.on('reconnect_attempt', (attempt) => attempts.push(attempt));
      const fail = (): Promise<unknown> =>
        new Promise((resolve) => {
          manager.open(resolve);
        });
      expect(await fail()).toBeInstanceOf(Error);
      expect(await fail()).toBeInstanceOf(Error);
      expect(attempts).toEqual([]);
    });

    it('has settings that can be read and changed', () => {
      const manager = create({ reconnectionDelay: undefined });
      expect(manager.reconnection()).toBe(true);
      expect(manager.reconnectionAttempts()).toBe(Infinity);
      expect(manager.reconnectionDelay()).toBe(1_000);
      expect(manager.reconnectionDelayMax()).toBe(5_000);
      expect(manager.randomizationFactor()).toBe(0.5);
      expect(manager.timeout()).toBe(20_000);
      manager
        .reconnection(false)
        .reconnectionAttempts(1)
        .reconnectionDelay(2)
        .reconnectionDelayMax(3)
        .randomizationFactor(0)
        .timeout(4);
      expect([
        manager.reconnection(),
        manager.reconnectionAttempts(),
        manager.reconnectionDelay(),
        manager.reconnectionDelayMax(),
        manager.randomizationFactor(),
        manager.timeout(),
      ]).toEqual([false, 1, 2, 3, 0, 4]);
    });

    it('ends its attempts when reconnection is switched off', async () => {
      await server.close();
      const socket = sockets.create(server.url, overWebSocket);
      await next(socket.io, 'reconnect_error');
      const attempts: unknown[] = [];
      socket.io.reconnection(false);
      socket.io.on('reconnect_attempt', (attempt) => attempts.push(attempt));
      const other = sockets.create(server.url, overWebSocket);
      for (let count = 0; count < 4; count++) await next(other.io, 'reconnect_error');
      expect(attempts).toEqual([]);
    });

    it('does not end its attempts where there are 0 of them', async () => {
      await server.close();
      const socket = sockets.create(server.url, { ...overWebSocket, reconnectionAttempts: 0 });
      await next(socket.io, 'reconnect_error');
      await next(socket.io, 'reconnect_error');
      expect(socket.active).toBe(true);
    });

    it('gives up an attempt that takes too long, and 0 is at once', () =>
      withSilentServer(async (url) => {
        for (const timeout of [30, 0]) {
          const socket = sockets.create(url, { ...overWebSocket, timeout, reconnection: false });
          expect(((await next(socket, 'connect_error'))[0] as Error).message).toBe('timeout');
        }
      }));

    it('tells of all that happens to it', async () => {
      const manager = create();
      const events: string[] = [];
      for (const event of ['open', 'ping', 'packet', 'close'] as const) manager.on(event, () => events.push(event));
      const socket = manager.socket('/').connect();
      await next(socket, 'connect');
      await next(manager, 'ping');
      expect(events).toEqual(['open', 'packet', 'ping']);
      const end = next(manager, 'close');
      socket.disconnect();
      expect((await end)[0]).toBe('forced close');
    });

    it('connects a socket that it has again, where it connects by itself', async () => {
      const byItself = await connect();
      byItself.disconnect();
      expect(byItself.io.socket('/')).toBe(byItself);
      await next(byItself, 'connect');
      byItself.disconnect();
      const manager = create();
      const byHand = manager.socket('/').connect();
      await next(byHand, 'connect');
      byHand.disconnect();
      expect(manager.socket('/')).toBe(byHand);
      expect(byHand.active).toBe(false);
    });

    it('ends with its last socket that is let in', async () => {
      server.io.of('/no').use((_socket, proceed) => proceed(new Error('no')));
      const socket = await connect();
      const refused = socket.io.socket('/no');
      await next(refused, 'connect_error');
      socket.disconnect();
      await until(() => server.io.engine.clientsCount === 0);
    });
  });

  describe('a socket', () => {
    it('is asked for its events again in the next session, once each', async () => {
      const { socket, peer } = await pair();
      const heard: unknown[] = [];
      socket.on('news', (value: unknown) => heard.push(value));
      const ends: unknown[] = [];
      socket.on('disconnect', (reason) => ends.push(reason));
      const connection = nextPeer();
      expect(socket.disconnect().connect()).toBe(socket);
      (await connection).emit('news', 1);
      await until(() => heard.length > 0);
      expect([heard, ends]).toEqual([[1], ['io client disconnect']]);
      expect(peer.connected).toBe(false);
    });

    it.each(['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'])(
      'emits nothing with the name %s',
      (name) => {
        const socket = sockets.create(server.url, { autoConnect: false });
        expect(() => socket.emit(name)).toThrow(`"${name}" is a reserved event name`);
      },
    );

    it('emits as it is told, and returns itself', async () => {
      const { socket, peer } = await pair();
      const heard = next(peer as never, 'message');
      expect(socket.send('a', 1)).toBe(socket);
      expect(await heard).toEqual(['a', 1]);
      const date = new Date(0);
      expect(await socket.emitWithAck('echo', { date, none: null, no: false, nothing: undefined })).toEqual({
        date: '1970-01-01T00:00:00.000Z',
        none: null,
        no: false,
      });
    });

    it('sends what waited before it says that it is connected, and tells who listens to all of it then', async () => {
      const seen: unknown[] = [];
      server.io.on('connection', (peer) => peer.emit('welcome'));
      const socket = sockets.create(server.url, { ...overWebSocket, autoConnect: false });
      socket.onAnyOutgoing((event: string) => seen.push(`out ${event}`));
      socket.on('connect', () => seen.push('connect'));
      const welcome = next(socket, 'welcome');
      socket.emit('early');
      expect(seen).toEqual([]);
      socket.connect();
      await welcome;
      expect(seen).toEqual(['out early', 'connect']);
    });

    it('tells a callback with an error of a lost connection, and another one nothing', async () => {
      const { socket, peer } = await pair();
      const calls: unknown[] = [];
      socket.emit('no answer', () => calls.push('plain'));
      socket.timeout(60_000).emit('no answer', (error: Error) => calls.push(error.message));
      const end = next(socket, 'disconnect');
      peer.disconnect();
      await end;
      expect(calls).toEqual(['socket has been disconnected']);
    });

    it('keeps a callback whose event was not sent', async () => {
      const socket = await connect();
      socket.disconnect();
      const answer = new Promise((resolve) => {
        socket.timeout(60_000).emit('echo', 7, (...args: unknown[]) => resolve(args));
      });
      socket.connect();
      expect(await answer).toEqual([null, 7]);
    });

    it('waits for each answer as long as `ackTimeout` says, and its callbacks take an error', async () => {
      const { socket } = await pair({ ackTimeout: 5_000 });
      const args = await new Promise((resolve) => {
        socket.emit('echo', 1, (...all: unknown[]) => resolve(all));
      });
      expect(args).toEqual([null, 1]);
      const { socket: impatient } = await pair({ ackTimeout: 10 });
      const error = await new Promise<Error>((resolve) => {
        impatient.emit('no answer', resolve);
      });
      expect(error.message).toBe('operation has timed out');
    });

    it('tries as often as `retries` says, each time under another id, and then tells', async () => {
      const { socket, peer } = await pair({ retries: 2, ackTimeout: 50 });
      const ids: unknown[] = [];
      socket.io.engine.on('packetCreate', ({ data }: { data: unknown }) => {
        const [, id] = /^2(\d+)\["lost"/.exec(String(data)) ?? [];
        if (id !== undefined) ids.push(id);
      });
      const events: string[] = [];
      peer.onAny((event: string) => events.push(event));
      const arrival = next(peer as never, 'lost');
      const error = new Promise<Error>((resolve) => {
        socket.emit('lost', resolve);
      });
      const answer = socket.emitWithAck('echo', 1);
      await arrival;
      socket.volatile.emit('past the queue');
      expect((await error).message).toBe('operation has timed out');
      expect(new Set(ids).size).toBe(3);
      expect(await answer).toBe(1);
      expect(events.filter((event) => event !== 'past the queue')).toEqual(['lost', 'lost', 'lost', 'echo']);
      expect(events.indexOf('past the queue')).toBeLessThan(events.indexOf('echo'));
      expect(events).toContain('past the queue');
    });

    it('may be told not to compress', async () => {
      const { socket } = await pair();
      const compressed: unknown[] = [];
      socket.io.engine.on('packetCreate', (packet) => {
        const { compress, options } = packet as { compress?: boolean; options?: { compress?: boolean } };
        compressed.push(compress ?? options?.compress);
      });
      socket.emit('a');
      socket.compress(false).emit('b');
      socket.emit('c');
      expect(compressed).toEqual([true, false, true]);
    });

    it('says forced close after its engine was closed, and comes back', async () => {
      const socket = await connect();
      const end = next(socket, 'disconnect');
      socket.io.engine.close();
      expect((await end)[0]).toBe('forced close');
      await next(socket, 'connect');
    });

    it('says why a transport has failed, and with what', async () => {
      const { socket } = await pair({ transports: ['polling'] });
      const end = next(socket, 'disconnect');
      await server.close();
      const [reason, details] = (await end) as [string, { message?: string; description?: unknown }];
      expect(['transport error', 'transport close']).toContain(reason);
      expect(details.description).toBeDefined();
    });
  });

  describe('a session', () => {
    it('does not upgrade where it is told not to', async () => {
      const { socket, peer } = await pair({ transports: ['polling', 'websocket'], upgrade: false });
      await next(peer.conn as never, 'heartbeat');
      expect(socket.io.engine.transport.name).toBe('polling');
    });

    it.each([
      ['polling', {}, /[?&]t=[\w-]+/],
      ['polling', { timestampParam: 'stamp' }, /[?&]stamp=[\w-]+/],
      ['websocket', { timestampRequests: true }, /[?&]t=[\w-]+/],
    ])('has another URL for each request, over %s with %j', async (transport, options, expected) => {
      const { peer } = await pair({ transports: [transport], ...options });
      expect(peer.request!.url).toMatch(expected);
    });

    it.each([
      ['polling', { timestampRequests: false }],
      ['websocket', {}],
    ])('has one URL, over %s with %j', async (transport, options) => {
      const { peer } = await pair({ transports: [transport], ...options });
      expect(peer.request!.url).not.toMatch(/[?&]t=/);
    });

    it('ends its path with a slash, or does not', async () => {
      expect((await pair()).peer.request!.url).toMatch(/^\/socket\.io\/\?/);
      await server.close();
      server = await startServer(Server, { addTrailingSlash: false });
      expect((await pair({ addTrailingSlash: false })).peer.request!.url).toMatch(/^\/socket\.io\?/);
    });

    it('names its sub-protocols', async () => {
      const { peer } = await pair({ protocols: ['one', 'two'] });
      expect(peer.request!.headers['sec-websocket-protocol']).toBe('one,two');
    });

    it.each([
      [{}, true],
      [{ perMessageDeflate: false }, false],
    ])('offers compression, or does not: %j, %p', async (options, isOffered) => {
      const { peer } = await pair(options);
      const offered = peer.request!.headers['sec-websocket-extensions'] ?? '';
      expect(offered.includes('permessage-deflate')).toBe(isOffered);
    });

    it('says that a post has failed', async () => {
      const { socket, peer } = await pair({ transports: ['polling'] });
      const failed = next(socket.io.engine as never, 'error');
      await until(() => peer.conn.transport.writable);
      // The session is gone without a word.
      server.io.engine.use((_request: unknown, response: { writeHead(status: number): { end(): void } }) => {
        response.writeHead(500).end();
      });
      socket.emit('lost');
      const [error] = (await failed) as [Error & { type: string; description: unknown }];
      expect(error).toMatchObject({ type: 'TransportError', description: 500, message: 'xhr post error' });
    });

    it('sends what waits in pieces that the server takes, and tells when it has', async () => {
      await server.close();
      server = await startServer(Server, { maxHttpBufferSize: 100 });
      const received: unknown[] = [];
      server.io.on('connection', (peer) => peer.on('text', (text: string) => received.push(text)));
      const socket = await connect({ transports: ['polling'] });
      const texts = ['a'.repeat(60), 'ü'.repeat(25), 'c'.repeat(60)];
      for (const text of texts) socket.emit('text', text);
      await next(socket.io.engine as never, 'drain');
      await until(() => received.length === 3);
      expect(received).toEqual(texts);
      expect(socket.io.engine.writeBuffer).toHaveLength(0);
      expect(socket.connected).toBe(true);
    });

    it('closes once all that waits was sent', async () => {
      const { socket, peer } = await pair({ transports: ['polling'] });
      const heard = next(peer as never, 'last');
      socket.emit('first');
      socket.emit('last', 1);
      socket.io.engine.close();
      expect(await heard).toEqual([1]);
    });

    it('tells of each packet, and of each message', async () => {
      const { socket, peer } = await pair();
      const { engine } = socket.io;
      const events: unknown[] = [];
      for (const event of ['packet', 'data', 'message', 'ping', 'heartbeat'] as const) {
        engine.on(event, () => events.push(event));
      }
      const ping = next(engine as never, 'ping');
      await ping;
      const message = next(engine as never, 'message');
      peer.emit('x');
      await message;
      for (const event of ['packet', 'data', 'message', 'ping', 'heartbeat']) expect(events).toContain(event);
      expect(engine.id).toBe(peer.conn.id);
    });
  });
});
