import { describeClusterAdapter } from '../interop/published-adapters/cluster-adapter.contract.js';
import { redisBroker } from '../interop/published-adapters/cluster-node.js';

for (const client of ['node-redis', 'ioredis']) {
  describeClusterAdapter(`redisStreamsAdapter with ${client}`, {
    broker: redisBroker,
    adapter: `own redis streams (${client})`,
    nodes: ['rookery', 'rookery'],
  });
}
