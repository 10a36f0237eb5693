export { BroadcastOperator } from './broadcast-operator.js';
export type { AnyListener } from '../shared/index.js';
export type { CloseOptions } from './close-options.js';
export { defaultClientLimits, type ClientLimits, type ResolvedClientLimits } from './client-limits.js';
export type { DisconnectReason } from './disconnect-reason.js';
export type { ErrorContext, ErrorListener, Uncaught } from './error-boundary.js';
export type { Handshake } from './handshake.js';
export type { Middleware } from './middleware.js';
export type { NamespaceLimits } from './namespace-limits.js';
export type { SecurityPreset, ServerOptions } from './options.js';
export { Namespace, type EventDispatcher, type ExpiredSession, type NamespaceReservedEvents } from './namespace.js';
export { ParentNamespace, type NamespaceMatcher } from './parent-namespace.js';
export type { PacketEncoder, Parser, PublishedDecoder } from './parser-port.js';
export type { ConnectionStateRecoveryOptions } from './recovery.js';
export type { Newcomers, ReliableDeliveryOptions } from './reliable/options.js';
export { RemoteSocket } from './remote-socket.js';
export { presetOf } from './security.js';
export { Server, type ServerReservedEvents } from './server.js';
export type { SocketConnection, SocketNamespace } from './socket-context.js';
export { Socket, type IncomingEvent, type SocketReservedEvents } from './socket.js';
export type {
  DefaultEventsMap,
  EventName,
  EventParams,
  EventsMap,
  EventsWithTimeout,
  ListenerFor,
  BroadcastParams,
  ParamsWithoutAck,
  AckResult,
} from '../shared/index.js';
export { createPathTest } from '../engine/index.js';
export { defaultLimits, isReservedEvent } from '../protocol/index.js';
export type {
  AttachOptions,
  CheckOrigin,
  CheckOriginFunction,
  CookieOptions,
  CorsOptions,
  CorsOptionsDelegate,
  LimitHit,
  LimitName,
  SlowConsumer,
  SlowConsumerListener,
  SlowConsumerPolicy,
} from '../engine/index.js';
export type { Adapter, AdapterConstructor, BroadcastOptions, Room, SocketId } from '../adapter/index.js';
export { RookeryError, errorCodes, type ErrorCode, type LogSink, type Rate } from '../shared/index.js';
export { adaptersStarted } from './adapter-start.js';
