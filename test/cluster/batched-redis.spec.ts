import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import type { BroadcastOptions } from '../../lib/adapter/index.js';
import { batchEntry, batchHead, readBatch, senderOf, textPrefix } from '../../lib/cluster/redis/batch-wire.js';
import { redisAdapter } from '../../lib/cluster/redis/index.js';
import { eventually } from '../interop/published-adapters/cluster.js';
import { debian, describeWith } from '../support/debian.js';
import { startRedis, type Redis as RedisDaemon } from '../support/redis.js';
import { BareNodes, event, to } from './bare-nodes.js';

const anyOptions: fc.Arbitrary<BroadcastOptions> = fc.record({
  rooms: fc.array(fc.string()).map((rooms) => new Set(rooms)),
  except: fc.array(fc.string()).map((rooms) => new Set(rooms)),
  flags: fc.constantFrom({}, { compress: false }, { volatile: true }),
});
const asRead = ({ rooms, except, flags }: BroadcastOptions): object => ({ rooms, except, flags });

describe('a batch', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.json(), anyOptions)), fc.constantFrom('/', '/a,b'), (messages, namespace) => {
        const prefix = textPrefix(namespace);
        const entries = messages.map(([json, options]) => [`${prefix}${json}]`, options] as const);
        const batch = batchHead('~uid') + entries.map((entry) => batchEntry(...entry)).join('');
        const read: unknown[] = [];
        const isRead = readBatch(Buffer.from(batch).toString(), prefix, {
          hasMember: () => true,
          take: (text, options) => read.push([text, asRead(options)]),
        });
        expect([senderOf(batch), isRead]).toEqual(['~uid', true]);
        expect(read).toEqual(entries.map(([text, options]) => [text, asRead(options)]));
      }),
    );
  });

  it('is passed over where nobody is in the room', () => {
    const entries = [batchEntry('2[1]', to('red')), batchEntry('2[2]', to('blue')), batchEntry('2[3]', to('red'))];
    const read: string[] = [];
    const reader = { hasMember: (room: string) => room === 'blue', take: (text: string) => void read.push(text) };
    expect(readBatch(batchHead('~uid') + entries.join(''), '2[', reader)).toBe(true);
    expect(read).toEqual(['2[2]']);
  });

  it('is none with anything else in it, and nothing is thrown', () => {
    const reader = { hasMember: () => true, take: () => {} };
    for (const entry of [
      '1,1:',
      'x',
      ',:',
      '0,4:2[1',
      '0,5:2[1]',
      '0,4:40{}',
      '2,4:{}2[1',
      '3,4:{a}2[1]',
      '7,4:{"r":1}2[1]',
    ])
      expect(readBatch(`1~uid:${entry}`, '2[', reader)).toBe(false);
  });
});

