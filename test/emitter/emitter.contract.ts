import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Server } from '../../lib/server/index.js';
import { Cluster, eventually, type ClusterDescription, type Members } from '../interop/published-adapters/cluster.js';
import type { ClusterNode, EmitterName } from '../interop/published-adapters/cluster-node.js';
import { next } from '../support/clients.js';
import { describeWith } from '../support/debian.js';

const kinds: readonly EmitterName[] = ['emitter', 'emitter module'];

/** What a process that serves nobody does to the clients of two nodes. */
export function describeEmitter(name: string, description: Omit<ClusterDescription, 'nodes'>): void {
  describeWith(description.broker.needs, name, () => {
    let cluster: Cluster;
    const emitters = new Map<EmitterName, ClusterNode>();
    jest.setTimeout(30_000);

    beforeAll(async () => {
      cluster = await Cluster.start({ ...description, nodes: ['rookery', 'rookery'] });
      for (const [index, emitter] of (await cluster.startEmitters(kinds)).entries()) {
        emitters.set(kinds[index]!, emitter);
        // Each is asked by the other.
        await emitter.evaluate((io) => void io.of('/').on('said', (ack: (answer: string) => void) => ack('nothing')));
      }
    }, 60_000);

    afterEach(async () => {
      await cluster.clear();
      expect(await cluster.logged()).toEqual([]);
    });

    afterAll(() => cluster?.stop(), 60_000);

    describe.each(kinds)('by an %s', (kind) => {
      const evaluate = <Args extends unknown[], Result>(
        run: (io: Server, ...args: Args) => Result | Promise<Result>,
        ...args: Args
      ): Promise<Result> => emitters.get(kind)!.evaluate(run, ...args);
      const heard = (members: Members): Promise<Record<string, unknown[][]>> =>
        cluster.heardBy(Object.values(members), (event) => evaluate((io, end) => void io.emit(end), event));
      const ids = (...members: { client: { id?: string | undefined } }[]): string[] =>
        members.map(({ client }) => client.id!).sort();

      it('reaches rooms, once each, and leaves out others, with text and bytes', async () => {
        const members = await cluster.members();
        const args = [1, 'zwölf', { a: [null] }, Buffer.from([1, 2])] as const;
        await evaluate(
          (io, ...all) => {
            io.emit('news', ...all);
            io.to('red').emit('to red');
            io.to(['red', 'ones', 'b']).emit('to three');
            io.except('red').emit('to the others');
            io.to('blue').except('b').emit('to one');
            io.to('nobody').emit('to nobody');
          },
          ...args,
        );
        const news = ['news', ...args];
        const ones = [news, ['to red'], ['to three']];
        expect(await heard(members)).toEqual({
          a1: ones,
          a2: [news, ['to the others'], ['to one']],
          b1: ones,
          b2: [news, ['to three'], ['to the others']],
        });
      });

      it('reaches another namespace, and it alone', async () => {
        for (const node of [cluster.a, cluster.b]) {
          await node.evaluate((io) => void io.of('/admin'));
          await node.settle();
        }
        const members = await cluster.members();
        const admins = await Promise.all([members.a1, members.b1].map((each) => cluster.joinNamespace(each, '/admin')));
        const told: unknown[] = [];
        for (const admin of admins) admin.on('news', (n) => told.push(n));
        // Its adapter starts with the first use of the namespace.
        await eventually('both are told', async () => {
          await evaluate((io) => void io.of('/admin').emit('news', 1));
          return told.length >= 2;
        });
        expect(await heard(members)).toEqual({ a1: [], a2: [], b1: [], b2: [] });
      });

      it('gets the answers of clients', async () => {
        const members = Object.values(await cluster.members());
        for (const { client, name: own } of members) client.on('who', (ack: (answer: string) => void) => ack(own));
        const answers = await evaluate((io) => io.timeout(10_000).emitWithAck('who'));
        expect((answers as string[]).sort()).toEqual(['a1', 'a2', 'b1', 'b2']);
      });

      it('lists sockets, and has them join and leave', async () => {
        const { a1, a2, b1, b2 } = await cluster.members();
        const inRoom = (room: string): Promise<string[]> =>
          evaluate(async (io, of) => (await io.in(of).fetchSockets()).map(({ id }) => id).sort(), room);
        expect(await evaluate(async (io) => (await io.fetchSockets()).map(({ id }) => id).sort())).toEqual(
          ids(a1, a2, b1, b2),
        );
        await evaluate((io) => {
          io.in('red').socketsJoin('green');
          io.socketsJoin(['white']);
        });
        await eventually('all have joined', async () => (await inRoom('white')).length === 4);
        expect(await inRoom('green')).toEqual(ids(a1, b1));
        await evaluate((io) => {
          io.in('blue').socketsLeave('white');
          io.socketsLeave('green');
        });
        await eventually('all have left', async () => (await inRoom('green')).length === 0);
        expect(await inRoom('white')).toEqual(ids(a1, b1));
      });

      it('disconnects sockets', async () => {
        const { a1, a2, b1, b2 } = await cluster.members();
        const gone = Promise.all([a1, b1].map(({ client }) => next(client, 'disconnect')));
        await evaluate((io) => void io.in('red').disconnectSockets(true));
        expect((await gone).map(([reason]) => reason)).toEqual(['io server disconnect', 'io server disconnect']);
        expect([a2.client.connected, b2.client.connected]).toEqual([true, true]);
      });

      it('tells the nodes, and has their answers', async () => {
        for (const node of [cluster.a, cluster.b]) {
          await node.evaluate((io) => {
            const told: unknown[][] = [];
            io.removeAllListeners('say');
            io.removeAllListeners('said');
            io.on('say', (...args: unknown[]) => told.push(args));
            io.on('said', (ack: (all: unknown[][]) => void) => ack(told));
          });
          await node.settle();
        }
        await evaluate((io) => void io.of('/').serverSideEmit('say', 1, 'zwölf'));
        const asked = (node: ClusterNode): Promise<unknown> =>
          node.evaluate(
            (io) =>
              new Promise((resolve) => {
                for (const each of io.listeners('said' as never)) (each as (ack: unknown) => void)(resolve);
              }),
          );
        await eventually('a node is told', async () => ((await asked(cluster.a)) as unknown[]).length > 0);
        await eventually('the other one is told', async () => ((await asked(cluster.b)) as unknown[]).length > 0);
        const answers = await evaluate((io) => io.of('/').serverSideEmitWithAck('said'));
        expect(answers).toHaveLength(3);
        expect(answers).toEqual(expect.arrayContaining([[[1, 'zwölf']], [[1, 'zwölf']], 'nothing']));
      });
    });
  });
}
