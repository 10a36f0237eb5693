import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { io as connect, type Socket } from 'socket.io-client';
import { Cluster, eventually } from '../interop/published-adapters/cluster.js';
import { redisBroker, type ClusterNode, type ServerName } from '../interop/published-adapters/cluster-node.js';
import { Reroute } from '../interop/published-adapters/reroute.js';
import { next } from '../support/clients.js';
import { describeWith } from '../support/debian.js';

interface Talking {
  talking?: ReturnType<typeof setInterval>;
  said?: number;
}

const options = { connectionStateRecovery: { maxDisconnectionDuration: 60_000 } };

/** A cluster, and a client that goes from node to node. */
function describeMoving(
  name: string,
  adapter: string | readonly [string, string],
  nodes: [ServerName, ServerName],
  body: (
    given: () => {
      cluster: Cluster;
      third: ClusterNode;
      client: Socket;
      heard: unknown[][];
      move(from: ClusterNode, to: ClusterNode): Promise<void>;
    },
  ) => void,
): void {
  describeWith(redisBroker.needs, name, () => {
    let cluster: Cluster;
    let third: ClusterNode;
    let reroute: Reroute;
    let client: Socket;
    let heard: unknown[][];
    jest.setTimeout(60_000);

    beforeAll(async () => {
      cluster = await Cluster.start({ broker: redisBroker, adapter, nodes, options });
      third = await cluster.grow();
      reroute = await Reroute.start();
      reroute.lead(cluster.a.url);
      heard = [];
      client = connect(reroute.url, {
        forceNew: true,
        transports: ['websocket'],
        reconnectionDelay: 5,
        reconnectionDelayMax: 20,
      });
      client.onAny((...args: unknown[]) => heard.push(args));
      await next(client, 'connect');
    }, 60_000);

    afterEach(async () => expect(await cluster.logged()).toEqual([]));

    afterAll(async () => {
      client?.disconnect();
      await reroute?.stop();
      await cluster?.stop();
    }, 60_000);

    const move = async (from: ClusterNode, to: ClusterNode): Promise<void> => {
      const id = client.id!;
      reroute.cut();
      await eventually('the node has noticed', () => from.evaluate((io, gone) => !io.sockets.sockets.has(gone), id));
      await from.settle();
      const connected = next(client, 'connect');
      reroute.lead(to.url);
      await connected;
    };

    body(() => ({ cluster, third, client, heard, move }));
  });
}

for (const library of ['ioredis', 'node-redis']) {
  describeMoving(
    `redisStreamsAdapter over ${library}, under load`,
    `own redis streams (${library})`,
    ['rookery', 'rookery'],
    (given) => {
      it('loses nothing, says nothing twice and keeps the order while a client moves, and when a node is killed', async () => {
        const { cluster, third, client, heard, move } = given();
        const all = [cluster.a, cluster.b, third];
        const id = client.id;
        for (const [index, node] of all.entries()) {
          await node.evaluate((io, n) => {
            const state = io as unknown as Talking;
            state.said = 0;
            state.talking = setInterval(() => void io.emit('news', n, state.said!++), 2);
          }, index);
        }
        for (let step = 0; step < 15; step++) {
          const count = heard.length;
          await eventually('something has come', async () => heard.length > count + 10);
          await move(all[step % 3]!, all[(step + 1) % 3]!);
          expect(client).toMatchObject({ id, recovered: true });
        }
        const stop = (node: ClusterNode): Promise<number> =>
          node.evaluate((io) => {
            const state = io as unknown as Talking;
            clearInterval(state.talking);
            return state.said!;
          });
        // It is on the first one again; the third one ends without a word while the others talk.
        const ofThird = await stop(third);
        await third.settle();
        cluster.forget(third);
        await third.kill();
        await move(cluster.a, cluster.b);
        expect(client).toMatchObject({ id, recovered: true });
        const said = [await stop(cluster.a), await stop(cluster.b), ofThird];
        const total = said.reduce((sum, count) => sum + count);
        await eventually('all has come', async () => heard.length >= total);
        for (const [index, count] of said.entries()) {
          const numbers = heard.filter(([, node]) => node === index).map(([, , n]) => n);
          expect(numbers).toEqual(Array.from({ length: count }, (_, n) => n));
        }
      });
    },
  );
}

describeMoving(
  'a client of a mixed cluster',
  ['redis streams (ioredis)', 'own redis streams (ioredis)'],
  ['socket.io', 'rookery'],
  (given) => {
    it('goes on from the published adapter to this one; back, where its last event was not one that its node sent itself', async () => {
      const { cluster, client, heard, move } = given();
      const say = async (node: ClusterNode, n: number): Promise<void> => {
        const news = next(client, 'news');
        await node.evaluate((io, number) => void io.emit('news', number), n);
        await news;
      };
      const id = client.id!;
      await say(cluster.a, 0);
      await move(cluster.a, cluster.b);
      expect(client).toMatchObject({ id, recovered: true });
      await say(cluster.b, 1);
      await say(cluster.a, 2);
      await move(cluster.b, cluster.a);
      expect(client).toMatchObject({ id, recovered: true });
      await move(cluster.a, cluster.b);
      await say(cluster.b, 3);
      await move(cluster.b, cluster.a);
      // The published adapter knows positions in the stream alone.
      expect(client.recovered).toBe(false);
      expect(heard.map(([, n]) => n)).toEqual([0, 1, 2, 3]);
    });
  },
);
