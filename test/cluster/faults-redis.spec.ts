import { once } from 'node:events';
import { afterEach, beforeAll, afterAll, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Cluster as RedisCluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { redisAdapter, type RedisAdapterOptions } from '../../lib/cluster/redis/index.js';
import { eventually } from '../interop/published-adapters/cluster.js';
import { Reroute } from '../interop/published-adapters/reroute.js';
import { debian, describeWith } from '../support/debian.js';
import { startRedis, startRedisCluster, type Redis as RedisDaemon } from '../support/redis.js';
import { BareNodes, event, to, type BareNode } from './bare-nodes.js';

describeWith([debian.redis], 'redisAdapter, when things go wrong', () => {
  let redis: RedisDaemon;
  let url: string;
  const nodes = new BareNodes();
  const closing: (() => unknown)[] = [];
  jest.setTimeout(30_000);

  beforeAll(async () => {
    redis = await startRedis();
    url = `redis://127.0.0.1:${redis.port}`;
  });

  afterEach(async () => {
    await nodes.close();
    for (const close of closing.splice(0)) await close();
  });

  afterAll(() => redis?.stop());

  const start = (options: RedisAdapterOptions): Promise<BareNode> =>
    nodes.start(redisAdapter({ requestsTimeout: 500, ...options }));

  for (const library of ['ioredis', 'redis'] as const) {
    for (const sharded of [false, true]) {
      const how = `${library}${sharded ? ', sharded' : ''}`;

      it(`${how}: serves the clients of a node that cannot reach Redis, counts what is lost, and comes back`, async () => {
        const reroute = await Reroute.start();
        closing.push(() => reroute.stop());
        reroute.lead(`http://127.0.0.1:${redis.port}`);
        const port = new URL(reroute.url).port;
        const maxWaiting = 10;
        const away = await start({ url: `redis://127.0.0.1:${port}`, library, sharded, maxWaiting });
        const there = await start({ url, library, sharded });
        await nodes.meet(away, there);
        await away.add('a', 'red');
        await there.add('b', 'red');
        reroute.cut();
        await eventually('it is noticed', async () => !away.adapter.health.isUp);
        for (let n = 0; n < 50; n++) away.adapter.broadcast(event('local'), to('red'));
        expect(away.delivered).toEqual(Array(50).fill('local'));
        await eventually('losses are counted', async () => away.adapter.health.failedPublishes >= 40);
        expect(away.errors.length).toBeGreaterThan(0);
        // Joined while nobody could be told: not waited for, and done later.
        await away.add('c', 'green');
        reroute.lead(`http://127.0.0.1:${redis.port}`);
        await eventually('both reach each other again, by room', async () => {
          there.adapter.broadcast(event('to green'), to('green'));
          there.adapter.broadcast(event('to red'), to('red'));
          away.adapter.broadcast(event('back'), to('red'));
          return (
            away.delivered.includes('to green') && away.delivered.includes('to red') && there.delivered.includes('back')
          );
        });
        await eventually('it is healthy', async () => away.adapter.health.isUp);
      });

      it(`${how}: is told of thousands of rooms again, after Redis was away`, async () => {
        const reroute = await Reroute.start();
        closing.push(() => reroute.stop());
        reroute.lead(`http://127.0.0.1:${redis.port}`);
        const port = new URL(reroute.url).port;
        const away = await start({ url: `redis://127.0.0.1:${port}`, library, sharded });
        const there = await start({ url, library, sharded });
        await away.add('a', ...Array.from({ length: 2_000 }, (_, n) => `a room with a long name, number ${n}`));
        reroute.cut();
        await eventually('it is noticed', async () => !away.adapter.health.isUp);
        reroute.lead(`http://127.0.0.1:${redis.port}`);
        await eventually('every room is reached', async () => {
          for (const n of [0, 700, 1_999])
            there.adapter.broadcast(event(n), to(`a room with a long name, number ${n}`));
          return new Set(away.delivered).size === 3;
        });
      });

      it(`${how}: goes on when Redis was restarted`, async () => {
        const first = await startRedis();
        closing.push(() => first.stop());
        const address = `redis://127.0.0.1:${first.port}`;
        const one = await start({ url: address, library, sharded });
        const other = await start({ url: address, library, sharded });
        await nodes.meet(one, other);
        await other.add('b', 'red');
        await first.stop();
        await eventually('it is noticed', async () => !one.adapter.health.isUp && !other.adapter.health.isUp);
        const second = await startRedis(['--port', String(first.port)]);
        closing.push(() => second.stop());
        await eventually('they reach each other', async () => {
          one.adapter.broadcast(event('again'), to('red'));
          return other.delivered.includes('again') && one.adapter.health.isUp;
        });
        expect(await one.adapter.serverCount()).toBe(2);
      });

      it(`${how}: joins 20,000 rooms at once, and loses no node by it`, async () => {
        const one = await start({ url, library, sharded });
        const other = await start({ url, library, sharded });
        await nodes.meet(one, other);
        await other.add('b', ...Array.from({ length: 20_000 }, (_, n) => `room ${n}`));
        for (const n of [0, 9_999, 19_999]) one.adapter.broadcast(event(n), to(`room ${n}`));
        await eventually('they are reached', async () => other.delivered.length === 3);
        expect(other.delivered).toEqual([0, 9_999, 19_999]);
        expect([one.adapter.nodes.length, other.adapter.nodes.length]).toEqual([1, 1]);
        other.adapter.delAll('b');
      });

      it(`${how}: loses nothing between a join and a broadcast, and keeps the order`, async () => {
        const [one, other] = [await start({ url, library, sharded }), await start({ url, library, sharded })];
        await nodes.meet(one, other);
        await other.add('b');
        const expected: string[] = [];
        for (let n = 0; n < 20; n++) {
          one.adapter.addSockets(to('b'), [`room ${n}`]);
          for (let m = 0; m < 5; m++) {
            one.adapter.broadcast(event(`${n}-${m}`), to(`room ${n}`));
            expected.push(`${n}-${m}`);
            if (m === 2) await new Promise(setImmediate);
          }
        }
        await eventually('all have come', async () => other.delivered.length >= expected.length);
        expect(other.delivered).toEqual(expected);
      });

      it(`${how}: drops what is no message, on every channel`, async () => {
        const node = await start({ url, library, sharded, ...(!sharded && { wire: 'batched' as const }) });
        await node.add('a', 'red');
        const client = new Redis(redis.port, '127.0.0.1');
        closing.push(() => client.disconnect());
        const id = `~${node.adapter.nodeId}`;
        const expected = sharded
          ? ['socket.io#/#', 'socket.io#/#a#', 'socket.io#/#red#', `socket.io#/#${id}#`]
          : [
              'socket.io#/#',
              'socket.io#/#a#',
              'socket.io#/#red#',
              'socket.io-request#/#',
              'socket.io-batch#/#',
              'socket.io-response#/#',
              `socket.io-response#/#${id}#`,
            ];
        // All that it listens to, as Redis knows it.
        const channels = (await client.call('PUBSUB', sharded ? 'SHARDCHANNELS' : 'CHANNELS')) as string[];
        expect([...channels].sort()).toEqual(expected.sort());
        const garbage = fc.oneof(
          fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
          fc.json(),
          fc
            .record({
              type: fc.integer({ min: -1, max: 14 }),
              // One of this package would be taken for a node.
              uid: fc.string().filter((uid) => !uid.startsWith('~')),
              requestId: fc.anything(),
              data: fc.anything(),
            })
            .map(
              (value) => JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? 1 : each)) ?? '{',
            ),
          fc
            .tuple(fc.stringMatching(/^[0-9a-z,:>{]{0,8}$/), fc.stringMatching(/^[0-9a-z,:>]{0,8}$/), fc.string())
            .map(([uid, head, text]) => `1${uid}:${head}2[${text}]`),
          fc.constantFrom('{"type":5}', '{"type":"rookery"}', '{"type":3,"data":null}', '{', 'null', '[]', '[[]]'),
        );
        await fc.assert(
          fc.asyncProperty(fc.constantFrom(...channels), garbage, async (channel, bytes) => {
            await (sharded ? client.spublish(channel, bytes) : client.publish(channel, bytes));
          }),
          { numRuns: 500 },
        );
        await eventually('it is counted', async () => node.adapter.health.malformedMessages > 50);
        const other = await start({ url, library, sharded });
        await nodes.meet(node, other);
        other.adapter.broadcast(event('well'), to('red'));
        await eventually('it goes on', async () => node.delivered.includes('well'));
        expect(node.errors).toEqual([]);
      });
    }

    it(`${library}: rejects with the reason when Redis is not there`, async () => {
      const opening = start({ url: 'redis://127.0.0.1:1', library, connectTimeout: 300 });
      await expect(opening).rejects.toMatchObject({
        code: 'CLUSTER_UNREACHABLE',
        message: expect.stringMatching(/^Redis did not answer in 300 ms: .*ECONNREFUSED/),
      });
    });
  }

  it.each([
    ['ioredis', false],
    ['ioredis', true],
    ['redis', false],
    ['redis', true],
  ] as const)(
    'works on a Redis Cluster of three masters, with %s, sharded: %s',
    async (library, sharded) => {
      const cluster = await startRedisCluster();
      closing.push(() => cluster.stop());
      const all: BareNode[] = [];
      for (let n = 0; n < 2; n++) {
        const addresses = cluster.ports.map((port) => ({ host: '127.0.0.1', port }));
        if (library === 'ioredis') {
          const client = new RedisCluster(addresses);
          closing.unshift(() => client.disconnect());
          all.push(await start({ client, sharded }));
        } else {
          const client = createCluster({ rootNodes: addresses.map((socket) => ({ socket })) });
          client.on('error', () => {});
          await client.connect();
          closing.unshift(() => client.destroy());
          all.push(await start({ client, sharded }));
        }
      }
      const [one, other] = all as [BareNode, BareNode];
      await nodes.meet(one, other);
      expect(await one.adapter.serverCount()).toBe(2);
      for (let n = 0; n < 20; n++) {
        await other.add(`socket ${n}`, `room ${n}`);
        one.adapter.broadcast(event(`to ${n}`), to(`room ${n}`));
      }
      await eventually('every room is reached', async () => new Set(other.delivered).size === 20);
      expect((await one.adapter.fetchSockets(to())).length).toBe(20);
    },
    60_000,
  );

  it('closes what it opened, and never what it was given', async () => {
    const ioredis = new Redis(redis.port, '127.0.0.1', { connectionName: 'given' });
    const nodeRedis = createClient({ url, name: 'given' });
    await Promise.all([nodeRedis.connect(), once(ioredis, 'ready')]);
    closing.push(
      () => ioredis.disconnect(),
      () => nodeRedis.destroy(),
    );
    // Duplicates have the name, too.
    const connections = async (): Promise<number> =>
      String(await ioredis.client('LIST')).split('name=given').length - 1;
    expect(await connections()).toBe(2);
    for (const client of [ioredis, nodeRedis]) {
      const { adapter } = await start({ client });
      expect(await connections()).toBe(2 + 1);
      await adapter.close();
      await eventually('its own is closed', async () => (await connections()) === 2);
    }
    expect([await ioredis.ping(), await nodeRedis.ping()]).toEqual(['PONG', 'PONG']);
  });

  it.each([
    [{}, 'Pass redisAdapter() a client, a url, or the connection options of one'],
    [{ client: { duplicate: () => null, on: () => null } }, 'client is neither one of ioredis nor one of node-redis'],
    [{ url: 'redis://x', library: 'other' }, 'library is ioredis or redis, not other'],
    [{ url: 'redis://x', receive: 'none' }, 'receive is rooms or all, not none'],
    [{ url: 'redis://x', wire: 'other' }, 'wire is classic or batched, not other'],
    [{ url: 'redis://x', wire: 'batched', sharded: true }, "wire: 'batched' and sharded cannot be had together"],
    [{ url: 'redis://x', maxWaiting: 0 }, 'maxWaiting is a number above 0, not 0'],
  ])('refuses %j', (options, message) => {
    expect(() => redisAdapter(options as RedisAdapterOptions)).toThrow(message);
  });
});
