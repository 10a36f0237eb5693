import { Redis, Cluster as RedisCluster } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { createClient, createCluster } from 'redis';
import type { AdapterHost, ClusterAdapter } from '../../lib/adapter/index.js';
import type { RedisClient } from '../../lib/cluster/redis-common/connection-options.js';
import { redisStreamsAdapter } from '../../lib/cluster/redis-streams/index.js';
import { redisAdapter } from '../../lib/cluster/redis/index.js';
import { describeDeliveryLog } from '../contract/delivery-log.contract.js';
import { eventually } from '../interop/published-adapters/cluster.js';
import { Reroute } from '../interop/published-adapters/reroute.js';
import { debian, describeWith } from '../support/debian.js';
import {
  startRedis,
  startRedisCluster,
  type Redis as RedisDaemon,
  type RedisCluster as RedisClusterDaemons,
} from '../support/redis.js';
import { BareNodes, type BareNode } from './bare-nodes.js';
import { openLog, storeOver } from './delivery-logs.js';
import { describeDeliveryOutage } from './delivery-outage.contract.js';

const unknown = { epoch: 0, number: 0 };
let prefixes = 0;
/** Stores of one test have nothing of another. */
const ownPrefix = (): string => `test${prefixes++}`;

describeWith([debian.redis], 'the logs that Redis keeps', () => {
  let redis: RedisDaemon;
  let inspector: Redis;
  const nodes = new BareNodes();
  const closing: (() => unknown)[] = [];
  jest.setTimeout(60_000);

  const urlOf = (port: number): string => `redis://127.0.0.1:${port}`;

  beforeAll(async () => {
    redis = await startRedis();
    inspector = new Redis(redis.port);
  });
  afterEach(async () => {
    await nodes.close();
    for (const close of closing.splice(0)) await close();
  });
  afterAll(async () => {
    inspector?.disconnect();
    await redis?.stop();
  });

  for (const library of ['ioredis', 'redis'] as const) {
    const adapters: readonly [name: string, create: (prefix: string) => (host: AdapterHost) => ClusterAdapter][] = [
      ['redisAdapter()', (key) => redisAdapter({ url: urlOf(redis.port), library, key })],
      ['redisAdapter(), sharded', (key) => redisAdapter({ url: urlOf(redis.port), library, key, sharded: true })],
      ['redisStreamsAdapter()', (prefix) => redisStreamsAdapter({ ...streamsOf(prefix), library })],
    ];
    const streamsOf = (channelPrefix: string): { url: string; channelPrefix: string; streamName: string } => ({
      url: urlOf(redis.port),
      channelPrefix,
      streamName: channelPrefix,
    });
    for (const [name, create] of adapters) {
      for (const count of [1, 2] as const) {
        describeDeliveryLog(`${name} over ${library}`, count, () => {
          const prefix = ownPrefix();
          return storeOver(() => create(prefix));
        });
      }
    }

    describeDeliveryOutage(`Redis, over ${library},`, async (options) => {
      const reroute = await Reroute.start();
      closing.push(() => reroute.stop());
      const lead = (): void => reroute.lead(`http://127.0.0.1:${redis.port}`);
      lead();
      const url = urlOf(Number(new URL(reroute.url).port));
      const node = await nodes.start(redisAdapter({ url, library, key: ownPrefix(), ...options }));
      return { node, reroute, lead };
    });

    it(`${library}: keeps messages in a Redis Cluster, each stream on the shard of its key`, async () => {
      const cluster: RedisClusterDaemons = await startRedisCluster();
      closing.push(() => cluster.stop());
      const addresses = cluster.ports.map((port) => ({ host: '127.0.0.1', port }));
      let client: RedisClient;
      if (library === 'ioredis') {
        const own = new RedisCluster(addresses);
        closing.unshift(() => own.disconnect());
        client = own;
      } else {
        const own = createCluster({ rootNodes: addresses.map((socket) => ({ socket })) });
        own.on('error', () => {});
        await own.connect();
        closing.unshift(() => own.destroy());
        client = own as RedisClient;
      }
      closing.unshift(() => nodes.close());
      const { adapter } = await nodes.start(redisAdapter({ client, connectTimeout: 15_000 }));
      const log = openLog(adapter);
      const streams = Array.from({ length: 30 }, (_, n) => `r${n}`);
      const offsets = await Promise.all(streams.map((stream) => log.append(stream, ['news', stream])));
      expect(await log.heads(streams)).toEqual(offsets);
      for (const stream of streams) {
        expect((await log.read(stream, unknown, 10)).messages).toEqual([{ number: 1, data: ['news', stream] }]);
      }
      const sizes = await Promise.all(
        cluster.ports.map(async (port) => {
          const master = new Redis(port);
          const size = await master.dbsize();
          master.disconnect();
          return size;
        }),
      );
      expect(sizes.every((size) => size > 0)).toBe(true);
      await cluster.move('socket.io-log#/#r0');
      expect(await log.append('r0', ['news', 'moved'])).toEqual({ ...offsets[0], number: 2 });
      await log.close();
    });
  }

  async function startNode(): Promise<{ node: BareNode; prefix: string; keyOf: (stream: string) => string }> {
    const prefix = ownPrefix();
    const node = await nodes.start(redisAdapter({ url: urlOf(redis.port), key: prefix }));
    return { node, prefix, keyOf: (stream) => `${prefix}-log#/#${stream}` };
  }

  it('skips and counts what cannot be read, and tells the hole by the numbers', async () => {
    const { node, keyOf } = await startNode();
    const log = openLog(node.adapter);
    const { epoch } = await log.append('r', ['news', 1]);
    for (const [number, data] of [
      [2, 'garbage'],
      [3, Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff]).toString('base64')],
      [4, Buffer.from([0x81, 0xa1, 0x61, 1]).toString('base64')],
    ] as const) {
      await inspector.xadd(keyOf('r'), `${epoch}-${number}`, 'time', Date.now(), 'data', data);
    }
    expect(await log.append('r', ['news', 5])).toEqual({ epoch, number: 5 });
    const first = await log.read('r', unknown, 2);
    expect(first.messages.map(({ number }) => number)).toEqual([1]);
    const second = await log.read('r', { epoch, number: 1 }, 2);
    expect(second.messages.map(({ number }) => number)).toEqual([5]);
    expect(node.adapter.health.malformedMessages).toBeGreaterThanOrEqual(3);
    await log.close();
  });

  it('begins a stream anew, later, behind what somebody else has put there', async () => {
    const { node, keyOf } = await startNode();
    const log = openLog(node.adapter);
    const { epoch } = await log.append('r', ['news', 1]);
    const later = epoch + 3_600_000;
    await inspector.xadd(keyOf('r'), `${later}-7`, 'other', 'fields');
    expect(await log.heads(['r'])).toEqual([unknown]);
    expect(await log.read('r', unknown, 10)).toEqual({ head: unknown, messages: [] });
    expect(await log.append('r', ['news', 2])).toEqual({ epoch: later + 1, number: 1 });
    expect((await log.read('r', unknown, 10)).messages).toEqual([{ number: 1, data: ['news', 2] }]);
    await log.close();
  });

  it('finds no messages under a key that is something else, and refuses to write there', async () => {
    const { node, keyOf } = await startNode();
    const log = openLog(node.adapter);
    await inspector.set(keyOf('r'), 'a text');
    const { epoch } = await log.append('other', ['news']);
    expect(await log.heads(['r', 'other'])).toEqual([unknown, { epoch, number: 1 }]);
    expect(await log.read('r', unknown, 10)).toEqual({ head: unknown, messages: [] });
    await expect(log.append('r', ['news'])).rejects.toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringContaining('WRONGTYPE'),
    });
    expect(node.adapter.health.malformedMessages).toBe(2);
    await log.close();
  });

  it('drops what is too old when something is written, and the whole stream by itself', async () => {
    const { node, keyOf } = await startNode();
    const log = openLog(node.adapter, { maxAge: 2_000 });
    await log.append('r', ['news', 1]);
    expect(await inspector.pttl(keyOf('r'))).toBeGreaterThan(0);
    await inspector.persist(keyOf('r'));
    const { epoch } = await eventually('the first is too old', async () => {
      const head = await log.append('r', ['news', 'again']);
      return (await inspector.xrange(keyOf('r'), '-', `${head.epoch}-1`)).length === 0 && head;
    });
    expect(epoch).toBeGreaterThan(0);
    await eventually('all are gone', async () => (await inspector.exists(keyOf('r'))) === 0);
    expect(await log.heads(['r'])).toEqual([unknown]);
    await log.close();
  });

  it('closes its connection with the last namespace, and never what it was given', async () => {
    const client = createClient({ url: urlOf(redis.port), name: 'given' });
    await client.connect();
    closing.push(() => client.destroy());
    const { adapter } = await nodes.start(redisAdapter({ client, key: ownPrefix() }));
    const log = openLog(adapter);
    await log.append('r', ['news']);
    const named = async (): Promise<number> => String(await inspector.client('LIST')).split('name=given').length - 1;
    expect(await named()).toBe(3);
    await log.close();
    await expect(log.append('r', ['news'])).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
    await adapter.close();
    await eventually('one is left', async () => (await named()) === 1);
    expect(client.isReady).toBe(true);
  });
});
