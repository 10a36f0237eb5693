import { describeClusterAdapter } from './cluster-adapter.contract.js';
import { redisBroker } from './cluster-node.js';

for (const client of ['node-redis', 'ioredis']) {
  describeClusterAdapter(`the published redis streams adapter with ${client}`, {
    broker: redisBroker,
    adapter: `redis streams (${client})`,
    nodes: ['rookery', 'rookery'],
  });
}
