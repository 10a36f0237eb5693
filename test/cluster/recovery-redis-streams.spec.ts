import { describeRecovery } from '../interop/published-adapters/recovery.contract.js';

const offset = /^\d+-\d+(~[\w-]+~\w+)?$/;

for (const client of ['node-redis', 'ioredis']) {
  describeRecovery(`recovery with redisStreamsAdapter over ${client}`, {
    adapter: `own redis streams (${client})`,
    nodes: ['rookery', 'rookery'],
    offset,
    isPublished: false,
  });
}
