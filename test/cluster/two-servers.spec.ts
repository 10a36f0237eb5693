import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Redis as Ioredis } from 'ioredis';
import { createClient } from 'redis';
import type { AdapterHost, ClusterAdapter } from '../../lib/adapter/index.js';
import { natsAdapter } from '../../lib/cluster/nats/index.js';
import { postgresAdapter } from '../../lib/cluster/postgres/index.js';
import { redisStreamsAdapter } from '../../lib/cluster/redis-streams/index.js';
import { redisAdapter } from '../../lib/cluster/redis/index.js';
import { adaptersStarted, Server } from '../../lib/server/index.js';
import { eventually } from '../interop/published-adapters/cluster.js';
import { Clients, next } from '../support/clients.js';
import { debian, describeWith } from '../support/debian.js';
import { startNats, type Nats } from '../support/nats.js';
import { startPostgres, type Postgres } from '../support/postgres.js';
import { startRedis, type Redis } from '../support/redis.js';

type Adapter = (nsp: AdapterHost) => ClusterAdapter;

let redis: Redis;
let nats: Nats;
let postgres: Postgres;

const factories: readonly [name: string, create: () => Adapter][] = [
  ['redisAdapter()', () => redisAdapter({ url: url() })],
  ['redisAdapter(), node-redis', () => redisAdapter({ url: url(), library: 'redis' })],
  ['redisAdapter(), sharded', () => redisAdapter({ url: url(), sharded: true })],
  ['redisAdapter(), batched', () => redisAdapter({ url: url(), wire: 'batched' })],
  ['redisStreamsAdapter()', () => redisStreamsAdapter({ url: url() })],
  ['natsAdapter()', () => natsAdapter({ servers: `127.0.0.1:${nats.port}` })],
  ['natsAdapter(), recovery', () => natsAdapter({ servers: `127.0.0.1:${nats.port}`, recovery: true })],
  ['postgresAdapter()', () => postgresAdapter({ connection: connection() })],
  ['postgresAdapter(), recovery', () => postgresAdapter({ connection: connection(), recovery: true })],
];

const url = (): string => `redis://127.0.0.1:${redis.port}`;
const connection = (): object => ({ host: '127.0.0.1', port: postgres.port, user: 'postgres' });

/** A server of this process, and a client of its. */
async function startServer(adapter: Adapter): Promise<{ io: Server; clients: Clients }> {
  const http = createServer();
  const io = new Server(http, { adapter, connectionStateRecovery: {} });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return { io, clients: new Clients(() => `http://127.0.0.1:${port}`) };
}

/** Two servers that are given one and the same `adapter`. */
async function useTwo(adapter: Adapter): Promise<void> {
  const [one, other] = [await startServer(adapter), await startServer(adapter)];
  try {
    const [here, there] = [await one.clients.connect(), await other.clients.connect()];
    await eventually('they count two', async () => (await one.io.of('/').adapter.serverCount()) === 2);
    await eventually('the other counts two', async () => (await other.io.of('/').adapter.serverCount()) === 2);
    const got = Promise.all([here, there].map(async (client) => (await next(client, 'news'))[0]));
    one.io.emit('news', 1);
    expect(await got).toEqual([1, 1]);
    for (const { io } of [one, other]) {
      expect((await io.fetchSockets()).map(({ id }) => id).sort()).toEqual([here.id, there.id].sort());
    }
    other.io.on('question', (answer: (text: string) => void) => answer('of the other'));
    expect(await one.io.serverSideEmitWithAck('question')).toEqual(['of the other']);

    // What they share is not closed, nor subscribed from, with the first.
    await one.io.close();
    const third = await startServer(adapter);
    try {
      await eventually('they find each other', async () => (await third.io.fetchSockets()).length === 1);
      const late = next(there, 'news');
      third.io.emit('news', 2);
      expect((await late)[0]).toBe(2);
    } finally {
      await third.io.close();
    }
  } finally {
    for (const { io, clients } of [one, other]) {
      clients.close();
      await io.close();
    }
  }
}

describeWith([debian.redis, debian.nats, debian.postgres], 'two servers of one process', () => {
  jest.setTimeout(30_000);

  beforeAll(async () => {
    [redis, nats, postgres] = await Promise.all([startRedis(), startNats(), startPostgres()]);
  });
  afterAll(async () => {
    await Promise.all([redis, nats, postgres].map((each) => each?.stop()));
  });

  it.each(factories)('are two nodes of %s', (_name, create) => useTwo(create()));

  it.each(factories)('hear what one of them says before its bus is there: %s', async (_name, create) => {
    const adapter = create();
    const { io, clients } = await startServer(adapter);
    await adaptersStarted(io, 10_000);
    const errors: unknown[] = [];
    const late = new Server({ adapter: create(), onError: (error) => void errors.push(error) });
    try {
      const client = await clients.connect();
      const said: unknown[] = [];
      const all = new Promise<void>((resolve) => {
        client.on('news', (what: unknown) => void (said.push(what) === 3 && resolve()));
      });
      late.of('/');
      for (const what of ['text', Buffer.from('bytes'), 'the end']) late.emit('news', what);
      await all;
      expect(said).toEqual(['text', Buffer.from('bytes'), 'the end']);
      expect(errors).toEqual([]);
    } finally {
      clients.close();
      await Promise.all([io.close(), late.close()]);
    }
  });

  it('are two nodes where one client of ioredis subscribes for the first', async () => {
    const client = new Ioredis(url());
    const subscriber = client.duplicate();
    await useTwo(redisAdapter({ client, subscriber }));
    expect([client.status, subscriber.status]).toEqual(['ready', 'ready']);
    client.disconnect();
    subscriber.disconnect();
  });

  it('are two nodes where one client of node-redis subscribes for the first', async () => {
    const client = createClient({ url: url() });
    const subscriber = client.duplicate();
    await Promise.all([client.connect(), subscriber.connect()]);
    await useTwo(redisAdapter({ client, subscriber }));
    expect([client.isReady, subscriber.isReady]).toEqual([true, true]);
    client.destroy();
    subscriber.destroy();
  });
});
