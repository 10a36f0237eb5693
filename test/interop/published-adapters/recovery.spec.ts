import { redisBroker, type ServerName } from './cluster-node.js';
import { describeRecovery } from './recovery.contract.js';

const clusters: [name: string, adapter: string, nodes: [ServerName, ServerName]][] = [
  ['this server with node-redis', 'redis streams (node-redis)', ['rookery', 'rookery']],
  ['this server with ioredis', 'redis streams (ioredis)', ['rookery', 'rookery']],
  ['this server, then the published one', 'redis streams (ioredis)', ['rookery', 'socket.io']],
  ['the published server, then this one', 'redis streams (ioredis)', ['socket.io', 'rookery']],
];

for (const [name, adapter, nodes] of clusters) {
  describeRecovery(`recovery over redis streams: ${name}`, {
    broker: redisBroker,
    adapter,
    nodes,
    offset: /^\d+-\d+$/,
    isOffsetShared: true,
  });
}
