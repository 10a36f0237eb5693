import { describeClusterAdapter } from './cluster-adapter.contract.js';
import { redisBroker } from './cluster-node.js';

describeClusterAdapter('a mixed cluster over redis streams, from this server to the published one', {
  broker: redisBroker,
  adapter: 'redis streams (ioredis)',
  nodes: ['rookery', 'socket.io'],
});

describeClusterAdapter('a mixed cluster over redis streams, from the published server to this one', {
  broker: redisBroker,
  adapter: 'redis streams (ioredis)',
  nodes: ['socket.io', 'rookery'],
});
