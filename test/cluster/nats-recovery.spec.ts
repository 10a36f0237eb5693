import { natsBroker } from '../interop/published-adapters/cluster-node.js';
import { describeRecovery } from '../interop/published-adapters/recovery.contract.js';

describeRecovery('recovery over JetStream', {
  broker: natsBroker,
  adapter: 'jetstream',
  nodes: ['rookery', 'rookery'],
  offset: /^[a-z0-9.]+(~[\w-]+~[a-z0-9]+)?$/,
  isOffsetShared: false,
});
