import { postgresBroker } from '../interop/published-adapters/cluster-node.js';
import { describeRecovery } from '../interop/published-adapters/recovery.contract.js';

describeRecovery('recovery over PostgreSQL', {
  broker: postgresBroker,
  adapter: 'own postgres (recovery)',
  nodes: ['rookery', 'rookery'],
  offset: /^[a-z0-9]+\.[a-z0-9]+(~[\w-]+~[a-z0-9]+)?$/,
  isOffsetShared: false,
});
