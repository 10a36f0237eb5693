import { once } from 'node:events';
import { afterEach, beforeAll, afterAll, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Cluster as RedisCluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import type { AdapterHost, AdapterSocket, ClusterAdapter } from '../../lib/adapter/index.js';
import { redisAdapter, type RedisAdapterOptions } from '../../lib/cluster/redis/index.js';
import { Frame, PacketType, type Packet } from '../../lib/protocol/index.js';
import { eventually } from '../interop/published-adapters/cluster.js';
import { Reroute } from '../interop/published-adapters/reroute.js';
import { debian, describeWith } from '../support/debian.js';
import { startRedis, startRedisCluster, type Redis as RedisDaemon } from '../support/redis.js';

interface Node {
  readonly adapter: ClusterAdapter;
  /** What its sockets got, in order. */
  readonly delivered: unknown[];
  readonly errors: unknown[];
  add(id: string, ...rooms: string[]): Promise<void>;
}

const event = (...data: unknown[]): Packet => ({ type: PacketType.EVENT, nsp: '/', data });
const to = (...rooms: string[]) => ({ rooms: new Set(rooms), except: new Set<string>(), flags: {} });

describeWith([debian.redis], 'redisAdapter, when things go wrong', () => {
  let redis: RedisDaemon;
  let url: string;
  const nodes: Node[] = [];
  const closing: (() => unknown)[] = [];
  jest.setTimeout(30_000);

  beforeAll(async () => {
    redis = await startRedis();
    url = `redis://127.0.0.1:${redis.port}`;
  });

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(({ adapter }) => adapter.close()));
    for (const close of closing.splice(0)) await close();
  });

  afterAll(() => redis?.stop());

  /** A node with nothing but its adapter. */
  async function start(options: RedisAdapterOptions): Promise<Node> {
    const sockets = new Map<string, AdapterSocket>();
    const delivered: unknown[] = [];
    const errors: unknown[] = [];
    const host: AdapterHost = {
      name: '/',
      encode: (packet) => new Frame('message', [JSON.stringify(packet.data)], false),
      socket: (id) => sockets.get(id),
      nextAckId: () => 0,
      onServerSideEvent: () => {},
      reportError: (error) => errors.push(error),
    };
    const adapter = redisAdapter({ requestsTimeout: 500, ...options })(host);
    const add = async (id: string, ...rooms: string[]): Promise<void> => {
      sockets.set(id, {
        id,
        handshake: {},
        data: {},
        get rooms() {
          return adapter.socketRooms(id)!;
        },
        deliver: () => {},
        notifyOutgoing: ({ data }) => delivered.push((data as unknown[])[0]),
        expectAck: () => {},
        forgetAck: () => {},
        join: (names) => adapter.addAll(id, new Set([names].flat() as string[])),
        leave: (room) => adapter.del(id, room),
        disconnect: () => {},
      });
      await adapter.addAll(id, new Set([id, ...rooms]));
    };
    const node = { adapter, delivered, errors, add };
    nodes.push(node);
    await adapter.init();
    return node;
  }

  async function meet(...all: Node[]): Promise<void> {
    await eventually('all nodes know each other', async () =>
      all.every(({ adapter }) => adapter.nodes.length === all.length - 1),
    );
  }

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
        await meet(away, there);
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

      it(`${how}: loses nothing between a join and a broadcast, and keeps the order`, async () => {
        const [one, other] = [await start({ url, library, sharded }), await start({ url, library, sharded })];
        await meet(one, other);
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
        const node = await start({ url, library, sharded });
        await node.add('a', 'red');
        const client = new Redis(redis.port, '127.0.0.1');
        closing.push(() => client.disconnect());
        const id = `~${node.adapter.nodeId}`;
        const channels = sharded
          ? ['socket.io#/#', 'socket.io#/#red#', `socket.io#/#${id}#`]
          : [
              'socket.io#/#',
              'socket.io#/#red#',
              'socket.io-request#/#',
              'socket.io-response#/#',
              `socket.io-response#/#${id}#`,
            ];
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
        await meet(node, other);
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
      const all: Node[] = [];
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
      const [one, other] = all as [Node, Node];
      await meet(one, other);
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
    const ioredis = new Redis(redis.port, '127.0.0.1');
    const nodeRedis = createClient({ url });
    await Promise.all([nodeRedis.connect(), once(ioredis, 'ready')]);
    closing.push(
      () => ioredis.disconnect(),
      () => nodeRedis.destroy(),
    );
    const connections = async (): Promise<number> =>
      ((await ioredis.client('LIST')) as string).split('\n').filter((line) => line !== '').length;
    const before = await connections();
    for (const client of [ioredis, nodeRedis]) {
      const { adapter } = await start({ client });
      expect(await connections()).toBe(before + 1);
      await adapter.close();
      await eventually('its own is closed', async () => (await connections()) === before);
    }
    expect([await ioredis.ping(), await nodeRedis.ping()]).toEqual(['PONG', 'PONG']);
  });

  it.each([
    [{}, 'Pass redisAdapter() a client, a url, or the connection options of one'],
    [{ client: { duplicate: () => null, on: () => null } }, 'client is neither one of ioredis nor one of node-redis'],
    [{ url: 'redis://x', library: 'other' }, 'library is ioredis or redis, not other'],
    [{ url: 'redis://x', receive: 'none' }, 'receive is rooms or all, not none'],
    [{ url: 'redis://x', maxWaiting: 0 }, 'maxWaiting is a number above 0, not 0'],
  ])('refuses %j', (options, message) => {
    expect(() => redisAdapter(options as RedisAdapterOptions)).toThrow(message);
  });
});
