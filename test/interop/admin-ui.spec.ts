import { readFile } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { extname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { instrument } from '@socket.io/admin-ui';
import type { Page } from 'playwright-core';
import type { Socket } from 'socket.io-client';
import type { Server, ServerOptions } from '../../lib/server/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { until } from '../engine/support.js';
import { startChromium, type Chromium } from '../support/chromium.js';
import { Clients, next } from '../support/clients.js';
import { debian, describeWith } from '../support/debian.js';

type Options = Parameters<typeof instrument>[1];

// "changeit", as in the README of the admin UI.
const basicAuth = {
  type: 'basic',
  username: 'admin',
  password: '$2b$10$heqvAkYMez.Va6Et2uXInOnkCT6/uQj1brkrbyG3LpopDklcq7ZOS',
} as const;
const commands = ['EMIT', 'JOIN', 'LEAVE', 'DISCONNECT', 'MJOIN', 'MLEAVE', 'MDISCONNECT'];

let server: TestServer;
let clients: Clients;

afterEach(async () => {
  clients.close();
  await server.close();
});

/** Starts a server that is watched. */
async function start(
  { auth = false, mode = 'development', ...rest }: Options = {},
  { configure, ...options }: ServerOptions & { configure?: (io: Server) => void } = {},
): Promise<void> {
  server = await startTestServer((io) => {
    configure?.(io);
    instrument(io as never, { auth, mode, ...rest });
  }, options);
  clients = new Clients(() => server.url);
}

/** A client of the admin's namespace, and what it has been told. */
class Admin {
  readonly told: unknown[][] = [];
  readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.onAny((...args: unknown[]) => this.told.push(args));
  }

  static async connect(auth = {}): Promise<Admin> {
    const admin = new Admin(clients.create('/admin', { transports: ['websocket'], auth }));
    await next(admin.socket, 'config');
    return admin;
  }

  /** The next event that begins like this; or the first, if it has come already. */
  async hears(...start: unknown[]): Promise<unknown[]> {
    const find = (): unknown[] | undefined =>
      this.told.find((each) => isDeepStrictEqual(each.slice(0, start.length), start));
    await until(() => find() !== undefined).catch(() => expect(this.told).toContainEqual(start));
    return find()!;
  }

  /** The statistics that are sent next. */
  async stats(): Promise<unknown> {
    return (await next(this.socket, 'server_stats'))[0];
  }

  /** How often something has been counted in all statistics up to now. */
  count(type: string): number {
    const all = this.told.filter(([event]) => event === 'server_stats') as [string, Stats][];
    const counts = all.flatMap(([, { aggregatedEvents }]) => aggregatedEvents).filter((each) => each.type === type);
    return counts.reduce((sum, { count }) => sum + count, 0);
  }
}

interface Stats {
  readonly aggregatedEvents: readonly { type: string; count: number }[];
}

/** A client in the main namespace, and the server's socket for it. */
async function member(transports: ('polling' | 'websocket')[] = ['websocket']) {
  const client = await clients.connect('/', { transports });
  await until(() => server.io.sockets.sockets.has(client.id!));
  return { client, id: client.id!, socket: server.io.sockets.sockets.get(client.id!)! };
}

