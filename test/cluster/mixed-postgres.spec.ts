import { describeClusterAdapter } from '../interop/published-adapters/cluster-adapter.contract.js';
import { postgresBroker } from '../interop/published-adapters/cluster-node.js';

for (const own of ['own postgres', 'own postgres (recovery)']) {
  describeClusterAdapter(`a mixed cluster, from postgresAdapter to the published adapter: ${own}`, {
    broker: postgresBroker,
    adapter: [own, 'postgres'],
    nodes: ['rookery', 'socket.io'],
  });

  describeClusterAdapter(`a mixed cluster, from the published adapter to postgresAdapter: ${own}`, {
    broker: postgresBroker,
    adapter: ['postgres', own],
    nodes: ['socket.io', 'rookery'],
  });
}
