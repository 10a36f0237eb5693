import { describeClusterAdapter } from './cluster-adapter.contract.js';
import { redisBroker } from './cluster-node.js';

for (const client of ['node-redis', 'ioredis']) {
  describeClusterAdapter(`the published redis adapter with ${client}`, {
    broker: redisBroker,
    adapter: `redis (${client})`,
    nodes: ['rookery', 'rookery'],
  });
}
