import { describe } from '@jest/globals';
import { nodeClusterBroker, type ServerName } from '../interop/published-adapters/cluster-node.js';
import { describeClusterAdapter } from '../interop/published-adapters/cluster-adapter.contract.js';

const mixed = 'node-cluster of each server';

describe.each<ServerName>(['rookery', 'socket.io'])('with setupPrimary() of %s', (primary) => {
  const broker = nodeClusterBroker(primary);

  describeClusterAdapter('a mixed cluster of workers, from this adapter to the published one', {
    broker,
    adapter: mixed,
    nodes: ['rookery', 'socket.io'],
    closedNodesAnswer: true,
  });

  describeClusterAdapter('a mixed cluster of workers, from the published adapter to this one', {
    broker,
    adapter: mixed,
    nodes: ['socket.io', 'rookery'],
  });
});

describeClusterAdapter('nodeClusterAdapter(), under the published setupPrimary()', {
  broker: nodeClusterBroker('socket.io'),
  adapter: 'rookery/node-cluster',
  nodes: ['rookery', 'rookery'],
});
