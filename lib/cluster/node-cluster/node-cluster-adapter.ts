import process from 'node:process';
import {
  ClusterAdapter,
  type AdapterHost,
  type ClusterChannel,
  type ClusterLink,
  type ClusterOptions,
  type NodeId,
} from '../../adapter/index.js';
import { LogQuestions } from './log-questions.js';
import { WorkerBus, type ProcessChannel } from './worker-bus.js';
import { adapterSource } from './wire.js';
import { WorkerDeliveryLog } from './worker-delivery-log.js';

/** Options of `nodeClusterAdapter()`. */
export type NodeClusterAdapterOptions = ClusterOptions;

const bus = new WorkerBus(process as ProcessChannel);
const questions = new LogQuestions(process as ProcessChannel);

/**
 * Makes the `adapter` option for workers of `node:cluster`: rooms and broadcasts of all workers of a primary.
 *
 * The primary passes the messages on: that of `clusterize()`, or one that has called `setupPrimary()`. Messages are those
 * of `@socket.io/cluster-adapter`: its workers and its primary work together with these.
 *
 * @throws RookeryError `INVALID_OPTION` when a namespace is made in a process that is no worker.
 */
export function nodeClusterAdapter(options: NodeClusterAdapterOptions = {}): (nsp: AdapterHost) => ClusterAdapter {
  const { requestsTimeout = 5_000 } = options;
  return (nsp) =>
    new ClusterAdapter(
      nsp,
      (channel) => ({
        ...createLink(bus, channel),
        openDeliveryLog: (limits) => new WorkerDeliveryLog(questions, channel.namespace, limits, requestsTimeout),
      }),
      options,
    );
}

/** @internal */
export function createLink(over: WorkerBus, channel: ClusterChannel): ClusterLink {
  over.assertWorker();
  const { nodeId: uid, namespace: nsp } = channel;
  const envelope = { source: adapterSource, uid, nsp } as const;
  return {
    open: () => over.add(channel),
    publish: (message) => over.send({ ...envelope, ...message }),
    reply: (requesterUid: NodeId | undefined, answer) => over.send({ ...envelope, ...answer, requesterUid }),
    close: () => over.remove(channel),
  };
}
