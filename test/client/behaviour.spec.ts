import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ServerOptions, Socket as ServerSocket } from '../../lib/server/index.js';
import { createCertificate, type Certificate } from '../support/certificate.js';
import { debian, describeWith } from '../support/debian.js';
import { until } from '../support/waiting.js';
import { installWebTransport } from '../support/webtransport.js';
import {
  clients,
  next,
  servers,
  Sockets,
  startServer,
  startWebTransportServer,
  transportLists,
  type Client,
  type RunningServer,
} from './pairs.js';

const pairs = Object.keys(clients).flatMap((client) =>
  Object.keys(servers).flatMap((server) => Object.keys(transportLists).map((list) => [client, server, list] as const)),
);

describe.each(pairs)('%s at %s over %s', (clientName, serverName, listName) => {
  behaves(clients[clientName]!, startServer.bind(null, servers[serverName]!), transportLists[listName]!);
});

describeWith([debian.openssl], 'over WebTransport', () => {
  let certificate: Certificate;
  let uninstall: () => void;

  beforeAll(async () => {
    certificate = createCertificate();
    uninstall = await installWebTransport();
  });

  afterAll(() => uninstall());

  describe('our client at our server', () => {
    behaves(clients['our client']!, (options, port) => startWebTransportServer(certificate, options, port), [
      'polling',
      'webtransport',
    ]);
  });
});

