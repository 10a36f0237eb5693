import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Socket } from 'socket.io-client';
import { Clients, next } from '../support/clients.js';
import { expectClientsToWork } from './client-contract.js';
import { startNodeProcess, startRoundRobin, type NodeProcess } from './nodes.js';
import { secret } from './support.js';

const relays = [
  ['two nodes, unix sockets', 2, { secret }],
  ['three nodes, TCP', 3, { secret, listen: { host: '127.0.0.1' } }],
] as const;

describe.each(relays)('%s, and a proxy that takes each request to the next', (_name, count, relay) => {
  const nodes: NodeProcess[] = [];
  let proxy: Awaited<ReturnType<typeof startRoundRobin>>;

  beforeAll(async () => {
    for (let started = 0; started < count; started++) nodes.push(await startNodeProcess({ relay }));
    proxy = await startRoundRobin(nodes.map(({ port }) => port));
  }, 30_000);

  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    for (const node of nodes) await node[Symbol.asyncDispose]();
  });

  it('serve the published client: polling, upgrades, acks, binary and rooms', async () => {
    await expectClientsToWork(proxy.url);
    for (const node of nodes) {
      const { relayed, failed, refused, rejected } = await node.health();
      expect(relayed).toBeGreaterThan(0);
      expect([failed, refused, rejected]).toEqual([0, 0, 0]);
    }
  }, 60_000);

  it('tell the clients of a node that is killed, which come back at once', async () => {
    const clients = new Clients(() => proxy.url);
    const options = { transports: ['polling'], reconnection: true, reconnectionDelay: 10, reconnectionDelayMax: 50 };
    const sockets = await Promise.all(Array.from({ length: 6 }, () => clients.connect('/', options)));
    const pids = (await Promise.all(sockets.map((socket) => socket.emitWithAck('join', 'all')))) as number[];
    const victim = nodes.find(({ pid }) => pid === pids[0])!;
    const survivor = nodes.find(({ pid }) => pid !== pids[0])!;
    const { address } = await victim.health();
    const sid = sockets[0]!.io.engine.id;
    const reasons: string[] = [];
    for (const socket of sockets) socket.on('disconnect', (reason) => reasons.push(reason));
    proxy.leaveOut(victim.port);
    await victim.kill();
    const unknown = await fetch(`http://127.0.0.1:${survivor.port}/socket.io/?EIO=4&transport=polling&sid=${sid}`);
    expect([unknown.status, await unknown.json()]).toEqual([400, { code: 1, message: 'Session ID unknown' }]);
    const later = await Promise.all(sockets.map(joined));
    expect(later).not.toContain(victim.pid);
    expect(reasons.length).toBeGreaterThan(0);
    expect(reasons).not.toContain('ping timeout');
    await clients.closed();
    // What it left behind: with SIGKILL nobody removes it.
    expect(existsSync(address)).toBe(address.startsWith('/'));
  }, 60_000);
});

/** The process that has a client, once it has come back to one. */
async function joined(socket: Socket): Promise<number> {
  for (;;) {
    if (!socket.connected) await next(socket, 'connect');
    try {
      return (await socket.timeout(10_000).emitWithAck('join', 'all')) as number;
    } catch {
      // The connection ended with the node that it went through.
    }
  }
}

describe('a node of its own', () => {
  it('ends by itself when it is closed, and leaves nothing', async () => {
    await using other = await startNodeProcess({ relay: { secret } });
    await using node = await startNodeProcess({ relay: { secret } });
    await using proxy = await startRoundRobin([node.port, other.port]);
    const clients = new Clients(() => proxy.url);
    const sockets = await Promise.all(
      Array.from({ length: 4 }, () => clients.connect('/', { transports: ['polling'] })),
    );
    await Promise.all(sockets.map((socket) => socket.emitWithAck('echo', 1)));
    const { address } = await node.health();
    expect(existsSync(address)).toBe(true);
    expect(await node.close()).toBe(0);
    expect(existsSync(address)).toBe(false);
    await clients.closed();
  }, 30_000);

  it('without the option is what it was: a session is unknown to every other node', async () => {
    await using one = await startNodeProcess({});
    await using other = await startNodeProcess({});
    await using proxy = await startRoundRobin([one.port, other.port]);
    const clients = new Clients(() => proxy.url);
    await expect(clients.connect('/', { transports: ['polling'] })).rejects.toThrow();
    await clients.closed();
  }, 30_000);
});