describe('the admin UI on the wire', () => {
  it('tells what it can do, and who is there', async () => {
    await start();
    const { id, socket } = await member();
    socket.data = { name: 'Ann' };
    await socket.join('garden');
    const admin = await Admin.connect();
    await admin.hears('config', { supportedFeatures: [...commands, 'AGGREGATED_EVENTS', 'ALL_EVENTS'] });
    const [, sockets] = (await admin.hears('all_sockets')) as [string, { nsp: string }[]];
    expect(sockets).toHaveLength(2);
    expect(sockets.find(({ nsp }) => nsp === '/admin')).toMatchObject({ id: admin.socket.id, transport: 'websocket' });
    expect(sockets.find(({ nsp }) => nsp === '/')).toEqual({
      id,
      nsp: '/',
      data: { name: 'Ann' },
      rooms: [id, 'garden'],
      handshake: {
        address: '127.0.0.1',
        headers: expect.objectContaining({ host: `127.0.0.1:${server.port}` }),
        query: { EIO: '4', transport: 'websocket' },
        issued: expect.any(Number),
        secure: false,
        time: expect.any(String),
        url: '/socket.io/?EIO=4&transport=websocket',
        xdomain: false,
      },
    });
  });

  it('follows a client from its coming to its going', async () => {
    await start();
    const admin = await Admin.connect();
    const { client, id } = await member(['polling', 'websocket']);
    const clientId = client.io.engine.id!.slice(0, 12);
    await admin.hears('room_joined', '/', id, id);
    const connected = admin.told.filter(([event]) => event === 'socket_connected').map(([, socket]) => socket);
    expect(connected.at(-1)).toMatchObject({ id, clientId, nsp: '/', transport: 'polling', rooms: [id], data: {} });
    await admin.hears('socket_updated', { id, nsp: '/', transport: 'websocket' });
    client.disconnect();
    await admin.hears('socket_disconnected', '/', id, 'client namespace disconnect');
    await admin.hears('room_left', '/', id, id);
  });

  it('shows events and rooms, of namespaces made later as well', async () => {
    await start();
    const admin = await Admin.connect();
    server.io.of('/later').on('connection', (socket) => {
      socket.on('hello', (_name: string, ack: (answer: string) => void) => ack('yes'));
    });
    const client = await clients.connect('/later');
    const id = client.id!;
    expect(await client.emitWithAck('hello', 'Ann')).toBe('yes');
    await admin.hears('event_received', '/later', id, ['hello', 'Ann']);
    server.io.of('/later').sockets.get(id)!.emit('to one', { a: 1 });
    await admin.hears('event_sent', '/later', id, ['to one', { a: 1 }]);
    server.io.of('/later').in(id).socketsJoin('garden');
    await admin.hears('room_joined', '/later', 'garden', id);
    server.io.of('/later').to('garden').emit('to the garden', 2);
    await admin.hears('event_sent', '/later', id, ['to the garden', 2]);
    await server.io.of('/later').sockets.get(id)!.leave('garden');
    await admin.hears('room_left', '/later', 'garden', id);
  });

  it('shows changes of data, which stays what it was for everybody else', async () => {
    await start(
      {},
      { configure: (io) => io.use((socket, proceed) => proceed(void (socket.data = { from: ['auth'] }))) },
    );
    const admin = await Admin.connect();
    const { id, socket } = await member();
    socket.data.user = { name: 'Ann' };
    await admin.hears('socket_updated', { id, nsp: '/', data: { from: ['auth'], user: { name: 'Ann' } } });
    socket.data.user.name = 'Bob';
    await admin.hears('socket_updated', { id, nsp: '/', data: { from: ['auth'], user: { name: 'Bob' } } });
    const [fetched] = await server.io.fetchSockets();
    expect(fetched!.data).toMatchObject({ from: ['auth'], user: { name: 'Bob' } });
    expect(JSON.parse(JSON.stringify(socket.data))).toMatchObject({ user: { name: 'Bob' } });
  });

  it('makes sockets join and leave rooms', async () => {
    await start();
    const admin = await Admin.connect();
    const [one, other] = [await member(), await member()];
    admin.socket.emit('join', '/', 'garden', one.id);
    await admin.hears('room_joined', '/', 'garden', one.id);
    admin.socket.emit('join', '/', 'house');
    await admin.hears('room_joined', '/', 'house', other.id);
    expect([...one.socket.rooms]).toEqual([one.id, 'garden', 'house']);
    expect([...other.socket.rooms]).toEqual([other.id, 'house']);
    admin.socket.emit('leave', '/', 'house', 'garden');
    await admin.hears('room_left', '/', 'house', one.id);
    expect([...one.socket.rooms]).toEqual([one.id, 'garden']);
    expect([...other.socket.rooms]).toEqual([other.id, 'house']);
    admin.socket.emit('leave', '/', 'house');
    await admin.hears('room_left', '/', 'house', other.id);
  });

  it('sends events to rooms and to all', async () => {
    await start();
    const admin = await Admin.connect();
    const [one, other] = [await member(), await member()];
    const told: unknown[][] = [];
    for (const { client, id } of [one, other]) client.onAny((...args: unknown[]) => told.push([id, ...args]));
    const ends = [next(one.client, 'to all'), next(other.client, 'to all')];
    admin.socket.emit('emit', '/', one.id, 'to one', 1);
    admin.socket.emit('emit', '/', undefined, 'to all', 2, { three: 3 });
    expect(await Promise.all(ends)).toEqual([
      [2, { three: 3 }],
      [2, { three: 3 }],
    ]);
    expect(told.filter(([, event]) => event === 'to one')).toEqual([[one.id, 'to one', 1]]);
  });

  it.each([
    [false, 'io server disconnect', true],
    [true, 'io server disconnect', false],
  ])('disconnects sockets; their connections as well: %s', async (close, reason, isOpen) => {
    await start();
    const admin = await Admin.connect();
    const [one, other] = [await member(), await member()];
    const second = one.client.io.socket('/second', {});
    server.io.of('/second');
    await next(second, 'connect');
    const end = next(one.client, 'disconnect');
    admin.socket.emit('_disconnect', '/', close, one.id);
    expect((await end)[0]).toBe(reason);
    await admin.hears('socket_disconnected', '/', one.id, 'server namespace disconnect');
    if (close) await until(() => !second.connected);
    expect([second.connected, other.client.connected]).toEqual([isOpen, true]);
  });

  it('counts clients, packets and bytes', async () => {
    await start({ serverId: 'one' });
    const admin = await Admin.connect();
    const polling = await member(['polling']);
    const upgraded = await member(['polling', 'websocket']);
    await admin.hears('socket_updated', { id: upgraded.id, nsp: '/', transport: 'websocket' });
    polling.client.emit('hello', 'Ann');
    await admin.hears('event_received', '/', polling.id, ['hello', 'Ann']);
    expect(await admin.stats()).toMatchObject({
      serverId: 'one',
      hostname: hostname(),
      pid: process.pid,
      uptime: expect.any(Number),
      clientsCount: 3,
      pollingClientsCount: 1,
      namespaces: [
        { name: '/', socketsCount: 2 },
        { name: '/admin', socketsCount: 1 },
      ],
    });
    // Beside the two, perhaps what came before the admin. Each has joined a namespace, and one has sent an event.
    expect(admin.count('rawConnection')).toBeGreaterThanOrEqual(2);
    expect(admin.count('packetsIn')).toBeGreaterThanOrEqual(3);
    expect(admin.count('bytesIn')).toBeGreaterThanOrEqual('0'.length * 2 + '2["hello","Ann"]'.length);
    expect(admin.count('packetsOut')).toBeGreaterThanOrEqual(3);
    expect(admin.count('bytesOut')).toBeGreaterThan(admin.count('packetsOut'));
    polling.client.disconnect();
    await admin.hears('socket_disconnected', '/', polling.id);
    await until(() => server.io.engine.clientsCount === 2);
    expect(await admin.stats()).toMatchObject({ clientsCount: 2, pollingClientsCount: 0 });
    expect(admin.count('rawDisconnection')).toBe(1);
  }, 15_000);

  it('tells counts alone in production', async () => {
    await start({ mode: 'production' });
    const admin = await Admin.connect();
    const { client, socket } = await member();
    client.emit('hello');
    await next(socket as never, 'hello');
    await admin.stats();
    expect(admin.told.map(([event]) => event)).toEqual(['config', 'server_stats']);
    expect(admin.told[0]![1]).toEqual({ supportedFeatures: [...commands, 'AGGREGATED_EVENTS'] });
  });

  it('takes no command when it is there to be read', async () => {
    await start({ readonly: true });
    const admin = await Admin.connect();
    await admin.hears('config', { supportedFeatures: ['AGGREGATED_EVENTS', 'ALL_EVENTS'] });
    const { client, socket } = await member();
    const taken = next(server.io.of('/admin').sockets.get(admin.socket.id!) as never, 'the end');
    admin.socket.emit('join', '/', 'garden');
    admin.socket.emit('_disconnect', '/', true);
    admin.socket.emit('the end');
    await taken;
    expect([client.connected, [...socket.rooms]]).toEqual([true, [socket.id]]);
  });

  it('lets in who knows the password, and who has been let in before', async () => {
    await start({ auth: basicAuth });
    const refused = clients.create('/admin', { auth: { username: 'admin', password: 'wrong' } });
    const [error] = (await next(refused, 'connect_error')) as [Error];
    expect(error.message).toBe('invalid credentials');
    const admin = await Admin.connect({ username: 'admin', password: 'changeit' });
    const [, sessionId] = await admin.hears('session');
    const again = await Admin.connect({ sessionId });
    expect(again.socket.connected).toBe(true);
    expect(server.io.of('/admin').sockets.size).toBe(2);
  });
});

