import { redisBroker } from '../interop/published-adapters/cluster-node.js';
import { describeRecovery } from '../interop/published-adapters/recovery.contract.js';

const offset = /^\d+-\d+(~[\w-]+~\w+)?$/;

for (const client of ['node-redis', 'ioredis']) {
  describeRecovery(`recovery with redisStreamsAdapter over ${client}`, {
    broker: redisBroker,
    adapter: `own redis streams (${client})`,
    nodes: ['rookery', 'rookery'],
    offset,
    isOffsetShared: false,
  });
}
