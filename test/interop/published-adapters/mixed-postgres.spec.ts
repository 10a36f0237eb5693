import { describeClusterAdapter } from './cluster-adapter.contract.js';
import { postgresBroker } from './cluster-node.js';

describeClusterAdapter('a mixed cluster over postgres, from this server to the published one', {
  broker: postgresBroker,
  adapter: 'postgres',
  nodes: ['rookery', 'socket.io'],
});

describeClusterAdapter('a mixed cluster over postgres, from the published server to this one', {
  broker: postgresBroker,
  adapter: 'postgres',
  nodes: ['socket.io', 'rookery'],
});
