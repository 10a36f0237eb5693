export { Adapter, canRecover, type AdapterConstructor, type SocketDescription } from './adapter.js';
export type { BroadcastFlags, BroadcastOptions, Room, SocketId } from './broadcast-options.js';
export type { AdapterHost, AdapterSocket } from './host.js';
export { InMemoryAdapter, reachesNodes } from './in-memory-adapter.js';
export { RecoveringAdapter } from './recovering-adapter.js';
export { ClusterAdapter, type ClusterOptions } from './cluster-adapter.js';
export type { ClusterHealth } from './cluster-health.js';
export type {
  ClusterChannel,
  ClusterLink,
  ClusterLinkFactory,
  ClusterLog,
  LoggedBroadcast,
  RecoveringClusterLink,
} from './cluster-link.js';
export {
  asBroadcastOptions,
  asClusterMessage,
  isEventData,
  MessageType,
  type BroadcastData,
  type ClusterAnswer,
  type ClusterMessage,
  type NodeId,
  type WireOptions,
} from './cluster-message.js';
export { noDelivery } from './delivery-log.js';
export type {
  DeliveredMessage,
  DeliveryLog,
  DeliveryLogLimits,
  DeliveryOffset,
  DeliveryPage,
  KeepsDeliveries,
} from './delivery-log.js';
export { InMemoryDeliveryLog } from './in-memory-delivery-log.js';
export type { SessionLogLimits } from './session-log.js';
export type { RestoredSession, SessionLoss, SessionToPersist } from './session.js';
export { KeptEvent } from './kept-event.js';
export type { KeptSession } from './kept-session.js';
export { ClusterTimeoutError } from './cluster-requests.js';
export { RecoveringClusterAdapter } from './recovering-cluster-adapter.js';
