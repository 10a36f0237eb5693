export { redisStreamsAdapter } from './redis-streams-adapter.js';
export type { RedisStreamsAdapterOptions } from './options.js';
export type { RedisClient } from '../redis-common/connection-options.js';
