export { BroadcastOperator } from './broadcast-operator.js';
export type { DisconnectReason } from './disconnect-reason.js';
export { messageOf, type ErrorContext, type ErrorListener } from './error-boundary.js';
export type { Handshake } from './handshake.js';
export type { Middleware } from './middleware.js';
export { Namespace, type EventDispatcher } from './namespace.js';
export type { ServerOptions } from './options.js';
export { ParentNamespace, type NamespaceMatcher } from './parent-namespace.js';
export type { Parser } from './parser-port.js';
export type { ConnectionStateRecoveryOptions } from './recovery.js';
export { RemoteSocket } from './remote-socket.js';
export { Server } from './server.js';
export type { SocketConnection, SocketNamespace } from './socket-context.js';
export { Socket, type IncomingEvent } from './socket.js';
export type {
  DefaultEventsMap,
  EventName,
  EventParams,
  EventsMap,
  EventsWithTimeout,
  BroadcastParams,
  ParamsWithoutAck,
  AckResult,
} from './typed-events.js';
export { createPathTest } from '../engine/index.js';
export { isReservedEvent } from '../protocol/index.js';
export type { AttachOptions, CorsOptions, CorsOptionsDelegate, CookieOptions } from '../engine/index.js';
export type { Adapter, AdapterConstructor, BroadcastOptions, Room, SocketId } from '../adapter/index.js';
export { RookeryError, errorCodes, type ErrorCode, type LogSink } from '../shared/index.js';
