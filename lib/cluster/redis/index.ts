export { redisAdapter } from './redis-adapter.js';
export type { RedisAdapterOptions, RedisClient } from './options.js';
