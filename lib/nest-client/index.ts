export { InjectSocket } from './decorators/inject-socket.decorator.js';
export type { ServerEventOptions } from './decorators/metadata.js';
export { OnServerConnect } from './decorators/on-server-connect.decorator.js';
export { OnServerDisconnect } from './decorators/on-server-disconnect.decorator.js';
export { OnServerEvent } from './decorators/on-server-event.decorator.js';
export { ServerEventArg } from './decorators/server-event-arg.decorator.js';
export { ServerEventPayload } from './decorators/server-event-payload.decorator.js';
export type { GlobalEnhancerSwitch, ProvidedOptions } from '../nest-common/index.js';
export { SocketClientHealthIndicator, type SocketClientHealth } from './socket-client.health-indicator.js';
export { SocketClientModule } from './socket-client.module.js';
export type {
  SocketClientIdentity,
  SocketClientModuleAsyncOptions,
  SocketClientModuleOptions,
  SocketClientOptions,
  SocketClientOptionsFactory,
} from './socket-client.options.js';
export { socketToken } from './socket-client.tokens.js';
