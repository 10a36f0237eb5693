import type { AdapterHost, ClusterAdapter, DeliveryLog, DeliveryLogLimits } from '../../lib/adapter/index.js';
import type { DeliveryStore } from '../contract/delivery-log.contract.js';
import { BareNodes } from './bare-nodes.js';

/** Limits that nothing in a test comes near to. */
export const roomy: DeliveryLogLimits = { maxAge: 3_600_000, maxMessagesPerStream: 1_000, maxMessages: 100_000 };

/** A store whose logs are those of nodes, each with an adapter of its own. @param create makes one, with connections. */
export function storeOver(create: () => (host: AdapterHost) => ClusterAdapter): DeliveryStore {
  const nodes = new BareNodes();
  return {
    async open(namespace, limits) {
      const { adapter } = await nodes.start(create(), { name: namespace });
      return openLog(adapter, limits);
    },
    close: () => nodes.close(),
  };
}

/** The log of an adapter whose bus keeps messages. */
export function openLog(adapter: ClusterAdapter, limits: Partial<DeliveryLogLimits> = {}): DeliveryLog {
  const log = adapter.openDeliveryLog({ ...roomy, ...limits });
  if (log === undefined) throw new Error('The bus of this adapter keeps no messages');
  return log;
}
