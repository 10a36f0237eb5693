import { describeClusterAdapter } from '../interop/published-adapters/cluster-adapter.contract.js';
import { redisBroker } from '../interop/published-adapters/cluster-node.js';

const pairs = [
  ['node-redis', 'ioredis'],
  ['ioredis', 'node-redis'],
] as const;

for (const [own, published] of pairs) {
  describeClusterAdapter(`a mixed sharded cluster, from redisAdapter (${own}) to the published one (${published})`, {
    broker: redisBroker,
    adapter: [`own sharded redis (${own})`, `sharded redis (${published})`],
    nodes: ['rookery', 'socket.io'],
  });

  describeClusterAdapter(
    `a mixed sharded cluster, from the published adapter (${published}) to redisAdapter (${own})`,
    {
      broker: redisBroker,
      adapter: [`sharded redis (${published})`, `own sharded redis (${own})`],
      nodes: ['socket.io', 'rookery'],
    },
  );
}
