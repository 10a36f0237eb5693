export { InjectSocket } from './decorators/inject-socket.decorator.js';
export type { ServerEventOptions } from './decorators/metadata.js';
export { OnServerConnect } from './decorators/on-server-connect.decorator.js';
export { OnServerDisconnect } from './decorators/on-server-disconnect.decorator.js';
export { OnServerEvent } from './decorators/on-server-event.decorator.js';
export { SocketClientHealthIndicator, type SocketClientHealth } from './socket-client.health-indicator.js';
export { SocketClientModule } from './socket-client.module.js';
export type {
  SocketClientIdentity,
  SocketClientModuleAsyncOptions,
  SocketClientModuleOptions,
  SocketClientOptions,
} from './socket-client.options.js';
export { socketToken } from './socket-client.tokens.js';
