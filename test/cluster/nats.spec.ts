import { describeClusterAdapter } from '../interop/published-adapters/cluster-adapter.contract.js';
import { natsBroker } from '../interop/published-adapters/cluster-node.js';

const kinds = [
  ['natsAdapter', 'nats'],
  ['natsAdapter with a connection that it is given', 'nats (passed connection)'],
  ['natsAdapter with recovery', 'jetstream'],
] as const;

for (const [name, adapter] of kinds) {
  describeClusterAdapter(name, { broker: natsBroker, adapter, nodes: ['rookery', 'rookery'] });
}
