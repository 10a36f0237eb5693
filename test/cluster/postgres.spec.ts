import { describeClusterAdapter } from '../interop/published-adapters/cluster-adapter.contract.js';
import { postgresBroker } from '../interop/published-adapters/cluster-node.js';

const kinds = [
  ['postgresAdapter', 'own postgres'],
  ['postgresAdapter with a pool', 'own postgres (pool)'],
  ['postgresAdapter with recovery', 'own postgres (recovery)'],
] as const;

for (const [name, adapter] of kinds) {
  describeClusterAdapter(name, { broker: postgresBroker, adapter, nodes: ['rookery', 'rookery'] });
}
