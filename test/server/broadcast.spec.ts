import { describe, expect, it, jest } from '@jest/globals';
import type { BroadcastFlags } from '../../lib/adapter/index.js';
import { BroadcastOperator, type Namespace, type Server } from '../../lib/server/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { join, ManualPolling, member, members, received, until, type Member } from './support.js';

/** Three members: the first and the second are in `a`, the second and the third in `b`. */
async function inRooms(server: TestServer): Promise<Member[]> {
  const all = await members(server, 3);
  for (const { socket } of all.slice(0, 2)) void socket.join('a');
  for (const { socket } of all.slice(1)) void socket.join('b');
  return all;
}

type Broadcaster = Server | Namespace;
const hosts: [string, (io: Server) => Broadcaster][] = [
  ['a server', (io) => io],
  ['a namespace', (io) => io.sockets],
];

describe.each(hosts)('a broadcast of %s', (_host, from) => {
  it.each<[string, (from: Broadcaster, ids: string[]) => unknown, number[]]>([
    ['everyone', (all) => all.emit('x'), [1, 1, 1]],
    ['everyone on this node', (all) => all.local.emit('x'), [1, 1, 1]],
    ['a room', (all) => all.to('a').emit('x'), [1, 1, 0]],
    ['a room, by its other name', (all) => all.in('b').emit('x'), [0, 1, 1]],
    ['any of several rooms, once each', (all) => all.to(['a', 'b']).emit('x'), [1, 1, 1]],
    ['rooms named one by one', (all) => all.to('a').in(['b', 'c']).to('a').emit('x'), [1, 1, 1]],
    ['no room at all, which is everyone', (all) => all.to([]).emit('x'), [1, 1, 1]],
    ['a room that nobody is in', (all) => all.to('nobody').emit('x'), [0, 0, 0]],
    ['everyone outside of a room', (all) => all.except('a').emit('x'), [0, 0, 1]],
    ['everyone outside of several rooms', (all) => all.except(['a', 'b']).emit('x'), [0, 0, 0]],
    ['a room without another one', (all) => all.to('a').except('b').emit('x'), [1, 0, 0]],
    [
      'a room without two members',
      (all, [first, second]) => all.to('a').except([first!, second!]).emit('x'),
      [0, 0, 0],
    ],
    ['one, by its id', (all, [first]) => all.to(first!).emit('x'), [1, 0, 0]],
    ['everyone but one, by its id', (all, [first]) => all.except(first!).emit('x'), [0, 1, 1]],
  ])('reaches %s', async (_whom, broadcast, expected) => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const all = await inRooms(server);
    const elsewhere = await join(server, all[0]!.client, '/admin');
    void elsewhere.join(['a', 'b']);
    expect(
      broadcast(
        from(server.io),
        all.map(({ socket }) => socket.id),
      ),
    ).toBe(true);
    const heard = await Promise.all(all.map(received));
    expect(heard).toEqual(expected.map((count) => Array.from({ length: count }, () => '42["x"]')));
  });

  it('may have no name of its own', async () => {
    await using server = await startTestServer();
    const { client } = await member(server);
    const host = from(server.io);
    expect(host.send('a', 1)).toBe(host);
    expect(host.write('b')).toBe(host);
    expect([await client.next(), await client.next()]).toEqual(['42["message","a",1]', '42["message","b"]']);
  });

  it('carries bytes to everyone', async () => {
    await using server = await startTestServer();
    const all = await members(server, 2);
    from(server.io).emit('a', Buffer.from([1]));
    for (const { client } of all) {
      expect(await client.next()).toBe('451-["a",{"_placeholder":true,"num":0}]');
      expect(await client.next()).toEqual(Buffer.from([1]));
    }
  });

  it.each<[string, (from: Broadcaster) => { emit(event: string): boolean }, BroadcastFlags]>([
    ['volatile', (all) => all.volatile, { volatile: true }],
    ['compressed', (all) => all.compress(true), { compress: true }],
    ['uncompressed', (all) => all.compress(false), { compress: false }],
    ['local', (all) => all.local, { local: true }],
    ['timed', (all) => all.timeout(50), { timeout: 50 }],
    [
      'all of it, in any order',
      (all) => all.to('a').volatile.local.compress(false).timeout(50).except('b'),
      { volatile: true, local: true, compress: false, timeout: 50 },
    ],
  ])('tells its adapter how: %s', async (_what, start, flags) => {
    await using server = await startTestServer();
    const broadcast = jest.spyOn(server.io.sockets.adapter, 'broadcast');
    start(from(server.io)).emit('x');
    expect(broadcast.mock.calls[0]![1].flags).toEqual(flags);
  });
});

describe('a broadcast', () => {
  it('carries the name of its namespace', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const client = await server.connect();
    await join(server, client, '/admin');
    server.io.of('/admin').emit('x', 1);
    expect(await client.next()).toBe('42/admin,["x",1]');
  });

  it('in the making is never changed', async () => {
    await using server = await startTestServer();
    const all = await inRooms(server);
    const everyone = server.io.local;
    const toA = everyone.to('a');
    for (const derived of [
      toA.to('b'),
      toA.except('a'),
      toA.volatile,
      toA.compress(false),
      toA.timeout(1),
      toA.local,
    ]) {
      expect(derived).toBeInstanceOf(BroadcastOperator);
      expect(derived).not.toBe(toA);
    }
    const broadcast = jest.spyOn(server.io.sockets.adapter, 'broadcast');
    toA.emit('x');
    expect(broadcast.mock.calls[0]![1]).toEqual({ rooms: new Set(['a']), except: new Set(), flags: { local: true } });
    everyone.emit('y');
    expect(await Promise.all(all.map(received))).toEqual([['42["x"]', '42["y"]'], ['42["x"]', '42["y"]'], ['42["y"]']]);
  });

  it('is not changed by an adapter that changes what it is given', async () => {
    await using server = await startTestServer();
    const { adapter } = server.io.sockets;
    const operator = server.io.to('a').except('b').volatile;
    const seen: unknown[] = [];
    jest.spyOn(adapter, 'broadcast').mockImplementation((_packet, { rooms, except, flags }) => {
      seen.push([[...rooms], [...except], { ...flags }]);
      rooms.clear();
      except.clear();
      flags.volatile = false;
    });
    operator.emit('x');
    operator.emit('x');
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toEqual([['a'], ['b'], { volatile: true }]);
  });

  it('that is volatile is dropped where the transport cannot take it, and nowhere else', async () => {
    await using server = await startTestServer();
    const slow = await ManualPolling.open(server);
    const slowSocket = await slow.join(server);
    const fast = await member(server);
    await until(() => fast.socket.conn.writable);
    expect(slowSocket.conn.writable).toBe(false);
    server.io.volatile.emit('x', Buffer.from([1]));
    server.io.emit('kept');
    expect(await slow.poll()).toBe('42["kept"]');
    expect([await fast.client.next(), await fast.client.next(), await fast.client.next()]).toEqual([
      '451-["x",{"_placeholder":true,"num":0}]',
      Buffer.from([1]),
      '42["kept"]',
    ]);
  });

  it('reaches sockets in the order of everything else that is sent to them', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    socket.emit('a');
    server.io.emit('b');
    socket.emit('c');
    expect(await received({ client, socket })).toEqual(['42["a"]', '42["b"]', '42["c"]']);
  });
});
