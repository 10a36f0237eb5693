import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { Emitter } from '@socket.io/redis-emitter';
import { Redis } from 'ioredis';
import type { Server } from '../../../lib/server/index.js';
import { next } from '../../support/clients.js';
import { describeWith } from '../../support/debian.js';
import { Cluster, eventually, type Members } from './cluster.js';
import { redisBroker } from './cluster-node.js';

/** What the published emitter does to a cluster. */
export function describeRedisEmitter(name: string, adapter: string): void {
  describeWith(redisBroker.needs, name, () => {
    let cluster: Cluster;
    let redis: Redis;
    let emitter: Emitter;
    jest.setTimeout(30_000);

    beforeAll(async () => {
      cluster = await Cluster.start({
        broker: redisBroker,
        adapter,
        nodes: ['rookery', 'rookery'],
      });
      redis = new Redis(cluster.port!, '127.0.0.1');
      emitter = new Emitter(redis);
    }, 60_000);

    afterEach(async () => {
      await cluster.clear();
      expect(await cluster.logged()).toEqual([]);
    });

    afterAll(async () => {
      redis?.disconnect();
      await cluster?.stop();
    }, 60_000);

    const heard = (members: Members): Promise<Record<string, unknown[][]>> =>
      cluster.heardBy(Object.values(members), (event) => emitter.emit(event));
    const inRoom = (room: string): Promise<string[]> =>
      cluster.a.evaluate(async (io, name) => (await io.in(name).fetchSockets()).map(({ id }) => id), room);
    const comesToBe = (room: string, ids: (string | undefined)[]): Promise<unknown> =>
      eventually(`${room} has ${ids.length} members`, async () => {
        return (await inRoom(room)).sort().join() === ids.sort().join();
      });

    it('reaches the clients of every node', async () => {
      const members = await cluster.members();
      const args = [1, 'zwölf', { a: [null] }, Buffer.from([1, 2])] as const;
      emitter.emit('news', ...args);
      const news = [['news', ...args]];
      expect(await heard(members)).toEqual({ a1: news, a2: news, b1: news, b2: news });
    });

    it('reaches rooms, once each, and leaves out others', async () => {
      const members = await cluster.members();
      emitter.to('red').emit('to red');
      emitter.to(['red', 'ones', 'b']).emit('to three');
      emitter.except('red').emit('to the others');
      emitter.to('blue').except('b').emit('to one');
      const ones = [['to red'], ['to three']];
      expect(await heard(members)).toEqual({
        a1: ones,
        a2: [['to the others'], ['to one']],
        b1: ones,
        b2: [['to three'], ['to the others']],
      });
    });

    it('reaches another namespace, and it alone', async () => {
      for (const node of [cluster.a, cluster.b]) {
        await node.evaluate((io) => void io.of('/admin'));
        await node.settle();
      }
      const members = await cluster.members();
      const admins = await Promise.all([members.a1, members.b1].map((each) => cluster.joinNamespace(each, '/admin')));
      const news = Promise.all(admins.map((admin) => next(admin, 'news')));
      emitter.of('/admin').emit('news', 1);
      expect(await news).toEqual([[1], [1]]);
      expect(await heard(members)).toEqual({ a1: [], a2: [], b1: [], b2: [] });
    });

    it('makes sockets join and leave rooms', async () => {
      const { a1, a2, b1, b2 } = await cluster.members();
      emitter.in('red').socketsJoin('green');
      await comesToBe('green', [a1.client.id, b1.client.id]);
      emitter.socketsJoin(['green', 'white']);
      await comesToBe(
        'white',
        [a1, a2, b1, b2].map(({ client }) => client.id),
      );
      emitter.in('blue').socketsLeave('green');
      await comesToBe('green', [a1.client.id, b1.client.id]);
    });

    it('disconnects sockets', async () => {
      const { a1, a2, b1, b2 } = await cluster.members();
      const gone = Promise.all([a1, b1].map(({ client }) => next(client, 'disconnect')));
      emitter.in('red').disconnectSockets(true);
      expect((await gone).map(([reason]) => reason)).toEqual(['io server disconnect', 'io server disconnect']);
      expect([a2.client.connected, b2.client.connected]).toEqual([true, true]);
    });

    it('tells the nodes events', async () => {
      const listen = (io: Server): void => {
        const told: unknown[][] = [];
        io.on('say', (...args: unknown[]) => told.push(args));
        io.on('told', (ack: (all: unknown[][]) => void) => ack(told));
      };
      const told = (io: Server): Promise<unknown[][]> =>
        new Promise((resolve) => {
          for (const listener of io.listeners('told' as never)) (listener as (ack: unknown) => void)(resolve);
        });
      for (const node of [cluster.a, cluster.b]) await node.evaluate(listen);
      emitter.serverSideEmit('say', 1, 'zwölf');
      for (const node of [cluster.a, cluster.b]) {
        await eventually('the node is told', async () => (await node.evaluate(told)).length > 0);
        expect(await node.evaluate(told)).toEqual([[1, 'zwölf']]);
      }
    });
  });
}
