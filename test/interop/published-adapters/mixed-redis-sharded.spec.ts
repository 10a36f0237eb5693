import { describeClusterAdapter } from './cluster-adapter.contract.js';
import { redisBroker } from './cluster-node.js';

describeClusterAdapter('a mixed cluster over sharded redis, from this server to the published one', {
  broker: redisBroker,
  adapter: 'sharded redis (ioredis)',
  nodes: ['rookery', 'socket.io'],
});

describeClusterAdapter('a mixed cluster over sharded redis, from the published server to this one', {
  broker: redisBroker,
  adapter: 'sharded redis (ioredis)',
  nodes: ['socket.io', 'rookery'],
});
