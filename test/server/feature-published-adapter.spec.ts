import { describe, expect, it, jest } from '@jest/globals';
import { Adapter, SessionAwareAdapter } from 'socket.io-adapter';
import type { ServerOptions } from '../../lib/server/index.js';
import { startTestServer } from '../../lib/testing/index.js';
import { member, members, next, until, type Member } from './support.js';

const asAdapter = (adapter: object): NonNullable<ServerOptions['adapter']> => adapter as never;

// An adapter that recovers puts an offset behind what is not volatile.
const isTheEnd = (packet: string | Buffer): boolean => String(packet).startsWith('42["the end"');

/** Who got an event, by the place in the list; and nobody got anything else. */
async function receivers(all: readonly Member[], packet: string): Promise<number[]> {
  const found: number[] = [];
  for (const [index, { client, socket }] of all.entries()) {
    socket.emit('the end');
    const first = await client.next();
    if (isTheEnd(first)) continue;
    expect(first).toBe(packet);
    expect(isTheEnd(await client.next())).toBe(true);
    found.push(index);
  }
  return found;
}

describe.each([
  ['Adapter', Adapter, {}],
  ['SessionAwareAdapter', SessionAwareAdapter, { connectionStateRecovery: { maxDisconnectionDuration: 60_000 } }],
])('the %s of socket.io-adapter, as it is', (_name, Published, options: ServerOptions) => {
  const start = () => startTestServer(undefined, { ...options, adapter: asAdapter(Published) });

  it('is the adapter of every namespace', async () => {
    await using server = await start();
    expect(server.io.sockets.adapter).toBeInstanceOf(Published);
    expect(server.io.of('/other').adapter).toBeInstanceOf(Published);
  });

  it('carries broadcasts to rooms, and past those left out', async () => {
    await using server = await start();
    const all = await members(server, 3);
    await all[0]!.socket.join(['a', 'b']);
    await all[1]!.socket.join('a');
    server.io.to('a').volatile.emit('x');
    expect(await receivers(all, '42["x"]')).toEqual([0, 1]);
    server.io.to('a').except('b').volatile.emit('y');
    expect(await receivers(all, '42["y"]')).toEqual([1]);
    all[2]!.socket.broadcast.volatile.emit('z');
    expect(await receivers(all, '42["z"]')).toEqual([0, 1]);
  });

  it('carries bytes', async () => {
    await using server = await start();
    const { client } = await member(server);
    server.io.volatile.emit('bytes', Buffer.of(1, 2, 3));
    expect(await client.next()).toBe('451-["bytes",{"_placeholder":true,"num":0}]');
    expect(await client.next()).toEqual(Buffer.of(1, 2, 3));
  });

  it('collects the answers to a broadcast', async () => {
    await using server = await start();
    const all = await members(server, 2);
    const answers = server.io.timeout(5_000).emitWithAck('how many');
    for (const [index, { client }] of all.entries()) {
      const [, id] = /^42(\d+)\["how many"\]$/.exec(String(await client.next()))!;
      client.send(`43${id}[${index}]`);
    }
    expect((await answers).toSorted()).toEqual([0, 1]);
  });

  it('fetches, moves and disconnects sockets', async () => {
    await using server = await start();
    const [first, second] = await members(server, 2);
    server.io.in(first!.socket.id).socketsJoin('a');
    expect((await server.io.in('a').fetchSockets()).map(({ id }) => id)).toEqual([first!.socket.id]);
    expect(first!.socket.rooms).toEqual(new Set([first!.socket.id, 'a']));
    server.io.socketsLeave('a');
    expect(await server.io.in('a').fetchSockets()).toEqual([]);
    server.io.in(second!.socket.id).disconnectSockets();
    expect(await second!.client.next()).toBe('41');
    expect(await server.io.sockets.allSockets()).toEqual(new Set([first!.socket.id]));
  });

  it('announces rooms and their members', async () => {
    await using server = await start();
    const { socket } = await member(server);
    const heard: unknown[] = [];
    for (const event of ['create-room', 'join-room', 'leave-room', 'delete-room']) {
      server.io.sockets.adapter.on(event, (...args: unknown[]) => heard.push([event, ...args]));
    }
    await socket.join('a');
    await socket.leave('a');
    const { id } = socket;
    expect(heard).toEqual([
      ['create-room', 'a'],
      ['join-room', 'a', id],
      ['leave-room', 'a', id],
      ['delete-room', 'a'],
    ]);
  });

  it('warns that it has no other servers to send events to', async () => {
    await using server = await start();
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
    try {
      expect(server.io.serverSideEmit('hi')).toBe(true);
      expect(warn).toHaveBeenCalledWith(expect.stringContaining('does not support the serverSideEmit()'));
    } finally {
      warn.mockRestore();
    }
  });
});

describe('the SessionAwareAdapter of socket.io-adapter', () => {
  it('recovers a client, with what it missed', async () => {
    const connectionStateRecovery = { maxDisconnectionDuration: 60_000 };
    const options = { connectionStateRecovery, adapter: asAdapter(SessionAwareAdapter) };
    await using server = await startTestServer(undefined, options);
    const client = await server.connect();
    const connected = next(server.io, 'connection');
    client.send('40');
    const { sid, pid } = JSON.parse(String(await client.next()).slice(2)) as { sid: string; pid: string };
    const [socket] = (await connected) as [Member['socket']];
    await socket.join('a');
    server.io.emit('seen');
    const [, offset] = JSON.parse(String(await client.next()).slice(2)) as [string, string];
    await client.close();
    await until(() => socket.disconnected);
    server.io.to('a').emit('missed');
    server.io.to('b').emit('not for it');
    const back = await server.connect();
    back.send(`40${JSON.stringify({ pid, offset })}`);
    expect(await back.next()).toMatch(/^42\["missed","[^"]+"\]$/);
    expect(await back.next()).toBe(`40${JSON.stringify({ sid, pid })}`);
    expect(server.io.sockets.sockets.get(sid)).toMatchObject({ recovered: true });
  });
});
