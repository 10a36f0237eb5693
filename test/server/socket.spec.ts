import { IncomingMessage } from 'node:http';
import { describe, expect, it, jest } from '@jest/globals';
import type { BroadcastFlags } from '../../lib/adapter/index.js';
import { Socket } from '../../lib/server/index.js';
import { MemoryWireClient, startTestServer } from '../../lib/testing/index.js';
import { handled, join, ManualPolling, member, members, next, received } from './support.js';

describe('a socket', () => {
  it('knows its namespace, its connection and its request', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const { client, socket } = await member(server);
    const admin = await join(server, client, '/admin');
    expect(socket).toBeInstanceOf(Socket);
    expect(socket.nsp).toBe(server.io.sockets);
    expect(admin.nsp).toBe(server.io.of('/admin'));
    expect(socket.conn).toBe(server.io.engine.clients[client.sid]);
    expect(socket.client.conn).toBe(socket.conn);
    expect(socket.client.id).toBe(client.sid);
    expect(socket.request).toBeInstanceOf(IncomingMessage);
    expect(socket.request).toBe(socket.conn.request);
  });

  it('has an id of its own, unlike that of its connection', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const { client, socket } = await member(server);
    const admin = await join(server, client, '/admin');
    expect(socket.id).toMatch(/^[\w-]{20}$/);
    expect(new Set([socket.id, admin.id, client.sid]).size).toBe(3);
  });

  it('begins connected, in its own room, with no data', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    expect(socket).toMatchObject({ connected: true, disconnected: false, recovered: false, data: {} });
    expect(socket.rooms).toEqual(new Set([socket.id]));
    client.send('41');
    await next(socket, 'disconnect');
    expect(socket).toMatchObject({ connected: false, disconnected: true });
    expect(socket.rooms).toEqual(new Set());
  });

  it('shows under which circumstances it was connected', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const before = Date.now();
    const client = await server.connect({ query: 'room=a&room=b&name=%C3%A4' });
    const { handshake } = await join(server, client, '/admin', { token: 'a' });
    expect(handshake).toEqual({
      headers: expect.objectContaining({ host: `127.0.0.1:${server.port}` }),
      time: String(new Date(handshake.issued)),
      address: '127.0.0.1',
      xdomain: false,
      secure: false,
      issued: expect.any(Number),
      url: '/socket.io/?EIO=4&transport=websocket&room=a&room=b&name=%C3%A4',
      query: { EIO: '4', transport: 'websocket', room: 'b', name: 'ä' },
      auth: { token: 'a' },
    });
    expect(handshake.issued).toBeGreaterThanOrEqual(before);
    expect(handshake.issued).toBeLessThanOrEqual(Date.now());
    expect((await join(server, client)).handshake.auth).toEqual({});
  });

  it('shows the origin of a page', async () => {
    await using server = await startTestServer();
    const session = await ManualPolling.open(server, 'a=b', { Origin: 'http://example.com', 'X-Custom': 'c' });
    const { handshake } = await session.join(server);
    expect(handshake).toMatchObject({
      xdomain: true,
      headers: { origin: 'http://example.com', 'x-custom': 'c' },
      query: { a: 'b', transport: 'polling' },
    });
  });

  it('has an empty handshake where the transport has no request', async () => {
    await using server = await startTestServer();
    const client = await MemoryWireClient.connect(server.io.engine);
    const { handshake, request } = await join(server, client);
    expect(request).toBeUndefined();
    expect(handshake).toMatchObject({ headers: {}, query: {}, secure: true, xdomain: false, address: '', url: '' });
  });

  it('may be listened to like any emitter', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const heard: string[] = [];
    const off = (): void => void heard.push('off');
    socket.on('a', () => heard.push('each'));
    socket.once('a', () => heard.push('once'));
    socket.prependListener('a', () => heard.push('before'));
    socket.on('a', off).off('a', off);
    client.send('42["a"]');
    client.send('42["a"]');
    await handled({ client, socket });
    expect(heard).toEqual(['before', 'each', 'once', 'before', 'each']);
    socket.removeAllListeners('a');
    expect(socket.listenerCount('a')).toBe(0);
    socket.on('b', () => heard.push('b')).removeAllListeners();
    client.send('42["b"]');
    client.send('42["error"]');
    await handled({ client, socket });
    expect(heard).not.toContain('b');
  });

  it('gets its events in the order in which they were sent', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const heard: unknown[] = [];
    for (const event of ['a', 'b']) socket.on(event, (n: number) => heard.push([event, n]));
    const expected: unknown[] = [];
    for (let n = 0; n < 50; n++) {
      client.send(`42["${n % 2 === 0 ? 'a' : 'b'}",${n}]`);
      expected.push([n % 2 === 0 ? 'a' : 'b', n]);
    }
    await handled({ client, socket });
    expect(heard).toEqual(expected);
  });

  it('gets any JSON as it was sent', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const heard = next(socket, 'a');
    client.send('42["a",null,false,0,"",[],{"b":[{}]},"zwölf €"]');
    expect(await heard).toEqual([null, false, 0, '', [], { b: [{}] }, 'zwölf €']);
  });
});

