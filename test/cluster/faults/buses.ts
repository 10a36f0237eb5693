import {
  natsBroker,
  nodeClusterBroker,
  postgresBroker,
  redisBroker,
  type BrokerKind,
} from '../../interop/published-adapters/cluster-node.js';

/** A bus as it is put to the test. */
export interface Bus {
  /** What a user calls it. */
  readonly name: string;
  readonly broker: BrokerKind;
  /** The name of its adapter among those of the nodes. */
  readonly adapter: string;
  /** Whether it keeps messages and sessions. */
  readonly recovers: boolean;
}

export const buses: readonly Bus[] = [
  { name: 'Redis', broker: redisBroker, adapter: 'own redis (ioredis)', recovers: false },
  { name: 'Redis, sharded', broker: redisBroker, adapter: 'own sharded redis (ioredis)', recovers: false },
  { name: 'Redis, batched', broker: redisBroker, adapter: 'own batched redis (ioredis)', recovers: false },
  { name: 'Redis Streams', broker: redisBroker, adapter: 'own redis streams (ioredis)', recovers: true },
  { name: 'NATS', broker: natsBroker, adapter: 'nats', recovers: false },
  { name: 'NATS, JetStream', broker: natsBroker, adapter: 'jetstream', recovers: true },
  { name: 'PostgreSQL', broker: postgresBroker, adapter: 'own postgres', recovers: false },
  { name: 'PostgreSQL, recovery', broker: postgresBroker, adapter: 'own postgres (recovery)', recovers: true },
  { name: 'node:cluster', broker: nodeClusterBroker('rookery'), adapter: 'rookery/node-cluster', recovers: false },
];
