export {
  Adapter,
  canRecover,
  type AdapterConstructor,
  type RestoredSession,
  type SessionToPersist,
  type SocketDescription,
} from './adapter.js';
export type { BroadcastFlags, BroadcastOptions, Room, SocketId } from './broadcast-options.js';
export type { AdapterHost, AdapterSocket } from './host.js';
export { InMemoryAdapter } from './in-memory-adapter.js';
export { RecoveringAdapter } from './recovering-adapter.js';
