import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { Cluster, eventually, serverCount } from '../interop/published-adapters/cluster.js';
import { redisBroker, type ClusterNode } from '../interop/published-adapters/cluster-node.js';
import { describeWith } from '../support/debian.js';

/** What became of a question: how many sockets, and who is named as missing. */
interface Outcome {
  readonly sockets: number;
  readonly missing: readonly string[] | null;
}

const fetchAll = (node: ClusterNode): Promise<Outcome> =>
  node.evaluate((io) =>
    io.fetchSockets().then(
      (sockets) => ({ sockets: sockets.length, missing: null }),
      (error: { responses: unknown[]; missingNodes: string[] }) => ({
        sockets: error.responses.length,
        missing: error.missingNodes,
      }),
    ),
  );

/** Nodes that never take a silent one for gone, and wait for answers for so long, in milliseconds. */
function describeNodes(name: string, adapter: string, requestsTimeout: number, body: (cluster: () => Cluster) => void) {
  describeWith(redisBroker.needs, name, () => {
    let cluster: Cluster;
    jest.setTimeout(60_000);

    beforeAll(async () => {
      const adapterOptions = { heartbeatTimeout: 600_000, requestsTimeout };
      cluster = await Cluster.start({ broker: redisBroker, adapter, nodes: ['rookery', 'rookery'], adapterOptions });
    }, 60_000);

    afterEach(async () => {
      await cluster.clear();
      expect(await cluster.logged()).toEqual([]);
    });

    afterAll(() => cluster?.stop(), 60_000);

    body(() => cluster);
  });
}

for (const adapter of ['own redis (ioredis)', 'own redis (node-redis)', 'own sharded redis (ioredis)']) {
  describeNodes(`the nodes of a cluster with ${adapter}`, adapter, 3_000, (cluster) => {
    it('tell what the others have answered, and who has not, while one stands still; it resumes', async () => {
      const { a, b } = cluster();
      const still = await cluster().grow();
      await Promise.all([cluster().connect(a), cluster().connect(b), cluster().connect(still)]);
      const id = await still.evaluate((io) => (io.of('/').adapter as unknown as { nodeId: string }).nodeId);
      await eventually('they know each other', () =>
        a.evaluate((io) => (io.of('/').adapter as unknown as { nodes: string[] }).nodes.length === 2),
      );
      still.signal('SIGSTOP');
      const asked = fetchAll(a);
      const told = a.evaluate((io) =>
        io.serverSideEmitWithAck('nobody listens').catch((error: { missingNodes: string[] }) => error.missingNodes),
      );
      expect(await asked).toEqual({ sockets: 2, missing: [id] });
      expect(await told).toContain(id);
      still.signal('SIGCONT');
      await eventually('it answers again', async () => (await fetchAll(a)).sockets === 3);
      cluster().forget(still);
      await still.stop();
      await cluster().counts(a, 2);
    });

    it('reach a socket by its id as soon as its client knows it', async () => {
      const { a, b } = cluster();
      for (let n = 0; n < 20; n++) {
        const member = await cluster().connect(b, `b${n}`);
        const hello = new Promise((resolve) => member.client.once('hello', resolve));
        await a.evaluate((io, id, name) => void io.to(id).emit('hello', name), member.client.id!, n);
        expect(await hello).toBe(n);
      }
    });
  });

  // Nobody is given up for being late: what they wait for is settled by what Redis knows.
  describeNodes(`the nodes of a cluster with ${adapter}, however long they wait`, adapter, 600_000, (cluster) => {
    it('settle at once what one owes that was killed while it was asked', async () => {
      const { a, b } = cluster();
      const killed = await cluster().grow();
      await Promise.all([cluster().connect(a), cluster().connect(b), cluster().connect(killed)]);
      await eventually('they know each other', () =>
        a.evaluate((io) => (io.of('/').adapter as unknown as { nodes: string[] }).nodes.length === 2),
      );
      killed.signal('SIGSTOP');
      const asked = fetchAll(a);
      cluster().forget(killed);
      await killed.kill();
      // No error: the partial result is all there can be.
      expect(await asked).toEqual({ sockets: 2, missing: null });
      expect(await serverCount(a)).toBe(2);
    });
  });
}
