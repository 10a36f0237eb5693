import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Cluster as RedisCluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import type { RedisClient } from '../../lib/cluster/redis-common/connection-options.js';
import { redisStreamsAdapter, type RedisStreamsAdapterOptions } from '../../lib/cluster/redis-streams/index.js';
import { eventually } from '../interop/published-adapters/cluster.js';
import { Reroute } from '../interop/published-adapters/reroute.js';
import { freePort, temporaryFolder } from '../support/cluster-process.js';
import { debian, describeWith } from '../support/debian.js';
import {
  startRedis,
  startRedisCluster,
  type Redis as RedisDaemon,
  type RedisCluster as RedisClusterDaemons,
} from '../support/redis.js';
import { BareNodes, event, to, type BareNode } from './bare-nodes.js';

const texts = (count: number, prefix: string): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const from = ({ delivered }: BareNode, prefix: string): unknown[] =>
  delivered.filter((each) => String(each).startsWith(prefix));

type StreamsNode = BareNode<ReturnType<ReturnType<typeof redisStreamsAdapter>>>;

describeWith([debian.redis], 'redisStreamsAdapter, when things go wrong', () => {
  let redis: RedisDaemon;
  let url: string;
  const nodes = new BareNodes();
  const closing: (() => unknown)[] = [];
  jest.setTimeout(60_000);

  beforeAll(async () => {
    redis = await startRedis();
    url = `redis://127.0.0.1:${redis.port}`;
  });

  afterEach(async () => {
    await nodes.close();
    for (const close of closing.splice(0)) await close();
  });

  afterAll(() => redis?.stop());

  const start = (options: RedisStreamsAdapterOptions): Promise<StreamsNode> =>
    nodes.start(redisStreamsAdapter({ requestsTimeout: 500, ...options }), {
      server: { recovery: { maxDisconnectionDuration: 60_000 } },
    });

  async function viaProxy(options: RedisStreamsAdapterOptions): Promise<{ node: StreamsNode; reroute: Reroute }> {
    const reroute = await Reroute.start();
    closing.push(() => reroute.stop());
    reroute.lead(`http://127.0.0.1:${redis.port}`);
    return { node: await start({ ...options, url: `redis://127.0.0.1:${new URL(reroute.url).port}` }), reroute };
  }

  for (const library of ['ioredis', 'redis'] as const) {
    it(`${library}: loses nothing and says nothing twice while one node cannot reach Redis for seconds`, async () => {
      const { node: away, reroute } = await viaProxy({ library });
      const there = await start({ url, library });
      await nodes.meet(away, there);
      await away.add('a', 'red');
      await there.add('b', 'red');
      let sent = 0;
      const say = (): void => {
        away.adapter.broadcast(event(`away ${sent}`), to('red'));
        there.adapter.broadcast(event(`there ${sent}`), to('red'));
        sent++;
      };
      const saying = setInterval(say, 2);
      await eventually('they hear each other', async () => from(there, 'away').length > 50);
      reroute.cut();
      await eventually('it is noticed', async () => !away.adapter.health.isUp);
      const local = from(away, 'away').length;
      await new Promise((resolve) => {
        setTimeout(resolve, 4_000);
      });
      expect(from(away, 'away').length).toBeGreaterThan(local + 100);
      reroute.lead(`http://127.0.0.1:${redis.port}`);
      await eventually('it is healthy', async () => away.adapter.health.isUp);
      clearInterval(saying);
      await eventually('all has come', async () => away.delivered.length + there.delivered.length >= 4 * sent);
      for (const node of [away, there]) {
        expect(from(node, 'away')).toEqual(texts(sent, 'away '));
        expect(from(node, 'there')).toEqual(texts(sent, 'there '));
      }
      expect(away.adapter.health.failedPublishes).toBe(0);
    });

    it(`${library}: loses nothing and says nothing twice when the connection is cut again and again under load`, async () => {
      const options = { library, streamName: `cut ${library}`, maxLen: 1_000_000 };
      const { node: away, reroute } = await viaProxy(options);
      const there = await start({ ...options, url });
      await nodes.meet(away, there);
      await away.add('a', 'red');
      await there.add('b', 'red');
      let sent = 0;
      const saying = setInterval(() => {
        for (let n = 0; n < 5; n++) {
          away.adapter.broadcast(event(`away ${sent}`), to('red'));
          there.adapter.broadcast(event(`there ${sent}`), to('red'));
          sent++;
        }
      }, 1);
      for (let cut = 0; cut < 15; cut++) {
        const heard = from(there, 'away').length;
        await eventually('something has come', async () => from(there, 'away').length > heard + 20);
        reroute.cut();
        reroute.lead(`http://127.0.0.1:${redis.port}`);
      }
      clearInterval(saying);
      await eventually('all has come', async () => away.delivered.length + there.delivered.length >= 4 * sent);
      const entries = (await inspect(redis.port).xrange(options.streamName, '-', '+')).map(([, fields]) =>
        fields.join(),
      );
      for (const node of [away, there]) {
        expect(from(node, 'away')).toEqual(texts(sent, 'away '));
        expect(from(node, 'there')).toEqual(texts(sent, 'there '));
      }
      expect(new Set(entries).size).toBe(entries.length);
    });

    it(`${library}: goes on after Redis was killed and started again with what it had`, async () => {
      const port = await freePort();
      const folder = temporaryFolder('redis-aof');
      const args = ['--port', String(port), '--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always'];
      const before = await startRedis(args);
      closing.push(() => rmSync(folder, { recursive: true, force: true }));
      const at = `redis://127.0.0.1:${port}`;
      const [one, other] = [await start({ url: at, library }), await start({ url: at, library })];
      await nodes.meet(one, other);
      await one.add('a', 'red');
      await other.add('b', 'red');
      let sent = 0;
      const saying = setInterval(() => one.adapter.broadcast(event(`n${sent++}`), to('red')), 1);
      await eventually('they hear each other', async () => other.delivered.length > 50);
      process.kill(before.pid, 'SIGKILL');
      await before.stop();
      await eventually('it is noticed', async () => !one.adapter.health.isUp && !other.adapter.health.isUp);
      const after = await startRedis(args);
      closing.push(() => after.stop());
      await eventually('it is healthy', async () => one.adapter.health.isUp && other.adapter.health.isUp);
      clearInterval(saying);
      await eventually('all has come', async () => other.delivered.length >= sent);
      expect(other.delivered).toEqual(texts(sent, 'n'));
    });

    it(`${library}: drops what is no message, in the stream and on every channel`, async () => {
      const node = await start({ url, library });
      await node.add('a', 'red');
      const client = inspect(redis.port);
      // All that it listens to, as Redis knows it.
      const channels = (await client.pubsub('CHANNELS')) as string[];
      expect([...channels].sort()).toEqual(['socket.io#/#', `socket.io#/#~${node.adapter.nodeId}#`]);
      const garbage = fc.oneof(
        fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
        fc.json(),
        fc.constantFrom('{"type":5}', '{"packet":{},"opts":{}}', '{', 'null', '[]', '', '%%%'),
      );
      const position = (await client.xrevrange('socket.io', '+', '-', 'COUNT', 1))[0]![0];
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...channels), fc.nat(14), garbage, async (channel, type, bytes) => {
          await client.publish(channel, bytes);
          await client.xadd('socket.io', '*', 'uid', 'x', 'nsp', '/', 'type', String(type), 'data', bytes);
          await client.xadd('socket.io', '*', 'other', bytes);
        }),
        { numRuns: 300 },
      );
      await eventually('it is counted', async () => node.adapter.health.malformedMessages > 300);
      const other = await start({ url, library });
      await nodes.meet(node, other);
      await other.adapter.persistSession({ sid: 'sid', pid: 'pid', rooms: ['red'], data: {} });
      other.adapter.broadcast(event('well'), to('red'));
      await eventually('it goes on', async () => node.delivered.includes('well'));
      const restored = await node.adapter.restoreSession('pid', position);
      expect(restored?.missedPackets.map(([, name]) => name)).toContain('well');
      expect(await other.adapter.restoreSession('pid', position)).toBeNull();
      await client.set('sio:session:pid', 'garbage');
      expect(await other.adapter.restoreSession('pid', position)).toBeNull();
      expect([...node.errors, ...other.errors]).toEqual([]);
    });

    it(`${library}: rejects with the reason when Redis is not there`, async () => {
      const opening = start({ url: 'redis://127.0.0.1:1', library, connectTimeout: 300 });
      await expect(opening).rejects.toMatchObject({
        code: 'CLUSTER_UNREACHABLE',
        message: expect.stringMatching(/^Redis did not answer in 300 ms: .*ECONNREFUSED/),
      });
    });

    describe(`on a Redis Cluster, over ${library}`, () => {
      let cluster: RedisClusterDaemons;
      beforeAll(async () => {
        cluster = await startRedisCluster();
      }, 60_000);
      afterAll(() => cluster?.stop());

      async function startTwo(options: RedisStreamsAdapterOptions): Promise<[StreamsNode, StreamsNode]> {
        const addresses = cluster.ports.map((port) => ({ host: '127.0.0.1', port }));
        const connect = async (): Promise<object> => {
          if (library === 'ioredis') {
            const client = new RedisCluster(addresses);
            closing.unshift(() => client.disconnect());
            return client;
          }
          const client = createCluster({ rootNodes: addresses.map((socket) => ({ socket })) });
          client.on('error', () => {});
          await client.connect();
          closing.unshift(() => client.destroy());
          return client;
        };
        const [one, other] = [
          await start({ ...options, client: (await connect()) as RedisClient, connectTimeout: 15_000 }),
          await start({ ...options, client: (await connect()) as RedisClient, connectTimeout: 15_000 }),
        ];
        await nodes.meet(one, other);
        await other.add('b', 'red');
        return [one, other];
      }

      it.each([true, false])('keeps the order, and asks, with sharded channels: %s', async (useShardedPubSub) => {
        const options = { useShardedPubSub, streamCount: 3, channelPrefix: `sharded ${useShardedPubSub}` };
        const [one, other] = await startTwo(options);
        for (let n = 0; n < 100; n++) one.adapter.broadcast(event(n), to('red'));
        await eventually('all has come', async () => other.delivered.length >= 100);
        expect(other.delivered).toEqual(numbers(100));
        expect((await one.adapter.fetchSockets(to())).length).toBe(1);
        expect(await one.adapter.serverCount()).toBe(2);
        await one.adapter.persistSession({ sid: 'sid', pid: 'pid', rooms: ['red'], data: {} });
        const { start: position } = (other.adapter as unknown as { link: { log: { start: string } } }).link.log;
        expect(await other.adapter.restoreSession('pid', position)).toMatchObject({ sid: 'sid', missedPackets: [] });
      });

      it('loses nothing, says nothing twice and keeps the order while its stream moves from master to master', async () => {
        const streamName = 'moving';
        const [one, other] = await startTwo({ streamName });
        let sent = 0;
        const saying = setInterval(() => {
          for (let n = 0; n < 5; n++) one.adapter.broadcast(event(sent++), to('red'));
        }, 1);
        for (let move = 0; move < 4; move++) {
          const heard = other.delivered.length;
          await eventually('something has come', async () => other.delivered.length > heard + 50);
          await cluster.move(streamName);
        }
        clearInterval(saying);
        await eventually('all has come', async () => other.delivered.length >= sent);
        expect(other.delivered).toEqual(numbers(sent));
        expect([one.adapter.health.failedPublishes, one.adapter.health.isUp]).toEqual([0, true]);
      });
    });
  }

  it('closes what it opened, at once, and never what it was given', async () => {
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
      // One subscribes, one reads, one writes.
      const { adapter } = await start({ client, blockTimeInMs: 600_000 });
      expect(await connections()).toBe(2 + 3);
      await adapter.close();
      await eventually('its own are closed', async () => (await connections()) === 2);
    }
    expect([await ioredis.ping(), await nodeRedis.ping()]).toEqual(['PONG', 'PONG']);
  });

  it('has the names that it is told', async () => {
    const options = { url, streamName: 'names', channelPrefix: 'prefix', sessionKeyPrefix: 'kept:', readCount: 3 };
    const [one, other] = [await start(options), await start(options)];
    await nodes.meet(one, other);
    await other.add('b');
    for (let n = 0; n < 20; n++) one.adapter.broadcast(event(n, Buffer.from('bytes')), to());
    await eventually('all has come', async () => other.delivered.length === 20);
    await one.adapter.persistSession({ sid: 'sid', pid: 'pid', rooms: [], data: {} });
    const client = inspect(redis.port);
    expect(await client.xlen('names')).toBeGreaterThanOrEqual(20);
    expect(await client.pttl('kept:pid')).toBeGreaterThan(50_000);
    expect(await client.pubsub('NUMSUB', 'prefix#/#')).toEqual(['prefix#/#', 2]);
  });

  it('holds about as many messages as it is told, and restores nothing that has gone', async () => {
    const options = { url, streamName: 'short', maxLen: 100 };
    const [one, other] = [await start(options), await start(options)];
    await nodes.meet(one, other);
    await one.add('a');
    await other.add('b');
    const client = inspect(redis.port);
    other.adapter.broadcast(event('first'), to());
    await eventually('it has come', async () => one.delivered.length === 1);
    const position = (await client.xrevrange('short', '+', '-', 'COUNT', 1))[0]![0];
    for (let n = 0; n < 1_000; n += 50) {
      for (let m = 0; m < 50; m++) one.adapter.broadcast(event(n + m), to());
      await eventually('all has come', async () => other.delivered.length === n + 51);
    }
    expect(await client.xlen('short')).toBeLessThan(300);
    await one.adapter.persistSession({ sid: 'sid', pid: 'gone', rooms: [], data: {} });
    expect(await other.adapter.restoreSession('gone', position)).toBeNull();
  });

  it.each([
    [true, 'SHARDNUMSUB'],
    [false, 'NUMSUB'],
  ] as const)('useShardedPubSub: with %s, its channels are among those of %s', async (useShardedPubSub, command) => {
    const options = { url, useShardedPubSub, channelPrefix: `sharded ${useShardedPubSub}` };
    const [one, other] = [await start(options), await start(options)];
    await nodes.meet(one, other);
    await other.add('b');
    expect((await one.adapter.fetchSockets(to())).map(({ id }) => id)).toEqual(['b']);
    const channels = ['', ...[one, other].map(({ adapter }) => `~${adapter.nodeId}#`)].map(
      (rest) => `${options.channelPrefix}#/#${rest}`,
    );
    const counts = await inspect(redis.port).call('PUBSUB', command, ...channels);
    expect(counts).toEqual([channels[0], 2, channels[1], 1, channels[2], 1]);
  });

  it('onlyPlaintext: with it, nothing is looked through for bytes', async () => {
    const client = inspect(redis.port);
    const dataOf = async (onlyPlaintext: boolean): Promise<string | undefined> => {
      const streamName = `plain ${onlyPlaintext}`;
      const node = await start({ url, streamName, channelPrefix: streamName, onlyPlaintext });
      node.adapter.broadcast(event(Buffer.from([1])), to());
      return eventually('it is kept', async () => {
        const entries = await client.xrange(streamName, '-', '+');
        const fields = entries.map(([, each]) => each).find((each) => each.includes('data'));
        return fields?.[fields.indexOf('data') + 1];
      });
    };
    expect(JSON.parse((await dataOf(true))!)).toMatchObject({ packet: { data: ['event', { type: 'Buffer' }] } });
    expect(await dataOf(false)).toMatch(/^[A-Za-z0-9+/]+=*$/);
  });

  it('readCount and blockTimeInMs: are what Redis is asked for', async () => {
    const monitor = await inspect(redis.port).monitor();
    closing.push(() => monitor.disconnect());
    const reads: string[] = [];
    monitor.on('monitor', (_time, args: string[]) => reads.push(args.join(' ')));
    await start({ url, streamName: 'limits', channelPrefix: 'limits', readCount: 7, blockTimeInMs: 1_234 });
    await eventually('it reads', async () =>
      reads.some((read) => /^xread COUNT 7 BLOCK 1234 STREAMS limits \d/i.test(read)),
    );
  });

  it('maxWaiting: what is more than that counts as lost while Redis is away', async () => {
    const { node, reroute } = await viaProxy({ streamName: 'waiting', channelPrefix: 'waiting', maxWaiting: 10 });
    reroute.cut();
    await eventually('it is noticed', async () => !node.adapter.health.isUp);
    const { failedPublishes } = node.adapter.health;
    for (let n = 0; n < 50; n++) node.adapter.broadcast(event(n), to());
    await eventually('losses are counted', async () => node.adapter.health.failedPublishes >= failedPublishes + 40);
    expect(node.adapter.health.failedPublishes).toBe(failedPublishes + 40);
  });

  it('spreads namespaces over streams as published adapters do', async () => {
    await start({ url, streamName: 'many', streamCount: 4 });
    // The hash of "/" is 47.
    expect(await inspect(redis.port).exists('many-3')).toBe(1);
  });

  it.each([
    [{}, 'Pass redisStreamsAdapter() a client, a url, or the connection options of one'],
    [{ url: 'redis://x', library: 'other' }, 'library is ioredis or redis, not other'],
    [{ url: 'redis://x', maxLen: 0 }, 'maxLen is a number above 0, not 0'],
    [{ url: 'redis://x', readCount: -1 }, 'readCount is a number above 0, not -1'],
    [{ url: 'redis://x', streamCount: 0 }, 'streamCount is a number above 0, not 0'],
    [{ url: 'redis://x', blockTimeInMs: 0 }, 'blockTimeInMs is a number above 0, not 0'],
  ])('refuses %j', (options, message) => {
    expect(() => redisStreamsAdapter(options as RedisStreamsAdapterOptions)).toThrow(message);
  });

  function inspect(port: number): Redis {
    const client = new Redis(port, '127.0.0.1');
    closing.push(() => client.disconnect());
    return client;
  }
});
