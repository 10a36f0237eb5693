import { describeClusterAdapter } from '../interop/published-adapters/cluster-adapter.contract.js';
import { redisBroker } from '../interop/published-adapters/cluster-node.js';

const pairs = [
  ['node-redis', 'ioredis'],
  ['ioredis', 'node-redis'],
] as const;

for (const [own, published] of pairs) {
  describeClusterAdapter(`a mixed cluster, from redisStreamsAdapter (${own}) to the published one (${published})`, {
    broker: redisBroker,
    adapter: [`own redis streams (${own})`, `redis streams (${published})`],
    nodes: ['rookery', 'socket.io'],
  });

  describeClusterAdapter(`a mixed cluster, from the published adapter (${published}) to redisStreamsAdapter (${own})`, {
    broker: redisBroker,
    adapter: [`redis streams (${published})`, `own redis streams (${own})`],
    nodes: ['socket.io', 'rookery'],
  });
}
