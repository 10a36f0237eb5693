import {
  natsBroker,
  nodeClusterBroker,
  postgresBroker,
  redisBroker,
  type BrokerKind,
} from '../interop/published-adapters/cluster-node.js';
import { describeEmitter } from './emitter.contract.js';

const links: readonly [broker: BrokerKind, adapter: string][] = [
  [redisBroker, 'own redis (ioredis)'],
  [redisBroker, 'own redis (node-redis)'],
  [redisBroker, 'own batched redis (ioredis)'],
  [redisBroker, 'own sharded redis (ioredis)'],
  [redisBroker, 'own redis streams (ioredis)'],
  [natsBroker, 'nats'],
  [natsBroker, 'jetstream'],
  [postgresBroker, 'own postgres'],
  [postgresBroker, 'own postgres (recovery)'],
  [nodeClusterBroker('rookery'), 'rookery/node-cluster'],
];

for (const [broker, adapter] of links) {
  describeEmitter(`broadcasts from a process without a server, over ${adapter}`, { broker, adapter });
}
