import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { redisAdapter, type RedisAdapterOptions } from '../../lib/cluster/redis/index.js';
import { eventually } from '../interop/published-adapters/cluster.js';
import { debian, describeWith } from '../support/debian.js';
import { startRedis, type Redis as RedisDaemon } from '../support/redis.js';
import { BareNodes, event, to, type BareNode } from './bare-nodes.js';

const idLike = 'x'.repeat(20);

describeWith([debian.redis], 'the options of redisAdapter', () => {
  let redis: RedisDaemon;
  let url: string;
  /** Somebody else on the same Redis: asks it, writes to nodes, and hears what they write. */
  let client: Redis;
  let listener: Redis;
  let heard: { readonly channel: string; readonly message: Record<string, unknown> }[];
  const nodes = new BareNodes();
  const start = (options: RedisAdapterOptions): Promise<BareNode> =>
    nodes.start(redisAdapter({ requestsTimeout: 500, ...options }));
  jest.setTimeout(30_000);

  beforeAll(async () => {
    redis = await startRedis();
    url = `redis://127.0.0.1:${redis.port}`;
    client = new Redis(redis.port, '127.0.0.1');
    listener = new Redis(redis.port, '127.0.0.1');
    listener.on('message', (channel, message) => {
      if (message.startsWith('{')) heard.push({ channel, message: JSON.parse(message) as Record<string, unknown> });
    });
  });

  afterEach(async () => {
    await listener.unsubscribe();
    await nodes.close();
  });

  afterAll(async () => {
    client?.disconnect();
    listener?.disconnect();
    await redis?.stop();
  });

  const listen = async (...channels: string[]): Promise<void> => {
    heard = [];
    await listener.subscribe(...channels);
  };
  const request = (fields: object): Promise<unknown> => client.publish('socket.io-request#/#', JSON.stringify(fields));
  const answer = (requestId: string) =>
    eventually(`an answer to ${requestId}`, async () =>
      heard.find(({ message }) => message['requestId'] === requestId && message['type'] === undefined),
    );

  it('receive: with all, a room that a socket is made to join is reached at once', async () => {
    const [all, byRoom] = [await start({ url, receive: 'all' }), await start({ url })];
    await all.add('a');
    await byRoom.add('a');
    const { default: notepack } = await import('notepack.io');
    // In one transaction: nobody can have subscribed in between.
    const opts = { rooms: ['a'], except: [] };
    const join = JSON.stringify({ uid: 'emitter', type: 2, opts, rooms: ['red'] });
    const broadcast = (name: string, rooms: string[]) =>
      notepack.encode([
        'emitter',
        { type: 2, nsp: '/', data: ['event', name] },
        { rooms, except: [], flags: {} },
      ]) as Buffer;
    await client
      .multi()
      .publish('socket.io-request#/#', join)
      .publish('socket.io#/#red#', broadcast('at once', ['red']))
      .publish('socket.io#/#', broadcast('the end', []))
      .exec();
    await eventually('all was heard', async () =>
      [all, byRoom].every(({ delivered }) => delivered.includes('the end')),
    );
    expect(all.delivered).toEqual(['at once', 'the end']);
    expect(byRoom.delivered).toEqual(['the end']);
  });

  it.each([
    ['static', []],
    ['dynamic', ['socket.io#/#red#']],
    ['dynamic-private', ['socket.io#/#red#', `socket.io#/#${idLike}#`]],
  ] as const)('subscriptionMode: with %s, these rooms have a channel: %j', async (subscriptionMode, expected) => {
    const node = await start({ url, sharded: true, subscriptionMode });
    const other = await start({ url, sharded: true, subscriptionMode });
    await nodes.meet(node, other);
    await node.add(idLike, 'red');
    const channels = (await client.call('PUBSUB', 'SHARDCHANNELS', 'socket.io#/#?*')) as string[];
    const ofNodes = [node, other].map(({ adapter }) => `socket.io#/#~${adapter.nodeId}#`);
    expect(channels.filter((channel) => !ofNodes.includes(channel)).sort()).toEqual(expected);
    other.adapter.broadcast(event('red'), to('red'));
    other.adapter.broadcast(event('id'), to(idLike));
    await eventually('both came', async () => node.delivered.length === 2);
  });

  it.each([
    [false, 'socket.io-response#/#'],
    [true, 'socket.io-response#/#published#'],
  ])('publishOnSpecificResponseChannel: with %s, published nodes are answered on %s', async (option, channel) => {
    const node = await start({ url, publishOnSpecificResponseChannel: option });
    await node.add('a');
    await listen('socket.io-response#/#', 'socket.io-response#/#published#');
    await request({ uid: 'published', requestId: 'q', type: 5, opts: { rooms: [], except: [] } });
    expect((await answer('q')).channel).toBe(channel);
  });

  it('connection: is what the constructor of the library is given', async () => {
    const { port } = redis;
    const one = await start({ connection: { port, host: '127.0.0.1', connectionName: 'mine' } });
    const other = await start({ connection: { socket: { port, host: '127.0.0.1' } }, library: 'redis' });
    await nodes.meet(one, other);
    expect(String(await client.client('LIST'))).toContain('name=mine');
  });

  it('subscriber: subscribes in place of a duplicate, and stays open', async () => {
    const ioredis = [new Redis(redis.port, '127.0.0.1'), new Redis(redis.port, '127.0.0.1')] as const;
    const nodeRedis = [createClient({ url }), createClient({ url })] as const;
    await Promise.all([...ioredis.map((each) => once(each, 'ready')), ...nodeRedis.map((each) => each.connect())]);
    const count = async (): Promise<number> =>
      String(await client.client('LIST'))
        .trim()
        .split('\n').length;
    const before = await count();
    const one = await start({ client: ioredis[0], subscriber: ioredis[1] });
    const other = await start({ client: nodeRedis[0], subscriber: nodeRedis[1] });
    await nodes.meet(one, other);
    expect(await count()).toBe(before);
    await nodes.close();
    expect([await ioredis[1].ping(), String(await nodeRedis[1].ping())]).toEqual(['PONG', 'PONG']);
    for (const each of ioredis) each.disconnect();
    for (const each of nodeRedis) each.destroy();
  });

  it('key: nodes with another one are another cluster', async () => {
    const [one, other] = [await start({ url, key: 'mine' }), await start({ url, key: 'mine' })];
    const stranger = await start({ url });
    await nodes.meet(one, other);
    await Promise.all([one, other, stranger].map((node) => node.add('a', 'red')));
    one.adapter.broadcast(event('mine'), to('red'));
    await eventually('it has come', async () => other.delivered.includes('mine'));
    expect(stranger.adapter.nodes).toEqual([]);
    expect(stranger.delivered).toEqual([]);
    expect(await client.pubsub('CHANNELS', 'mine#/#*')).toContain('mine#/#red#');
  });

  it('answers the requests of old versions: ids, rooms, and joins, leaves and disconnects of one socket', async () => {
    const node = await start({ url });
    await node.add('a', 'red');
    await node.add('b');
    await listen('socket.io-response#/#');
    await request({ uid: 'old', requestId: 'ids', type: 0, rooms: ['red'] });
    expect((await answer('ids')).message['sockets']).toEqual(['a']);
    await request({ uid: 'old', requestId: 'rooms', type: 1 });
    expect((await answer('rooms')).message['rooms']).toEqual(['a', 'red', 'b']);
    await request({ uid: 'old', requestId: 'join', type: 2, sid: 'b', room: 'blue' });
    await answer('join');
    expect(node.adapter.socketRooms('b')).toEqual(new Set(['b', 'blue']));
    await request({ uid: 'old', requestId: 'leave', type: 3, sid: 'b', room: 'blue' });
    await answer('leave');
    expect(node.adapter.socketRooms('b')).toEqual(new Set(['b']));
    await request({ uid: 'old', requestId: 'disconnect', type: 4, sid: 'b', close: true });
    await answer('disconnect');
    expect(node.adapter.health.malformedMessages).toBe(0);
  });

  it.each(['ioredis', 'redis'] as const)(
    'publishes message by message, in order, where Redis refuses scripts, with %s',
    async (library) => {
      await client.acl('SETUSER', 'limited', 'on', '>secret', '~*', '&*', '+@all', '-@scripting');
      const limited = url.replace('redis://', 'redis://limited:secret@');
      const one = await start({ url: limited, library });
      const other = await start({ url, library });
      await nodes.meet(one, other);
      await other.add('b', 'red');
      const expected: number[] = [];
      for (let n = 0; n < 60; n++) {
        one.adapter.broadcast(event(n), to(n % 2 === 0 ? 'red' : 'b'));
        expected.push(n);
        // The second turn, of one message, and the third come before the first is answered; the last behind it.
        if (n === 19 || n === 20) await new Promise(setImmediate);
        if (n === 39) await eventually('they came', async () => other.delivered.length === 40);
      }
      await eventually('all came', async () => other.delivered.length >= expected.length);
      expect(other.delivered).toEqual(expected);
      expect([one.errors, one.adapter.health.failedPublishes]).toEqual([[], 0]);
    },
  );
});
