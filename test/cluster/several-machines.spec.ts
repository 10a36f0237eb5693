import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { Socket } from 'socket.io-client';
import { eventually } from '../interop/published-adapters/cluster.js';
import { Clients, next, transportLists } from '../support/clients.js';
import { end, freePort } from '../support/cluster-process.js';
import { debian, describeWith } from '../support/debian.js';
import { startRedis, type Redis } from '../support/redis.js';

jest.setTimeout(60_000);

describeWith([debian.redis], 'workers of several primaries over one bus', () => {
  let redis: Redis;
  let machines: ChildProcess[];
  let clients: Clients[];

  const startMachine = async (): Promise<Clients> => {
    const port = await freePort();
    const child = spawn(process.execPath, ['test/cluster/fixtures/several-machines.mjs'], {
      env: { ...process.env, PORT: String(port), REDIS_URL: `redis://127.0.0.1:${redis.port}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    machines.push(child);
    let output = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.match(/listens$/gm)?.length === 2) resolve();
      });
      child.once('exit', (code) => reject(new Error(`It ended with ${code}`)));
    });
    return new Clients(() => `http://127.0.0.1:${port}`);
  };

  beforeEach(async () => {
    if (!existsSync('dist/esm/cluster/redis/index.js')) throw new Error('The package is not built; npm run build');
    redis = await startRedis();
    machines = [];
    clients = [await startMachine(), await startMachine()];
  });
  afterEach(async () => {
    for (const each of clients) each.close();
    await Promise.all(machines.map((machine) => end(machine, 'SIGTERM')));
    await redis.stop();
  });

  it.each(transportLists)('are one cluster, over %s', async (_name, transports) => {
    const sockets = await Promise.all(
      clients.flatMap((each) => Array.from({ length: 6 }, () => each.connect('/', { transports }))),
    );
    const ask = (socket: Socket, what: string): Promise<unknown> => socket.emitWithAck(what);
    expect(new Set(await Promise.all(sockets.map((socket) => ask(socket, 'who')))).size).toBe(4);
    await eventually('all are counted', async () => (await ask(sockets[0]!, 'count')) === 4);
    const heard = Promise.all(sockets.map((socket) => next(socket, 'said')));
    sockets[0]!.emit('say', 'Hello');
    expect(await heard).toEqual(sockets.map(() => ['Hello']));
  });
});
