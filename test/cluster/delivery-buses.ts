import {
  natsBroker,
  nodeClusterBroker,
  postgresBroker,
  redisBroker,
  type BrokerKind,
} from '../interop/published-adapters/cluster-node.js';

/** One adapter for each kind of delivery log. */
export const deliveryBuses: readonly (readonly [adapter: string, broker: BrokerKind])[] = [
  ['rookery/node-cluster', nodeClusterBroker('rookery')],
  ['own redis (ioredis)', redisBroker],
  ['own redis streams (node-redis)', redisBroker],
  ['own postgres', postgresBroker],
  ['nats', natsBroker],
];
