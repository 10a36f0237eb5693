export * from './nest/index.js';
export type { DisconnectReason, Server, Socket } from './server/index.js';
