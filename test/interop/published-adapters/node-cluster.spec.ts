import { describeClusterAdapter } from './cluster-adapter.contract.js';
import { nodeClusterBroker } from './cluster-node.js';

describeClusterAdapter('the published cluster adapter, in workers of node:cluster', {
  broker: nodeClusterBroker('socket.io'),
  adapter: 'cluster',
  nodes: ['rookery', 'rookery'],
  closedNodesAnswer: true,
});