describeWith([debian.redis], "redisAdapter with wire: 'batched'", () => {
  let redis: RedisDaemon;
  let client: Redis;
  let batches: string[];
  const nodes = new BareNodes();
  jest.setTimeout(30_000);

  beforeAll(async () => {
    redis = await startRedis();
    client = new Redis(redis.port, '127.0.0.1');
    client.on('message', (_channel, batch) => batches.push(batch));
  });

  afterEach(async () => {
    await client.unsubscribe();
    client.removeAllListeners('messageBuffer');
    await nodes.close();
  });

  afterAll(async () => {
    client?.disconnect();
    await redis?.stop();
  });

  for (const library of ['ioredis', 'redis'] as const) {
    const start = (wire: 'classic' | 'batched') =>
      nodes.start(redisAdapter({ url: `redis://127.0.0.1:${redis.port}`, library, wire }));

    /** Begins to listen to what is written to everyone; counts as one that reads batches and requests. */
    async function listen(): Promise<void> {
      batches = [];
      await client.subscribe('socket.io-batch#/#', 'socket.io-request#/#');
    }
    const hasBatch = (): boolean => batches.some((message) => message.startsWith('1~'));

    it(`${library}: writes the broadcasts of a turn as one message, in order with bytes and joins`, async () => {
      const [one, other] = [await start('batched'), await start('batched')];
      await listen();
      await nodes.meet(one, other);
      await other.add('b', 'red');
      let sent = 0;
      const expected: unknown[] = [];
      await eventually('there are batches', async () => {
        one.adapter.broadcast(event(++sent), to('red'));
        expected.push(sent);
        return hasBatch();
      });
      await eventually('all have come', async () => other.delivered.length === sent);
      batches = [];
      one.adapter.broadcast(event('a'), to('red'));
      one.adapter.broadcast(event('b'), to('red'));
      one.adapter.broadcast(event('bytes', Buffer.from([1])), to('red'));
      one.adapter.addSockets(to('b'), ['blue']);
      one.adapter.broadcast(event('c'), to('blue'));
      one.adapter.broadcast(event('nobody'), to('green'));
      one.adapter.broadcast(event('d'), to());
      expected.push('a', 'b', 'bytes', 'c', 'd');
      await eventually('all of the turn have come', async () => other.delivered.length === expected.length);
      expect(other.delivered).toEqual(expected);
      expect(batches.filter((message) => message.startsWith('1~')).length).toBe(2);
    });

    it(`${library}: keeps the order, and loses nothing, while a node without it comes and goes`, async () => {
      const [one, other] = [await start('batched'), await start('batched')];
      await listen();
      await nodes.meet(one, other);
      await other.add('b', 'red');
      let sent = 0;
      const send = (): void => {
        for (let n = 0; n < 5; n++) one.adapter.broadcast(event(sent++), to(n % 2 === 0 ? 'red' : 'b'));
      };
      await eventually('there are batches', async () => {
        send();
        return hasBatch();
      });
      const classic = await start('classic');
      await classic.add('c', 'red', 'b');
      const since = sent;
      await eventually('they all know each other', async () => {
        send();
        return one.adapter.nodes.length === 2 && classic.adapter.nodes.length === 2;
      });
      batches = [];
      for (let n = 0; n < 20; n++) send();
      await eventually('the third node hears it', async () => classic.delivered.at(-1) === sent - 1);
      expect(hasBatch()).toBe(false);
      // What was sent before it was known is not for it.
      const heard = classic.delivered as number[];
      expect(heard).toEqual(Array.from({ length: sent - heard[0]! }, (_, n) => heard[0]! + n));
      expect(heard[0]).toBeLessThanOrEqual(since + 5);
      await classic.adapter.close();
      await eventually('there are batches again', async () => {
        send();
        return hasBatch();
      });
      await eventually('all have come', async () => other.delivered.length >= sent);
      expect(other.delivered).toEqual(Array.from({ length: sent }, (_, n) => n));
    });

    it(`${library}: writes none any more once somebody listens to requests who does not read them`, async () => {
      const [one, other] = [await start('batched'), await start('batched')];
      await listen();
      await nodes.meet(one, other);
      const emit = (): void => one.adapter.broadcast(event('well'), to());
      await eventually('there are batches', async () => {
        emit();
        return hasBatch();
      });
      // As a published node does, which sends no heartbeats.
      await client.unsubscribe('socket.io-batch#/#');
      const classic = client.subscribe('socket.io#/#');
      let isClassic = false;
      client.on('messageBuffer', (channel) => (isClassic ||= String(channel) === 'socket.io#/#'));
      await classic;
      await eventually('the classic wire is used', async () => {
        emit();
        return isClassic;
      });
    });

    it(`${library}: writes none to a node whose clients speak another encoding`, async () => {
      const one = await start('batched');
      const other = await nodes.start(
        redisAdapter({ url: `redis://127.0.0.1:${redis.port}`, library, wire: 'batched' }),
        { encoder: { encode: ({ data }) => [Buffer.from(JSON.stringify(data))] } },
      );
      await nodes.meet(one, other);
      await other.add('b');
      const counter = new Redis(redis.port, '127.0.0.1');
      const numsub = (await counter.call('PUBSUB', 'NUMSUB', 'socket.io-batch#/#')) as unknown[];
      counter.disconnect();
      expect(numsub[1]).toBe(1);
      one.adapter.broadcast(event('well'), to('b'));
      await eventually('it has come', async () => other.delivered.includes('well'));
    });
  }
});
