import { describe, expect, it } from '@jest/globals';
import { InMemoryAdapter, type BroadcastOptions, type SocketDescription } from '../../lib/adapter/index.js';
import { RemoteSocket, type DefaultEventsMap } from '../../lib/server/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { handled, members, next, received, ReportedErrors, until, type Member } from './support.js';

async function inRooms(server: TestServer): Promise<Member[]> {
  const all = await members(server, 3);
  for (const { socket } of all.slice(0, 2)) void socket.join('a');
  for (const { socket } of all.slice(1)) void socket.join('b');
  return all;
}

describe('sockets that are fetched', () => {
  it('are themselves on their own node', async () => {
    await using server = await startTestServer();
    const [a, b, c] = (await inRooms(server)).map(({ socket }) => socket);
    expect(await server.io.fetchSockets()).toEqual([a, b, c]);
    expect((await server.io.fetchSockets())[0]).toBe(a);
    expect(await server.io.of('/').in('a').fetchSockets()).toEqual([a, b]);
    expect(await server.io.except('a').fetchSockets()).toEqual([c]);
    expect(await a!.broadcast.fetchSockets()).toEqual([b, c]);
    expect(await server.io.of('/admin').fetchSockets()).toEqual([]);
  });

  it('are listed by id', async () => {
    await using server = await startTestServer();
    const [a, b, c] = (await inRooms(server)).map(({ socket }) => socket.id);
    expect(await server.io.allSockets()).toEqual(new Set([a, b, c]));
    expect(await server.io.of('/').allSockets()).toEqual(new Set([a, b, c]));
    expect(await server.io.in('b').allSockets()).toEqual(new Set([b, c]));
  });
});

describe('sockets that are moved together', () => {
  it('join and leave rooms', async () => {
    await using server = await startTestServer();
    const [a, b, c] = (await inRooms(server)).map(({ socket }) => socket);
    server.io.socketsJoin('all');
    server.io.in('a').socketsJoin(['x', 'y']);
    a!.broadcast.socketsJoin('not a');
    expect([a, b, c].map((socket) => [...socket!.rooms].slice(1))).toEqual([
      ['a', 'all', 'x', 'y'],
      ['a', 'b', 'all', 'x', 'y', 'not a'],
      ['b', 'all', 'not a'],
    ]);
    server.io.socketsLeave('all');
    server.io.of('/').in('x').except('b').socketsLeave(['x', 'y']);
    expect([a, b, c].map((socket) => [...socket!.rooms].slice(1))).toEqual([
      ['a'],
      ['a', 'b', 'x', 'y', 'not a'],
      ['b', 'not a'],
    ]);
  });

  it('are disconnected from the namespace, or from the server', async () => {
    await using server = await startTestServer();
    const [a, b, c] = await inRooms(server);
    server.io.in('a').except(b!.socket.id).disconnectSockets();
    expect(await a!.client.next()).toBe('41');
    expect(server.io.engine.clientsCount).toBe(3);
    const left = next(b!.socket, 'disconnect');
    server.io.in('a').disconnectSockets(true);
    expect((await left)[0]).toBe('server namespace disconnect');
    await b!.client.closed;
    expect(c!.socket.connected).toBe(true);
    server.io.disconnectSockets(true);
    await c!.client.closed;
    expect(server.io.sockets.sockets.size).toBe(0);
    expect(server.io.engine.clientsCount).toBe(1);
  });

  it('report an adapter that fails', async () => {
    const failure = (): Promise<never> => Promise.reject(new Error('no bus'));
    class BrokenAdapter extends InMemoryAdapter {
      override addSockets = failure;
      override delSockets = failure;
      override disconnectSockets = failure;
      override serverSideEmit = failure;
    }
    const errors = new ReportedErrors();
    await using server = await startTestServer(undefined, { adapter: BrokenAdapter, onError: errors.onError });
    server.io.socketsJoin('a');
    server.io.socketsLeave('a');
    server.io.disconnectSockets();
    server.io.serverSideEmit('hello');
    expect((await errors.first(4)).map(({ event }) => event)).toEqual([
      'socketsJoin',
      'socketsLeave',
      'disconnectSockets',
      'serverSideEmit',
    ]);
  });
});

