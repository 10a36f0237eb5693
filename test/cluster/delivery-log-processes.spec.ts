import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Cluster, eventually, type ClusterDescription } from '../interop/published-adapters/cluster.js';
import type { ClusterNode } from '../interop/published-adapters/cluster-node.js';
import { describeWith } from '../support/debian.js';
import { deliveryBuses } from './delivery-buses.js';

for (const [adapter, broker] of deliveryBuses) {
  const description: ClusterDescription = { broker, adapter, nodes: ['rookery', 'rookery'] };

  describeWith(broker.needs, `the log of servers in several processes, over ${adapter}`, () => {
    let cluster: Cluster;
    jest.setTimeout(60_000);

    beforeAll(async () => {
      cluster = await Cluster.start(description);
    }, 60_000);
    afterAll(() => cluster?.stop(), 60_000);

    /** Calls a method of the log that a process has, with one list of arguments behind the other. */
    const call = (node: ClusterNode, method: string, calls: readonly unknown[][]): Promise<unknown[]> =>
      node.evaluate(
        async (io, name, all) => {
          type Log = Record<string, (...args: unknown[]) => Promise<unknown>>;
          const owner = io as unknown as { log?: Log };
          const { adapter: keeper } = io.of('/') as unknown as { adapter: { openDeliveryLog(limits: object): Log } };
          owner.log ??= keeper.openDeliveryLog({
            maxAge: 3_600_000,
            maxMessagesPerStream: 1_000,
            maxMessages: 100_000,
          });
          const answers = [];
          for (const args of all) answers.push(await owner.log[name]!(...args));
          return answers;
        },
        method,
        calls,
      );
    const append = (node: ClusterNode, stream: string, ...texts: string[]): Promise<unknown[]> =>
      call(
        node,
        'append',
        texts.map((text) => [stream, ['news', text]]),
      );
    /** All that a stream has: numbers, and the texts that were appended. */
    const read = async (node: ClusterNode, stream: string): Promise<[number: number, text: unknown][]> => {
      const [page] = await call(node, 'read', [[stream, { epoch: 0, number: 0 }, 1_000]]);
      const { messages } = page as { messages: { number: number; data: unknown[] }[] };
      return messages.map(({ number, data }) => [number, data[1]]);
    };

    it('is one, whoever writes', async () => {
      const texts = Array.from({ length: 50 }, (_, n) => String(n));
      await Promise.all([cluster.a, cluster.b].map((node) => append(node, 'one', ...texts)));
      const messages = await read(cluster.b, 'one');
      expect(await read(cluster.a, 'one')).toEqual(messages);
      expect(messages.map(([number]) => number)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
      expect(messages.map(([, text]) => text).sort()).toEqual([...texts, ...texts].sort());
    });

    it('has what a process wrote that was killed, and goes on behind it', async () => {
      const third = await cluster.grow();
      const [first] = await append(third, 'killed', 'before');
      cluster.forget(third);
      await third.kill();
      await eventually(
        'it is gone',
        async () => (await cluster.a.evaluate((io) => io.of('/').adapter.serverCount())) < 3,
      );
      expect(await append(cluster.a, 'killed', 'behind')).toEqual([{ ...(first as object), number: 2 }]);
      expect(await read(cluster.b, 'killed')).toEqual([
        [1, 'before'],
        [2, 'behind'],
      ]);
    });
  });
}
