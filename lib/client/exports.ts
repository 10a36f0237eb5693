export type {
  AckArguments,
  AckArgumentsByStyle,
  AckEnvelope,
  AckResult,
  AnswerStyleName,
  AnyListener,
  DefaultEventsMap,
  ErrorAnswer,
  EventName,
  EventParams,
  EventsMap,
  EventsWithTimeout,
  ListenerFor,
  ParamsWithoutAck,
} from '../shared/index.js';
export type { EnginePacket, EnginePacketType, OpenPacket, Packet, PacketType } from '../protocol/index.js';
export { AckError } from './ack-error.js';
export type { Build } from './build.js';
export type { Emitter } from './emitter.js';
export type { CloseDescription, EngineCloseReason, EngineEvents, EngineHandler } from './engine-events.js';
export { Engine } from './engine.js';
export type { EventsOf } from './events-of.js';
export { BaseManager, type ManagerEvents } from './manager.js';
export type { Io } from './io.js';
export type { Auth, EngineOptions, IoOptions, ManagerOptions, SocketOptions } from './options.js';
export type { ClientPacket, PacketDecoder, PacketEncoder, Parser } from './parser.js';
export { request, requestIn, type Request, type RequestResult } from './request.js';
export { Socket, type DisconnectReason, type SocketManager, type SocketReservedEvents } from './socket.js';
export type { Timer, TimerOptions, Timers } from './timers.js';
export { TransportError } from './transport/transport-error.js';
export type { TransportOptions } from './transport/transport-options.js';
export {
  Transport,
  type CloseDetails,
  type OutgoingPacket,
  type TransportClass,
  type TransportQuery,
  type TransportSink,
} from './transport/transport.js';
export type { UpgradableEngine, UpgradeStart } from './upgrade.js';
