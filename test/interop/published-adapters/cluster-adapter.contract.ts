import { afterAll, afterEach, beforeAll, expect, jest } from '@jest/globals';
import { describeWith } from '../../support/debian.js';
import { describeAcks } from './acks.contract.js';
import { describeBroadcasts } from './broadcasts.contract.js';
import { Cluster, type ClusterDescription } from './cluster.js';
import { describeFlags } from './flags.contract.js';
import { describeNodes } from './nodes.contract.js';
import { describeSockets } from './sockets.contract.js';

// Brokers and nodes are processes that take their time to start.
const startTimeout = 60_000;
// A node that is killed, or gives no answer, is waited for once in each cluster: not for longer than shows it.
const waits = { heartbeatInterval: 500, heartbeatTimeout: 2_500, requestsTimeout: 1_500 };

/** What a cluster does with a published adapter, whoever serves on its nodes. */
export function describeClusterAdapter(name: string, description: ClusterDescription): void {
  describeWith(description.broker.needs, name, () => {
    let cluster: Cluster;
    const current = (): Cluster => cluster;
    jest.setTimeout(30_000);

    beforeAll(async () => {
      cluster = await Cluster.start({ ...description, adapterOptions: { ...waits, ...description.adapterOptions } });
    }, startTimeout);

    afterEach(async () => {
      await cluster.clear();
      expect(await cluster.logged()).toEqual([]);
    });

    afterAll(() => cluster?.stop(), startTimeout);

    describeBroadcasts(current);
    describeFlags(current);
    describeAcks(current, description.nodes);
    describeSockets(current);
    describeNodes(current, description.nodes);
  });
}
