export { redisAdapter } from './redis-adapter.js';
export type { RedisAdapterOptions } from './options.js';
export type { RedisClient } from '../redis-common/connection-options.js';
