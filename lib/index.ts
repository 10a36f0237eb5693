export * from './nest/index.js';
export type { Server, Socket } from './server/index.js';
