import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { io as connect, type Socket } from 'socket.io-client';
import { next } from '../../support/clients.js';
import { describeWith } from '../../support/debian.js';
import { Cluster, eventually, type ClusterDescription } from './cluster.js';
import type { ClusterNode } from './cluster-node.js';
import { Reroute } from './reroute.js';

/** A cluster whose clients go on. */
export interface RecoveringClusterDescription extends ClusterDescription {
  readonly offset: RegExp;
  /** Whether the clients of all nodes are told the same one. */
  readonly isOffsetShared: boolean;
}

/** How clients go on on another node, with an adapter that keeps messages. */
export function describeRecovery(name: string, description: RecoveringClusterDescription): void {
  const { isOffsetShared } = description;
  const offset: unknown = expect.stringMatching(description.offset);
  describeWith(description.broker.needs, name, () => {
    let cluster: Cluster;
    let reroute: Reroute;
    let client: Socket;
    let heard: unknown[][];
    jest.setTimeout(30_000);

    beforeAll(async () => {
      const options = { connectionStateRecovery: { maxDisconnectionDuration: 60_000 } };
      cluster = await Cluster.start({ ...description, options });
    }, 60_000);

    beforeEach(async () => {
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
      const known = next(client, 'known');
      await cluster.a.evaluate((io) => void io.emit('known'));
      await known;
      heard.length = 0;
    });

    afterEach(async () => {
      client.disconnect();
      await reroute.stop();
      await cluster.clear();
      expect(await cluster.logged()).toEqual([]);
    });

    afterAll(() => cluster?.stop(), 60_000);

    /** The client is gone, and its node has told the broker. */
    const interrupt = async (): Promise<void> => {
      const { id } = client;
      reroute.cut();
      await eventually('the node has noticed', () =>
        cluster.a.evaluate((io, gone) => !io.sockets.sockets.has(gone), id!),
      );
      await cluster.a.settle();
    };

    const comeBack = async (to: ClusterNode): Promise<void> => {
      const connected = next(client, 'connect');
      reroute.lead(to.url);
      await connected;
    };

    it('goes on at the other node as the socket it was', async () => {
      const id = client.id!;
      await cluster.a.evaluate(async (io, self) => {
        const socket = io.sockets.sockets.get(self)!;
        await socket.join(['red', 'green']);
        socket.data = { name: 'zwölf', list: [1, null] };
      }, id);
      await interrupt();
      await comeBack(cluster.b);
      expect(client).toMatchObject({ id, recovered: true });
      const socket = await cluster.b.evaluate((io, self) => {
        const { rooms, data, recovered } = io.sockets.sockets.get(self)!;
        return { rooms: [...rooms].sort(), data: data as unknown, recovered };
      }, id);
      expect(socket).toEqual({
        rooms: [id, 'red', 'green'].sort(),
        data: { name: 'zwölf', list: [1, null] },
        recovered: true,
      });
      const news = next(client, 'news');
      await cluster.a.evaluate((io) => void io.to('red').emit('news', 1));
      expect(await news).toEqual([1, offset]);
    });

    it('is sent what it missed, in order, and nothing else', async () => {
      const id = client.id!;
      await cluster.a.evaluate((io, self) => io.sockets.sockets.get(self)!.join('red'), id);
      await interrupt();
      const miss = (node: ClusterNode, first: number): Promise<void> =>
        node.evaluate(
          (io, self, n) => {
            io.emit('missed', n);
            io.to('red').emit('missed', n + 1);
            io.to('blue').emit('for others');
            io.except('red').emit('for others');
            io.except(self).emit('for others');
            io.to(self).emit('missed', n + 2);
            io.to(['red', self]).emit('missed', Buffer.from([n + 3]));
          },
          id,
          first,
        );
      await miss(cluster.a, 0);
      await cluster.a.settle();
      await miss(cluster.b, 10);
      await cluster.b.settle();
      await comeBack(cluster.b);
      const news = next(client, 'news');
      await cluster.a.evaluate((io) => void io.emit('news'));
      await news;
      const missed = [0, 1, 2, Buffer.from([3]), 10, 11, 12, Buffer.from([13])];
      expect(heard).toEqual([...missed.map((value) => ['missed', value, offset]), ['news', offset]]);
    });

    it('goes to and fro', async () => {
      const id = client.id!;
      await interrupt();
      await comeBack(cluster.b);
      reroute.cut();
      await eventually('the node has noticed', () =>
        cluster.b.evaluate((io, gone) => !io.sockets.sockets.has(gone), id),
      );
      await cluster.b.evaluate((io) => void io.emit('missed', 1));
      await cluster.b.settle();
      await comeBack(cluster.a);
      expect(client).toMatchObject({ id, recovered: true });
      expect(heard).toEqual([['missed', 1, offset]]);
    });

    it('is one client, however many come for its session at once, at whichever node', async () => {
      const { id, _pid: pid, _lastOffset: last } = client as unknown as Record<string, string>;
      await interrupt();
      client.disconnect();
      const urls = Array.from({ length: 10 }, (_, n) => [cluster.a, cluster.b][n % 2]!.url);
      const claimants = urls.map((url) =>
        connect(url, { forceNew: true, transports: ['websocket'], reconnection: false, auth: { pid, offset: last } }),
      );
      try {
        await Promise.all(claimants.map((each) => next(each, 'connect')));
        expect(claimants.filter((each) => each.id === id)).toHaveLength(1);
        expect(new Set(claimants.map((each) => each.id)).size).toBe(10);
      } finally {
        for (const each of claimants) each.disconnect();
      }
    });

    it('begins anew when it left on purpose', async () => {
      const { id } = client;
      reroute.lead(cluster.b.url);
      client.disconnect();
      const connected = next(client, 'connect');
      client.connect();
      await connected;
      expect(client.recovered).toBe(false);
      expect(client.id).not.toBe(id);
    });

    it('begins anew when its session is known no more, which is no error', async () => {
      const { id } = client;
      await interrupt();
      (client as unknown as { _pid: string })._pid = 'unknown';
      await comeBack(cluster.b);
      expect(client.recovered).toBe(false);
      expect(client.id).not.toBe(id);
    });

    it('tells clients of both nodes an offset, only of what it keeps', async () => {
      const members = await cluster.members();
      for (const each of [members.a1, members.b1]) {
        each.client.on('question', (...args: unknown[]) => (args.pop() as (count: number) => void)(args.length));
      }
      const kept = Promise.all([members.a1, members.b1].map(({ client: each }) => next(each, 'kept')));
      await cluster.a.evaluate((io) => void io.to('red').emit('kept'));
      await kept;
      const lengths = await cluster.a.evaluate((io): Promise<number[]> => {
        io.to('red').volatile.emit('volatile');
        return io.timeout(10_000).to('red').emitWithAck('question', 'a');
      });
      expect(lengths).toEqual([1, 1]);
      const { a1, b1 } = await cluster.heardBy(Object.values(members));
      const events = ([event]: unknown[]): boolean => event !== 'question';
      expect(a1!.filter(events)).toEqual([['kept', offset], ['volatile']]);
      expect(b1!.filter(events)).toEqual([['kept', offset], ['volatile']]);
      if (isOffsetShared) expect(b1!.filter(events)).toEqual(a1!.filter(events));
    });
  });
}