describe('the rooms of a socket', () => {
  it('are a live view', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const { rooms } = socket;
    void socket.join('a');
    void socket.join(['b', 'c']);
    void socket.join('a');
    expect(rooms).toEqual(new Set([socket.id, 'a', 'b', 'c']));
    void socket.leave('b');
    void socket.leave('never joined');
    expect(rooms).toEqual(new Set([socket.id, 'a', 'c']));
    const left = next(socket, 'disconnect');
    client.send('41');
    await left;
    expect(rooms.size).toBe(0);
    expect(server.io.sockets.adapter.rooms.size).toBe(0);
  });

  it('cannot be joined once the socket has left', async () => {
    await using server = await startTestServer();
    const { socket } = await member(server);
    socket.on('disconnect', () => void socket.join('while leaving'));
    socket.disconnect();
    expect(socket.join('afterwards')).toBeUndefined();
    expect(socket.rooms.size).toBe(0);
    expect(server.io.sockets.adapter.rooms.size).toBe(0);
    expect(server.io.sockets.adapter.sids.size).toBe(0);
  });
});

describe('a broadcast of a socket', () => {
  /** Three members: the first and the second are in `a`, the second and the third in `b`. */
  async function setUp(server: Awaited<ReturnType<typeof startTestServer>>) {
    const all = await members(server, 3);
    const sockets = all.map(({ socket }) => socket) as [Socket, Socket, Socket];
    for (const socket of sockets.slice(0, 2)) void socket.join('a');
    for (const socket of sockets.slice(1)) void socket.join('b');
    const heard = async (): Promise<number[]> => (await Promise.all(all.map(received))).map(({ length }) => length);
    return { sockets, heard };
  }

  it.each<[string, (socket: Socket, others: Socket[]) => unknown, number[]]>([
    ['everyone else', (socket) => socket.broadcast.emit('x'), [0, 1, 1]],
    ['everyone else on this node', (socket) => socket.local.emit('x'), [0, 1, 1]],
    ['the others in a room', (socket) => socket.to('a').emit('x'), [0, 1, 0]],
    ['the others in a room, by its other name', (socket) => socket.in('a').emit('x'), [0, 1, 0]],
    ['the others in any of several rooms, once each', (socket) => socket.to(['a', 'b']).emit('x'), [0, 1, 1]],
    ['the others in rooms named one by one', (socket) => socket.to('a').to('b').emit('x'), [0, 1, 1]],
    ['a room that it is not in', (socket) => socket.to('b').emit('x'), [0, 1, 1]],
    ['a room that nobody is in', (socket) => socket.to('nobody').emit('x'), [0, 0, 0]],
    ['everyone else outside of a room', (socket) => socket.except('a').emit('x'), [0, 0, 1]],
    ['a room without another one', (socket) => socket.to('b').except('a').emit('x'), [0, 0, 1]],
    ['another socket, by its id', (socket, [, , third]) => socket.to(third!.id).emit('x'), [0, 0, 1]],
    ['everyone else but one, by its id', (socket, [, , third]) => socket.except(third!.id).emit('x'), [0, 1, 0]],
    ['nobody, when it names itself', (socket) => socket.to(socket.id).emit('x'), [0, 0, 0]],
  ])('reaches %s', async (_whom, broadcast, expected) => {
    await using server = await startTestServer();
    const { sockets, heard } = await setUp(server);
    expect(broadcast(sockets[0], sockets)).toBe(true);
    expect(await heard()).toEqual(expected);
  });

  it.each<[string, (socket: Socket) => { emit(event: string): boolean }, BroadcastFlags]>([
    ['volatile', (socket) => socket.volatile.broadcast, { volatile: true }],
    ['uncompressed', (socket) => socket.compress(false).to('a'), { compress: false }],
    ['local', (socket) => socket.local, { local: true }],
    ['timed', (socket) => socket.timeout(50).in('a') as never, { timeout: 50 }],
    [
      'all of it',
      (socket) => socket.volatile.compress(true).except('a').local,
      { volatile: true, compress: true, local: true },
    ],
  ])('takes the modifiers of its socket with it: %s', async (_what, start, flags) => {
    await using server = await startTestServer();
    const { socket } = await member(server);
    const broadcast = jest.spyOn(server.io.sockets.adapter, 'broadcast');
    start(socket).emit('x');
    socket.broadcast.emit('y');
    expect(broadcast.mock.calls.map(([, options]) => options.flags)).toEqual([flags, {}]);
  });

  it('is still sent when the socket has left', async () => {
    await using server = await startTestServer();
    const { sockets, heard } = await setUp(server);
    sockets[0].on('disconnect', () => sockets[0].to('a').emit('gone'));
    sockets[0].disconnect();
    sockets[0].emit('the end');
    expect(await heard()).toEqual([1, 1, 0]);
  });
});
