import { nodeClusterBroker } from '../interop/published-adapters/cluster-node.js';
import { describeClusterAdapter } from '../interop/published-adapters/cluster-adapter.contract.js';

describeClusterAdapter('nodeClusterAdapter(), in workers of node:cluster', {
  broker: nodeClusterBroker('rookery'),
  adapter: 'rookery/node-cluster',
  nodes: ['rookery', 'rookery'],
});
