export { errorCodes, errorMessages, type ErrorCode } from './admission.js';
export { closeReasons, type CloseReason } from './close-reason.js';
export type { CookieOptions } from './cookie.js';
export { createCors } from './cors.js';
export type { CorsOptions, CorsOptionsDelegate, OriginFunction, StaticOrigin } from './cors.js';
export { EngineServer, EngineServer as Server, type ConnectionError } from './engine-server.js';
export {
  EngineSocket,
  EngineSocket as Socket,
  type ObservedPacket,
  type SendOptions,
  type SlowConsumerListener,
} from './engine-socket.js';
export type { EngineHandler } from './handler.js';
export { claimRequests, createPathTest } from './http-endpoint.js';
export type { LimitHit, LimitName, LimitReporter } from './limit-reporter.js';
export type { SlowConsumer } from './slow-consumer.js';
export { runMiddlewares, type EngineMiddleware } from './middleware.js';
export type { CheckOrigin, CheckOriginFunction } from './origin-check.js';
export { isAttachOption } from './options.js';
export type {
  AllowRequest,
  AttachOptions,
  EngineOptions,
  HttpCompressionOptions,
  PerMessageDeflateOptions,
  ResolvedEngineOptions,
  SlowConsumerPolicy,
  WebSocketEngine,
} from './options.js';
export { attach, listen, parser, protocol, transports, type ParsedPacket } from './published.js';
export type { SessionHost, SessionRouter, SessionRouting, SessionRoutingHealth } from './session-routing.js';
export type { EngineSocketHandler } from './socket-handler.js';
export { syntheticRequest, type RequestDescription } from './synthetic-request.js';
export type {
  Transport,
  TransportCloseCause,
  TransportCloseReason,
  TransportName,
  TransportSink,
} from './transport/transport.js';
export type { WebTransportSession, WebTransportStream } from './transport/webtransport.js';
