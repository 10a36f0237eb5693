import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { next } from '../../support/clients.js';
import { describeWith } from '../../support/debian.js';
import { Cluster } from './cluster.js';
import { nodeClusterBroker, postgresBroker, redisBroker, type BrokerKind } from './cluster-node.js';

const adapters: [adapter: string, broker: BrokerKind][] = [
  ['redis (ioredis)', redisBroker],
  ['sharded redis (ioredis)', redisBroker],
  ['postgres', postgresBroker],
  ['cluster', nodeClusterBroker('socket.io')],
];

for (const [adapter, broker] of adapters) {
  describeWith(broker.needs, `recovery that was asked for, with ${adapter}, which has none`, () => {
    let cluster: Cluster;
    jest.setTimeout(30_000);

    beforeAll(async () => {
      const options = { connectionStateRecovery: {} };
      cluster = await Cluster.start({ broker, adapter, nodes: ['rookery', 'rookery'], options });
    }, 60_000);

    afterEach(async () => {
      await cluster.clear();
      expect(await cluster.logged()).toEqual([]);
    });

    afterAll(() => cluster?.stop(), 60_000);

    it('adds nothing to what clients of both nodes get', async () => {
      const members = await cluster.members();
      await cluster.a.evaluate((io, id) => {
        io.emit('to everyone', 1);
        io.to('red').emit('to a room', 2);
        io.sockets.sockets.get(id)!.emit('to one', 3);
        io.sockets.sockets.get(id)!.broadcast.emit('to the others');
      }, members.a1.client.id!);
      const { a1, b1 } = await cluster.heardBy(Object.values(members));
      expect(a1).toHaveLength(3);
      expect(a1).toEqual(
        expect.arrayContaining([
          ['to everyone', 1],
          ['to a room', 2],
          ['to one', 3],
        ]),
      );
      expect(b1).toEqual([['to everyone', 1], ['to a room', 2], ['to the others']]);
    });

    it('promises no client that it may come back', async () => {
      const { client, node } = await cluster.connect(cluster.a, 'a', { reconnection: true, reconnectionDelay: 5 });
      const { id } = client;
      expect((client as unknown as { _pid?: string })._pid).toBeUndefined();
      const news = next(client, 'news');
      await node.evaluate((io) => void io.emit('news', 'text'));
      expect(await news).toEqual(['text']);
      const connected = next(client, 'connect');
      client.io.engine.close();
      await connected;
      expect(client.recovered).not.toBe(true);
      expect(client.id).not.toBe(id);
    });
  });
}
