import { describeClusterAdapter } from './cluster-adapter.contract.js';
import { redisBroker } from './cluster-node.js';

describeClusterAdapter('a mixed cluster over redis, from this server to the published one', {
  broker: redisBroker,
  adapter: 'redis (node-redis)',
  nodes: ['rookery', 'socket.io'],
});

describeClusterAdapter('a mixed cluster over redis, from the published server to this one', {
  broker: redisBroker,
  adapter: 'redis (node-redis)',
  nodes: ['socket.io', 'rookery'],
});