describeWith([debian.chromium], 'the page of the admin UI, in Chromium', () => {
  let files: HttpServer;
  let origin: string;
  let chromium: Chromium;
  let page: Page;

  beforeAll(async () => {
    files = await serve(new URL('../../node_modules/@socket.io/admin-ui/ui/dist/', import.meta.url));
    origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
    chromium = await startChromium();
    // Fonts and icons of other hosts.
    await chromium.context.route(/^https:/, (route) => route.abort());
    chromium.context.setDefaultTimeout(10_000);
  }, 60_000);

  afterAll(async () => {
    await chromium?.close();
    files?.closeAllConnections();
    files?.close();
  });

  afterEach(() => page.close());

  /** Opens the page, which remembers nothing, and fills in how to connect. */
  async function logIn(password: string): Promise<void> {
    page = await chromium.context.newPage();
    await page.goto(origin);
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    await page.getByLabel('Server URL').fill(server.url);
    await page.getByLabel('Username').fill('admin');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Connect' }).click();
  }

  const row = (text: string) => page.locator('tbody tr', { hasText: text });

  it('logs in, and shows the server, sockets, rooms and events', async () => {
    await start({ auth: basicAuth, serverId: 'the first' }, { cors: { origin, credentials: true } });
    const { client, id, socket } = await member();
    await logIn('wrong');
    await page.getByText('Invalid credentials').waitFor();
    await page.getByLabel('Password').fill('changeit');
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('Connection and disconnection events').waitFor();
    await page.getByLabel('Username').waitFor({ state: 'hidden' });

    await page.goto(`${origin}/#/servers/`);
    await row('the first').getByText('Healthy').waitFor();
    expect(await row('the first').textContent()).toContain(String(process.pid));

    await page.goto(`${origin}/#/sockets/`);
    expect(await row(id).textContent()).toMatch(/WebSocket/i);

    await socket.join('garden');
    await page.goto(`${origin}/#/rooms/`);
    await row('garden').waitFor();

    client.emit('hello', { name: 'Ann' });
    await page.goto(`${origin}/#/events/`);
    await row('Event received').getByText('hello').waitFor();
    await row('Room joined').getByText('garden').waitFor();
  }, 60_000);

  it('makes a socket join and leave a room, and disconnects it', async () => {
    await start({}, { cors: { origin, credentials: true } });
    const { client, id, socket } = await member();
    await logIn('');
    await page.getByLabel('Username').waitFor({ state: 'hidden' });
    await page.goto(`${origin}/#/sockets/`);
    await row(id).click();
    await page.getByLabel('Join a room').fill('garden');
    await page.locator('form', { hasText: 'Join a room' }).getByRole('button').last().click();
    await row('garden').waitFor();
    expect(socket.rooms.has('garden')).toBe(true);
    await row('garden').getByRole('button').click();
    // The click is on the row as well, which leads to the room.
    await page.getByText('Deleted').waitFor();
    expect(socket.rooms.has('garden')).toBe(false);
    await page.goto(`${origin}/#/n/%2F/sockets/${id}`);
    const end = next(client, 'disconnect');
    await row('Status').last().getByRole('button').click();
    expect((await end)[0]).toBe('io server disconnect');
    await row('Status').getByText('disconnected').first().waitFor();
  }, 60_000);
});

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** Serves the files of a folder. */
async function serve(folder: URL): Promise<HttpServer> {
  const http = createServer((request, response) => {
    const path = request.url === '/' ? 'index.html' : `.${request.url}`;
    readFile(new URL(path, folder)).then(
      (content) => {
        const type = types[extname(path)] ?? 'image/svg+xml';
        response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` }).end(content);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  return http;
}
