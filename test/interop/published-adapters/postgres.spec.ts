import { describeClusterAdapter } from './cluster-adapter.contract.js';
import { postgresBroker } from './cluster-node.js';

describeClusterAdapter('the published postgres adapter', {
  broker: postgresBroker,
  adapter: 'postgres',
  nodes: ['rookery', 'rookery'],
});
