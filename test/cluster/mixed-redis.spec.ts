import { describeClusterAdapter } from '../interop/published-adapters/cluster-adapter.contract.js';
import { redisBroker } from '../interop/published-adapters/cluster-node.js';
import { describeRedisEmitter } from '../interop/published-adapters/redis-emitter.contract.js';

const pairs = [
  ['node-redis', 'ioredis'],
  ['ioredis', 'node-redis'],
] as const;

for (const [own, published] of pairs) {
  describeClusterAdapter(`a mixed cluster, from redisAdapter (${own}) to the published adapter (${published})`, {
    broker: redisBroker,
    adapter: [`own redis (${own})`, `redis (${published})`],
    nodes: ['rookery', 'socket.io'],
  });

  describeClusterAdapter(`a mixed cluster, from the published adapter (${published}) to redisAdapter (${own})`, {
    broker: redisBroker,
    adapter: [`redis (${published})`, `own redis (${own})`],
    nodes: ['socket.io', 'rookery'],
  });

  describeClusterAdapter(
    `a mixed cluster, from redisAdapter (${own}), which could write batches, to the published one`,
    {
      broker: redisBroker,
      adapter: [`own batched redis (${own})`, `redis (${published})`],
      nodes: ['rookery', 'socket.io'],
    },
  );

  describeRedisEmitter(`the published redis emitter, to redisAdapter (${own})`, `own redis (${own})`);
}
