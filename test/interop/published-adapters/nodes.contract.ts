import { describe, expect, it } from '@jest/globals';
import type { Server } from '../../../lib/server/index.js';
import { eventually, serverCount, type Cluster, type ClusterDescription } from './cluster.js';
import type { ClusterNode } from './cluster-node.js';

/** Makes a node keep what the others tell it, and answer questions with a name. */
const listen = (io: Server, name: string): void => {
  const said: unknown[][] = [];
  io.removeAllListeners('say').removeAllListeners('ask').removeAllListeners('said');
  io.on('say', (...args: unknown[]) => said.push(args));
  io.on('ask', (n: number, ack: (answer: unknown) => void) => ack({ name, n }));
  io.on('said', (ack: (all: unknown[][]) => void) => ack(said));
};

/** What a node has been told: it tells itself, so that nothing more is on its way. */
const said = (io: Server): Promise<unknown[][]> =>
  new Promise((resolve) => {
    io.listeners('said' as never).forEach((listener) => (listener as (ack: unknown) => void)(resolve));
  });

/** How the nodes of a cluster know each other. */
export function describeNodes(current: () => Cluster, nodes: ClusterDescription['nodes']): void {
  const listening = async (): Promise<{ a: ClusterNode; b: ClusterNode }> => {
    const { a, b } = current();
    await Promise.all([a.evaluate(listen, 'a'), b.evaluate(listen, 'b')]);
    return { a, b };
  };

  describe('the nodes of a cluster', () => {
    it('count each other', async () => {
      expect([await serverCount(current().a), await serverCount(current().b)]).toEqual([2, 2]);
    });

    it('tell each other events, and not themselves', async () => {
      const { a, b } = await listening();
      await a.evaluate((io) => void io.serverSideEmit('say', 1, 'zwölf', { a: [null] }));
      await eventually('the other node hears it', async () => (await b.evaluate(said)).length > 0);
      await b.evaluate((io) => void io.serverSideEmit('say', 'back'));
      await eventually('this node hears it', async () => (await a.evaluate(said)).length > 0);
      expect(await b.evaluate(said)).toEqual([[1, 'zwölf', { a: [null] }]]);
      expect(await a.evaluate(said)).toEqual([['back']]);
    });

    it('tell each other events of a namespace', async () => {
      const { a, b } = await listening();
      for (const node of [a, b]) {
        await node.evaluate((io) => {
          const heard: unknown[] = [];
          io.of('/staff').removeAllListeners('say');
          io.of('/staff').on('say', (...args: unknown[]) => heard.push(...args));
          io.removeAllListeners('staff').on('staff', (ack: (all: unknown[]) => void) => ack(heard));
        });
        await node.settle();
      }
      const heard = (io: Server): Promise<unknown[]> =>
        new Promise((resolve) => {
          io.listeners('staff' as never).forEach((listener) => (listener as (ack: unknown) => void)(resolve));
        });
      await eventually('the other node hears it', async () => {
        await a.evaluate((io) => void io.of('/staff').serverSideEmit('say', 1));
        return (await b.evaluate(heard)).length > 0;
      });
      expect(await b.evaluate(said)).toEqual([]);
      expect(await a.evaluate(heard)).toEqual([]);
    });

    it('answer each other, once each, without the one that asks', async () => {
      const { a } = await listening();
      expect(await a.evaluate((io) => io.serverSideEmitWithAck('ask', 1))).toEqual([{ name: 'b', n: 1 }]);
      const called = await a.evaluate(
        (io) =>
          new Promise((resolve) => {
            io.serverSideEmit('ask', 2, (error: Error | null, answers: unknown[]) => resolve([error, answers]));
          }),
      );
      expect(called).toEqual([null, [{ name: 'b', n: 2 }]]);
    });

    // How long they wait is up to the adapter: some seconds, which are not spent again on mixed clusters.
    const isMixed = nodes[0] !== nodes[1];
    if (!isMixed)
      it('are told when one of them gives no answer', async () => {
        const { a, b } = await listening();
        await b.evaluate((io) => void io.removeAllListeners('ask'));
        const outcome = await a.evaluate((io) =>
          io.serverSideEmitWithAck('ask', 1).then(
            () => 'answered',
            (error: Error & { responses: unknown[] }) => [error.message, error.responses],
          ),
        );
        expect(outcome).toEqual([expect.stringMatching(/^(timeout reached|No answer in)/), []]);
      });
  });

  describe('a node that leaves', () => {
    /** A node with a client in `red`, seen by the others. */
    const third = async () => {
      const cluster = current();
      const node = await cluster.grow();
      const members = await cluster.members();
      const guest = await cluster.connect(node, 'c1');
      await cluster.join(guest, 'red');
      const fetched = (): Promise<string[]> =>
        cluster.a.evaluate(async (io) => (await io.in('red').fetchSockets()).map(({ id }) => id));
      expect(await fetched()).toContain(guest.client.id!);
      const remain = async (): Promise<void> => {
        await cluster.counts(cluster.a, 2);
        await cluster.counts(cluster.b, 2);
        const { a1, b1 } = members;
        expect((await fetched()).sort()).toEqual([a1.client.id!, b1.client.id!].sort());
        for (const { client } of [a1, b1]) client.on('who', (ack: (n: number) => void) => ack(1));
        await cluster.a.evaluate(listen, 'a');
        await cluster.b.evaluate(listen, 'b');
        const answers = await cluster.a.evaluate(async (io): Promise<unknown[][]> => [
          await io.timeout(10_000).to('red').emitWithAck('who'),
          await io.serverSideEmitWithAck('ask', 1),
        ]);
        expect(answers).toEqual([[1, 1], [{ name: 'b', n: 1 }]]);
      };
      return { node, guest, remain };
    };

    it('is not waited for any more when it was killed', async () => {
      const { node, remain } = await third();
      current().forget(node);
      await node.kill();
      await remain();
    });

    it('is not waited for any more when its server closes, though its process lives', async () => {
      const { node, guest, remain } = await third();
      const gone = new Promise((resolve) => void guest.client.once('disconnect', resolve));
      await node.evaluate((io) => io.close());
      expect(await gone).toBe('transport close');
      await current().counts(current().a, 2);
      expect(await node.logged()).toEqual([]);
      current().forget(node);
      if (current().closedNodesAnswer) await node.stop();
      await remain();
      await node.stop();
    });
  });
}