describe('a socket of another node', () => {
  /** Describes its sockets as if they lived elsewhere. */
  class FarAdapter extends InMemoryAdapter {
    override async fetchSockets(options: BroadcastOptions): Promise<SocketDescription[]> {
      const sockets = await super.fetchSockets(options);
      return sockets.map(({ id, handshake, rooms, data }) => ({ id, handshake, rooms: [...rooms], data }));
    }
  }

  async function setUp(
    server: TestServer,
  ): Promise<Member & { remote: RemoteSocket<DefaultEventsMap, unknown>; other: Member }> {
    const [one, other] = await members(server, 2);
    one!.socket.data.user = 'ada';
    void one!.socket.join('a');
    const [remote] = await server.io.in('a').fetchSockets();
    return { ...one!, remote: remote!, other: other! };
  }

  const far = { adapter: FarAdapter };

  it('is described by copies', async () => {
    await using server = await startTestServer(undefined, far);
    const { remote, socket } = await setUp(server);
    expect(remote).toBeInstanceOf(RemoteSocket);
    expect(remote.id).toBe(socket.id);
    expect(remote.data).toEqual({ user: 'ada' });
    expect(remote.handshake).toEqual(socket.handshake);
    expect(remote.rooms).toEqual(new Set([socket.id, 'a']));
    void socket.leave('a');
    expect(remote.rooms.has('a')).toBe(true);
  });

  it('gets events, and nobody else does', async () => {
    await using server = await startTestServer(undefined, far);
    const { remote, client, socket, other } = await setUp(server);
    expect(remote.emit('a', 1, Buffer.from([2]))).toBe(true);
    expect(await received({ client, socket })).toEqual(['451-["a",1,{"_placeholder":true,"num":0}]', Buffer.from([2])]);
    expect(await received(other)).toEqual([]);
    expect(() => remote.emit('disconnect')).toThrow('reserved event name');
  });

  it('answers', async () => {
    await using server = await startTestServer(undefined, far);
    const { client } = await setUp(server);
    const [remote] = await server.io.in('a').fetchSockets();
    const byPromise = remote!.emitWithAck('question', 1);
    expect(await client.next()).toBe('420["question",1]');
    client.send('430["a","ignored"]');
    expect(await byPromise).toBe('a');
    const byCallback = new Promise((resolve) => {
      remote!.emit('question', (...args: unknown[]) => resolve(args));
    });
    client.send('431["b"]');
    expect(await byCallback).toEqual(['b']);
    const withError = new Promise((resolve) => {
      remote!.timeout(60_000).emit('question', (...args: unknown[]) => resolve(args));
    });
    client.send('432["c"]');
    expect(await withError).toEqual([null, 'c']);
    const timed = remote!.timeout(60_000).emitWithAck('question');
    client.send('433["d"]');
    expect(await timed).toBe('d');
  });

  it('may not answer in time', async () => {
    await using server = await startTestServer(undefined, { ...far, ackTimeout: 20 });
    const { client, socket } = await setUp(server);
    const [remote] = await server.io.in('a').fetchSockets();
    const failure = { code: 'ACK_TIMEOUT', message: 'operation has timed out' };
    const byCallback = new Promise((resolve) => {
      remote!.timeout(10).emit('question', (...args: unknown[]) => resolve(args));
    });
    expect(await byCallback).toEqual([expect.objectContaining(failure)]);
    await expect(remote!.timeout(10).emitWithAck('question')).rejects.toMatchObject(failure);
    const calls: unknown[] = [];
    remote!.emit('question', (...args: unknown[]) => calls.push(args));
    await expect(remote!.emitWithAck('question')).rejects.toMatchObject(failure);
    // Without a timeout of its own the callback has no place for an error.
    await handled({ client, socket });
    expect(calls).toEqual([]);
  });

  it('joins and leaves rooms', async () => {
    await using server = await startTestServer(undefined, far);
    const { remote, socket, other } = await setUp(server);
    remote.join('x');
    remote.join(['y', 'z']);
    remote.leave('a');
    expect(socket.rooms).toEqual(new Set([socket.id, 'x', 'y', 'z']));
    expect(other.socket.rooms).toEqual(new Set([other.socket.id]));
  });

  it('is disconnected from its namespace, or from its server', async () => {
    await using server = await startTestServer(undefined, far);
    const { remote, client, socket, other } = await setUp(server);
    expect(remote.disconnect()).toBe(remote);
    expect(socket.connected).toBe(false);
    expect(await client.next()).toBe('41');
    expect(other.socket.connected).toBe(true);
    const [last] = await server.io.fetchSockets();
    last!.disconnect(true);
    await other.client.closed;
    await until(() => server.io.engine.clientsCount === 1);
  });

  it('reports a callback that fails', async () => {
    const errors = new ReportedErrors();
    await using server = await startTestServer(undefined, { ...far, onError: errors.onError });
    const { client } = await setUp(server);
    const [remote] = await server.io.in('a').fetchSockets();
    remote!.emit('question', () => {
      throw new Error('broken');
    });
    client.send('430[]');
    expect(await errors.first(1)).toMatchObject([{ error: { message: 'broken' }, event: 'question' }]);
  });
});
