import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Cluster, type ClusterDescription } from '../interop/published-adapters/cluster.js';
import { describeWith } from '../support/debian.js';

/** Nodes that die or hang, as processes. */
export function describeFaultyNodes(name: string, description: ClusterDescription): void {
  describeWith(description.broker.needs, name, () => {
    let cluster: Cluster;
    jest.setTimeout(60_000);

    beforeAll(async () => {
      // Less than it takes to be taken for gone.
      cluster = await Cluster.start({ ...description, adapterOptions: { requestsTimeout: 1_000 } });
    }, 60_000);

    afterAll(() => cluster?.stop(), 60_000);

    it('goes on without a node that is killed while it is asked', async () => {
      const third = await cluster.grow();
      // Nobody answers before it is gone.
      await third.evaluate((io) => void (io.of('/').adapter.fetchSockets = () => new Promise(() => {})));
      const asked = cluster.a.evaluate((io) =>
        io.fetchSockets().then(
          (sockets) => sockets.length,
          (error: { responses: unknown[] }) => error.responses.length,
        ),
      );
      cluster.forget(third);
      await third.kill();
      expect(await asked).toBe(0);
      await cluster.counts(cluster.a, 2);
    });

    it('names a node that hangs, has the answers of the others, and hears it again when it goes on', async () => {
      const third = await cluster.grow();
      const [b, c] = [await cluster.connect(cluster.b, 'b'), await cluster.connect(third, 'c')];
      const hung = await third.evaluate((io) => (io.of('/').adapter as unknown as { nodeId: string }).nodeId);
      third.signal('SIGSTOP');
      const outcome = await cluster.a.evaluate((io) =>
        io.fetchSockets().then(
          (sockets) => ({ code: 'none', ids: sockets.map(({ id }) => id), missingNodes: [] as string[] }),
          (error: { code: string; responses: { id: string }[]; missingNodes: string[] }) => ({
            code: error.code,
            ids: error.responses.map(({ id }) => id),
            missingNodes: error.missingNodes,
          }),
        ),
      );
      third.signal('SIGCONT');
      expect(outcome.ids).toEqual([b.client.id]);
      // It may count as gone by then, and is not waited for.
      if (outcome.code !== 'none') expect(outcome).toMatchObject({ code: 'CLUSTER_TIMEOUT', missingNodes: [hung] });
      await cluster.counts(cluster.a, 3);
      const found = await cluster.a.evaluate(async (io) => (await io.fetchSockets()).map(({ id }) => id));
      expect(found.sort()).toEqual([b.client.id, c.client.id].sort());
    });
  });
}
