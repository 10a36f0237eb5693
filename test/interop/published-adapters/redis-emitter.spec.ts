import { describeRedisEmitter } from './redis-emitter.contract.js';

describeRedisEmitter('the published redis emitter', 'redis (node-redis)');
