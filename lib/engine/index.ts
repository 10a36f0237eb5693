export { closeReasons, type CloseReason } from './close-reason.js';
export type { EngineHandler, EngineSocketHandler } from './handler.js';
export { EngineServer } from './engine-server.js';
export { EngineSocket } from './engine-socket.js';
export type { EngineOptions, AttachOptions } from './options.js';
export type { Transport, TransportCloseCause, TransportName, TransportSink } from './transport/transport.js';
