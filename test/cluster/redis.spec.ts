import { describeClusterAdapter } from '../interop/published-adapters/cluster-adapter.contract.js';
import { redisBroker } from '../interop/published-adapters/cluster-node.js';

for (const client of ['node-redis', 'ioredis']) {
  describeClusterAdapter(`redisAdapter with ${client}`, {
    broker: redisBroker,
    adapter: `own redis (${client})`,
    nodes: ['rookery', 'rookery'],
  });

  describeClusterAdapter(`redisAdapter with ${client}, in batches`, {
    broker: redisBroker,
    adapter: `own batched redis (${client})`,
    nodes: ['rookery', 'rookery'],
  });

  describeClusterAdapter(`redisAdapter with ${client}, sharded`, {
    broker: redisBroker,
    adapter: `own sharded redis (${client})`,
    nodes: ['rookery', 'rookery'],
  });
}
