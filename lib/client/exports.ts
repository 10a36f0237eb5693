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
export type { AckCallback } from './acks.js';
export type { Build } from './build.js';
export type { EngineBuild } from './engine-build.js';
export type { Emitter } from './emitter.js';
export type { CloseDescription, EngineCloseReason, EngineEvents, EngineHandler } from './engine-events.js';
export type { BaseEngine } from './base-engine.js';
export type { BaseManager, ManagerEvents } from './base-manager.js';
export type { BaseSocket, DisconnectReason, Flags, SocketManager, SocketReservedEvents } from './base-socket.js';
export type { EventsOf } from './events-of.js';
export type { BaseIo, Io } from './io.js';
export type { Auth, EngineOptions, IoOptions, ManagerOptions, SocketOptions } from './options.js';
export type { ClientPacket, CodecFactory, PacketCodec, PacketDecoder, PacketEncoder, Parser } from './parser.js';
export type { Timer, TimerOptions, Timers } from './timers.js';
export type { WebSocketLike } from './transport/plain-websocket.js';
export type { TransportError } from './transport/transport-error.js';
export type { TransportOptions } from './transport/transport-options.js';
export type {
  Transport,
  CloseDetails,
  OutgoingPacket,
  TransportClass,
  TransportQuery,
  TransportSink,
} from './transport/transport.js';
export type { UpgradableEngine, UpgradeStart } from './upgrade.js';

/** The revision of the Socket.IO protocol. */
export const protocol = 5;
