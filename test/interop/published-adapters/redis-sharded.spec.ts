import { describeClusterAdapter } from './cluster-adapter.contract.js';
import { redisBroker } from './cluster-node.js';

for (const client of ['node-redis', 'ioredis']) {
  describeClusterAdapter(`the published sharded redis adapter with ${client}`, {
    broker: redisBroker,
    adapter: `sharded redis (${client})`,
    nodes: ['rookery', 'rookery'],
  });
}
