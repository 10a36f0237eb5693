import type { BrokerKind } from '../../interop/published-adapters/cluster-node.js';
import { natsBroker, postgresBroker, redisBroker } from '../../interop/published-adapters/cluster-node.js';
import type { Crew } from '../../cluster/faults/crew.js';
import { natsIntruder } from './nats-intruder.js';
import { nodeClusterIntruder } from './node-cluster-intruder.js';
import { postgresIntruder } from './postgres-intruder.js';
import { redisIntruder } from './redis-intruder.js';

/** Somebody who can reach a bus: he hears what nodes say there, and says what he likes. */
export interface Intruder {
  /** Whatever nodes have said since he came, and where. */
  readonly heard: readonly Overheard[];
  /** Where nodes listen; asked anew, as they come and go. */
  places(): Promise<readonly string[]>;
  /** Resolves once the bus has taken all of them. */
  say(place: string, messages: readonly Buffer[]): Promise<void>;
  leave(): Promise<void>;
}

/** A message of a node. */
export interface Overheard {
  readonly place: string;
  readonly bytes: Buffer;
}

/** How somebody gets into each bus. */
const ways = new Map<BrokerKind, (crew: Crew) => Promise<Intruder>>([
  [redisBroker, redisIntruder],
  [natsBroker, natsIntruder],
  [postgresBroker, postgresIntruder],
]);

export function intrude(broker: BrokerKind, crew: Crew): Promise<Intruder> {
  return (ways.get(broker) ?? nodeClusterIntruder)(crew);
}