/** What a client does at a server. */
function behaves(
  client: Client,
  start: (options?: ServerOptions, port?: number) => Promise<RunningServer>,
  transports: string[],
): void {
  let server: RunningServer;
  let sockets: Sockets;

  beforeEach(async () => {
    server = await start();
    sockets = new Sockets(client);
  });

  afterEach(async () => {
    sockets.close();
    await server.close();
  });

  /** A socket that comes over these transports. */
  const create = (url: string, options = {}) =>
    sockets.create(url, { transports, transportOptions: server.transportOptions ?? {}, ...options });
  const connect = async (path = '', options = {}) => {
    const socket = create(server.url + path, options);
    await next(socket, 'connect');
    return socket;
  };

  /** A client that is connected, and its socket on the server. */
  async function pair(path = '', options = {}) {
    const connection = next(server.io.of(path || '/') as never, 'connection');
    const socket = await connect(path, options);
    return { socket, peer: (await connection)[0] as ServerSocket };
  }

  it('connects with its auth and query, and has the id of its socket', async () => {
    const { socket, peer } = await pair('', { auth: { token: 'a' }, query: { b: 'ü &' } });
    expect(socket.id).toBe(peer.id);
    expect(socket).toMatchObject({ connected: true, nsp: '/' });
    expect(socket.recovered).toBeFalsy();
    expect(socket.active).toBe(true);
    expect(peer.handshake.auth).toEqual({ token: 'a' });
    expect(peer.handshake.query).toMatchObject({ b: 'ü &', EIO: '4' });
  });

  it('asks its auth function at each connection', async () => {
    let calls = 0;
    const { socket } = await pair('', { auth: (send: (auth: object) => void) => send({ calls: ++calls }) });
    const again = next(server.io as never, 'connection');
    socket.disconnect().connect();
    expect(((await again)[0] as ServerSocket).handshake.auth).toMatchObject({ calls: 2 });
  });

  it('ends on the best transport of its list', async () => {
    const { socket, peer } = await pair();
    const best = transports.at(-1)!;
    if (peer.conn.transport.name !== best) await next(peer.conn as never, 'upgrade');
    await until(() => socket.io.engine.transport.name === best);
  });

  it('exchanges events of every kind in order, also during an upgrade', async () => {
    server.io.on('connection', (peer) => peer.on('echo', (...args: unknown[]) => peer.emit('echo', ...args)));
    const socket = create(server.url);
    const received: unknown[][] = [];
    socket.on('echo', (...args: unknown[]) => received.push(args));
    const values = [1, 'zwölf €', null, false, [], { a: [{}] }, '', 1.5];
    for (let index = 0; index < 50; index++) socket.emit('echo', index, ...values);
    await until(() => received.length === 50);
    expect(received).toEqual(Array.from({ length: 50 }, (_, index) => [index, ...values]));
  });

  it('exchanges bytes, in events and in acks', async () => {
    const { socket, peer } = await pair();
    peer.on('bytes', (bytes: Buffer, { deep }: { deep: Buffer }, ack: (...all: unknown[]) => void) => ack(deep, bytes));
    const answer = await new Promise<Buffer[]>((resolve) => {
      socket.emit('bytes', Buffer.from([1, 2]), { deep: Uint8Array.of(3) }, (...all: Buffer[]) => resolve(all));
    });
    expect(answer.map((each) => [...each])).toEqual([[3], [1, 2]]);
    expect(Buffer.isBuffer(answer[0])).toBe(true);
    socket.on('ask', (bytes: Buffer, ack: (bytes: Buffer) => void) => ack(bytes));
    expect([...((await peer.emitWithAck('ask', Buffer.from([4]))) as Buffer)]).toEqual([4]);
  });

  it('gives up an answer in time, and does not send what was not sent by then', async () => {
    const { socket, peer } = await pair();
    const error = await socket
      .timeout(10)
      .emitWithAck('nobody answers')
      .catch((each: unknown) => each);
    expect((error as Error).message).toBe('operation has timed out');
    const events: string[] = [];
    peer.onAny((name: string) => events.push(name));
    socket.disconnect();
    await expect(socket.timeout(1).emitWithAck('late')).rejects.toThrow('operation has timed out');
    expect(socket.sendBuffer).toEqual([]);
  });

  it('tells an answered callback with a timeout that there is no error', async () => {
    const { socket, peer } = await pair();
    peer.on('ask', (ack: (answer: number) => void) => ack(7));
    const args = await new Promise((resolve) => {
      socket.timeout(5_000).emit('ask', (...all: unknown[]) => resolve(all));
    });
    expect(args).toEqual([null, 7]);
  });

  it('rejects what can be answered no more', async () => {
    const { socket, peer } = await pair();
    const answer = socket.emitWithAck('leave');
    peer.on('leave', () => peer.disconnect());
    await expect(answer).rejects.toThrow('socket has been disconnected');
  });

  it('keeps what is emitted offline, and drops what is volatile', async () => {
    const socket = create(server.url, { autoConnect: false });
    const received: unknown[] = [];
    server.io.on('connection', (peer) => peer.onAny((...args: unknown[]) => received.push(args)));
    socket.emit('first', 1);
    socket.volatile.emit('dropped');
    socket.emit('second', 2);
    expect(socket.sendBuffer).toHaveLength(2);
    socket.connect();
    await until(() => received.length === 2);
    expect(received).toEqual([
      ['first', 1],
      ['second', 2],
    ]);
  });

  it('hears all that comes and goes', async () => {
    const { socket, peer } = await pair();
    const seen: unknown[] = [];
    socket.onAny((...args: unknown[]) => seen.push(['in', ...args]));
    socket.prependAnyOutgoing((...args: unknown[]) => seen.push(['out', ...args]));
    const news = next(socket, 'news');
    peer.on('hello', () => peer.emit('news', 1));
    socket.emit('hello', 2);
    await news;
    expect(seen).toEqual([
      ['out', 'hello', 2],
      ['in', 'news', 1],
    ]);
    socket.offAny();
    socket.offAnyOutgoing();
    expect([socket.listenersAny(), socket.listenersAnyOutgoing()]).toEqual([[], []]);
  });

  it('is told why it was refused, and waits', async () => {
    server.io.of('/admin').use((_socket, proceed) => proceed(Object.assign(new Error('no'), { data: { code: 7 } })));
    const socket = create(`${server.url}/admin`);
    const [error] = (await next(socket, 'connect_error')) as [Error & { data: unknown }];
    expect([error.message, error.data]).toEqual(['no', { code: 7 }]);
    expect(socket.active).toBe(false);
  });

  it('shares one connection between namespaces', async () => {
    server.io.of('/admin');
    const main = await connect();
    const admin = main.io.socket('/admin');
    await next(admin, 'connect');
    await until(() => main.io.engine.transport.name === transports.at(-1));
    expect(server.io.engine.clientsCount).toBe(1);
    main.disconnect();
    expect(admin.connected).toBe(true);
    admin.disconnect();
    await until(() => server.io.engine.clientsCount === 0);
  });

  it.each([
    ['io server disconnect', false],
    ['io client disconnect', false],
  ])('says %s, and stays away', async (reason, active) => {
    const { socket, peer } = await pair();
    const end = next(socket, 'disconnect');
    const peerEnd = next(peer as never, 'disconnect');
    if (reason.startsWith('io server')) peer.disconnect();
    else socket.disconnect();
    expect((await end)[0]).toBe(reason);
    await peerEnd;
    expect([socket.connected, socket.active, socket.id]).toEqual([false, active, undefined]);
  });

  it('comes back after the connection was lost, with all that it missed', async () => {
    await server.close();
    server = await start({ connectionStateRecovery: {} });
    const { socket, peer } = await pair();
    const { id } = peer;
    const sent = next(socket, 'first');
    peer.emit('first', 'x');
    await sent;
    const end = next(socket, 'disconnect');
    const back = next(socket, 'connect');
    const missed = next(socket, 'missed');
    const away = next(peer as never, 'disconnect');
    // The end is told at once where something waits for it.
    await until(() => peer.conn.transport.writable);
    peer.conn.close();
    expect((await end)[0]).toBe('transport close');
    await away;
    server.io.to(id).emit('missed', 1);
    expect((await missed)[0]).toBe(1);
    await back;
    expect([socket.recovered, socket.id]).toEqual([true, id]);
  });

  it('tries again until there is a server', async () => {
    const { url } = server;
    await server.close();
    const socket = create(url);
    const attempts: unknown[] = [];
    socket.io.on('reconnect_attempt', (attempt) => attempts.push(attempt));
    await next(socket, 'connect_error');
    await next(socket.io, 'reconnect_attempt');
    const back = next(socket.io, 'reconnect');
    server = await start({}, Number(new URL(url).port));
    expect((await back)[0]).toBe(attempts.at(-1));
    expect(attempts[0]).toBe(1);
    await until(() => socket.connected);
  });

  it('gives up after as many attempts as it has', async () => {
    const { url } = server;
    await server.close();
    const socket = create(url, { reconnectionAttempts: 2 });
    const errors: unknown[] = [];
    socket.io.on('reconnect_error', (error) => errors.push(error.message));
    await next(socket.io, 'reconnect_failed');
    expect(errors).toHaveLength(2);
    expect(new Set(errors)).toEqual(new Set([transports[0] === 'websocket' ? 'websocket error' : 'xhr poll error']));
  });

  it('sends again what was not answered, one after the other', async () => {
    const { socket, peer } = await pair('', { retries: 9, ackTimeout: 200 });
    const received: unknown[] = [];
    let isAnswering = false;
    peer.on('try', (n: number, ack: (answer: string) => void) => {
      received.push(n);
      if (isAnswering) ack('ok');
      isAnswering = true;
    });
    const answers = await Promise.all([socket.emitWithAck('try', 1), socket.emitWithAck('try', 2)]);
    expect(answers).toEqual(['ok', 'ok']);
    expect(received.slice(0, 2)).toEqual([1, 1]);
    expect(received.at(-1)).toBe(2);
  });

  it('refuses names that are reserved', async () => {
    const { socket } = await pair();
    expect(() => socket.emit('connect')).toThrow('"connect" is a reserved event name');
  });
}
