import { describe, expect, it } from '@jest/globals';
import type { ServerOptions, Socket } from '../../lib/server/index.js';
import { startTestServer, type TestConnectOptions, type WireClient } from '../../lib/testing/index.js';
import { handled, join, ManualPolling, member, next, until } from './support.js';

/** Why a socket left, and in which rooms it was, event by event. */
function leaving(socket: Socket): unknown[] {
  const events: unknown[] = [];
  for (const event of ['disconnecting', 'disconnect'] as const) {
    socket.on(event, (reason) => events.push([event, reason, socket.connected, [...socket.rooms].slice(1)]));
  }
  return events;
}

describe('a socket that leaves', () => {
  interface Leaving {
    readonly leave: (client: WireClient, socket: Socket) => unknown;
    readonly options?: ServerOptions;
    readonly connectOptions?: TestConnectOptions;
  }

  it.each<[string, Leaving]>([
    ['client namespace disconnect', { leave: (client) => client.send('41') }],
    ['server namespace disconnect', { leave: (_client, socket) => socket.disconnect() }],
    ['server namespace disconnect', { leave: (_client, socket) => socket.disconnect(true) }],
    ['transport close', { leave: (client) => client.close() }],
    ['transport close', { leave: (client) => client.send('1') }],
    ['transport error', { leave: (client) => client.send('2') }],
    ['parse error', { leave: (client) => client.send('9') }],
    ['forced close', { leave: (_client, socket) => socket.conn.close() }],
    ['forced server close', { leave: (client) => client.send('44{"message":"no"}') }],
    [
      'ping timeout',
      { leave: () => {}, options: { pingInterval: 20, pingTimeout: 20 }, connectOptions: { answerPings: false } },
    ],
  ])('says why, with its rooms and then without: %s', async (reason, { leave, options, connectOptions }) => {
    await using server = await startTestServer(undefined, options);
    const { client, socket } = await member(server, connectOptions);
    void socket.join('room');
    const events = leaving(socket);
    const left = next(socket, 'disconnect');
    await leave(client, socket);
    await left;
    expect(events).toEqual([
      ['disconnecting', reason, true, ['room']],
      ['disconnect', reason, false, []],
    ]);
    expect(server.io.sockets.sockets.has(socket.id)).toBe(false);
    expect(server.io.sockets.adapter.rooms.size).toBe(0);
  });

  it('says what is known beyond the reason', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const left = Promise.all([next(socket, 'disconnecting'), next(socket, 'disconnect')]);
    client.send('2');
    const error = new Error('invalid heartbeat direction');
    expect(await left).toEqual([
      ['transport error', error],
      ['transport error', error],
    ]);
  });

  it('leaves every namespace when the connection goes', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const { client, socket } = await member(server);
    const admin = await join(server, client, '/admin');
    const left = Promise.all([next(socket, 'disconnect'), next(admin, 'disconnect')]);
    await client.close();
    expect((await left).map(([reason]) => reason)).toEqual(['transport close', 'transport close']);
  });

  it('is told so by the server, and the connection stays', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const { client, socket } = await member(server);
    const admin = await join(server, client, '/admin');
    expect(admin.disconnect()).toBe(admin);
    expect(await client.next()).toBe('41/admin,');
    expect(admin.connected).toBe(false);
    await handled({ client, socket });
    expect(socket.disconnect()).toBe(socket);
    expect(await client.next()).toBe('41');
    expect(server.io.engine.clientsCount).toBe(1);
    expect(await client.join()).toHaveLength(20);
  });

  it('is told so in every namespace when the connection is closed with it', async () => {
    await using server = await startTestServer((io) => {
      io.of('/admin');
      io.of('/pending').use((pending) => void pending.join('pending'));
    });
    const { client, socket } = await member(server);
    const admin = await join(server, client, '/admin');
    client.send('40/pending,');
    await handled({ client, socket });
    expect(server.io.of('/pending').adapter.rooms.has('pending')).toBe(true);
    const events = leaving(admin);
    expect(socket.disconnect(true)).toBe(socket);
    expect(events.map((event) => (event as unknown[])[1])).toEqual([
      'server namespace disconnect',
      'server namespace disconnect',
    ]);
    expect([await client.next(), await client.next()]).toEqual(['41', '41/admin,']);
    await expect(client.next()).rejects.toThrow('closed');
    expect(server.io.engine.clientsCount).toBe(0);
    expect(server.io.of('/pending').adapter.rooms.size).toBe(0);
  });

  it('is told so in the poll before the one that ends the connection', async () => {
    await using server = await startTestServer();
    const session = await ManualPolling.open(server);
    const socket = await session.join(server);
    socket.disconnect(true);
    expect(await session.poll()).toBe('41');
    expect(await session.poll()).toBe('6\x1e1');
    expect(server.io.engine.clientsCount).toBe(0);
  });

  it('leaves once', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const events = leaving(socket);
    socket.disconnect();
    expect(socket.disconnect()).toBe(socket);
    expect(socket.disconnect(true)).toBe(socket);
    expect(await client.next()).toBe('41');
    await client.close();
    await until(() => server.io.engine.clientsCount === 0);
    expect(events).toHaveLength(2);
  });

  it.each([false, true])('leaves once when a listener disconnects it again (connection too: %s)', async (close) => {
    const reported: unknown[] = [];
    await using server = await startTestServer(undefined, { onError: (error) => reported.push(error) });
    const { client, socket } = await member(server);
    const events: string[] = [];
    socket.on('disconnecting', () => {
      events.push('disconnecting');
      // Bounded: a server that falls for it would never come back.
      if (events.length < 3) socket.disconnect(close);
    });
    socket.on('disconnect', () => {
      events.push('disconnect');
      socket.disconnect(close);
    });
    const left = next(socket, 'disconnect');
    client.send('41');
    await left;
    expect(reported).toEqual([]);
    expect(events).toEqual(['disconnecting', 'disconnect']);
  });

  it('may be disconnected by a connection listener, before its client says anything', async () => {
    await using server = await startTestServer((io) => io.on('connection', (socket) => socket.disconnect(true)));
    const client = await server.connect();
    client.send('40');
    expect(await client.next()).toMatch(/^40{/);
    expect(await client.next()).toBe('41');
    await client.closed;
    expect(server.io.sockets.sockets.size).toBe(0);
  });

  it('gets no events any more', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const { client, socket } = await member(server);
    const admin = await join(server, client, '/admin');
    const heard: string[] = [];
    socket.on('a', () => heard.push('a'));
    admin.on('kick', () => socket.disconnect());
    // Both are decoded in one go: the second is for a socket that has left when its turn comes.
    client.send('42/admin,["kick"]');
    client.send('42["a"]');
    expect(await client.next()).toBe('41');
    client.send('42["a"]');
    await client.closed;
    expect(heard).toEqual([]);
  });
});
