import { Logger, Module, type DynamicModule, type FactoryProvider, type Provider } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { RookeryError, Server, type LogSink } from '../server/index.js';
import { Broadcaster } from './broadcaster/broadcaster.service.js';
import { Admission } from './handshake/admission.js';
import { DefaultAccess } from './handshake/default-access.js';
import { UserRooms } from './handshake/user-rooms.js';
import { HttpAttacher } from './http/http-attacher.js';
import { ShutdownModule } from './lifecycle/shutdown.module.js';
import { SocketIoLifecycle } from './lifecycle/socketio.lifecycle.js';
import { GatewayBinder } from './pipeline/gateway-binder.js';
import { GatewayExplorer } from './pipeline/gateway-explorer.js';
import { RoomRulesCompiler } from './rooms/room-rules.js';
import type { SocketIoModuleAsyncOptions, SocketIoModuleOptions, SocketIoOptionsFactory } from './socketio.options.js';
import { SOCKET_IO_OPTIONS, SOCKET_IO_SERVER } from './socketio.tokens.js';
import { SocketIoAdapter } from './websockets/socketio.adapter.js';

/**
 * Serves Socket.IO in a Nest application. Import it once, in the root module: it is global.
 *
 * It installs its WebSocket adapter itself; `main.ts` stays as it is.
 */
@Module({})
export class SocketIoModule {
  /** @param options the server's options and `drainTimeout`. */
  static forRoot(options: SocketIoModuleOptions = {}): DynamicModule {
    return create([], { provide: SOCKET_IO_OPTIONS, useValue: options });
  }

  /** Takes the options from a factory, a class, or a provider that exists. */
  static forRootAsync(options: SocketIoModuleAsyncOptions): DynamicModule {
    return create(options.imports ?? [], ...asyncProviders(options));
  }
}

function create(imports: NonNullable<DynamicModule['imports']>, ...options: Provider[]): DynamicModule {
  return {
    module: SocketIoModule,
    global: true,
    imports: [...imports, ShutdownModule],
    providers: [
      ...options,
      serverProvider,
      adapterProvider,
      GatewayExplorer,
      DefaultAccess,
      UserRooms,
      Admission,
      RoomRulesCompiler,
      GatewayBinder,
      HttpAttacher,
      SocketIoLifecycle,
      Broadcaster,
    ],
    // The lifecycle is for our own ShutdownModule.
    exports: [SOCKET_IO_SERVER, Broadcaster, SocketIoLifecycle],
  };
}

const serverProvider: FactoryProvider<Server> = {
  provide: SOCKET_IO_SERVER,
  inject: [SOCKET_IO_OPTIONS, DefaultAccess, UserRooms],
  useFactory: (options: SocketIoModuleOptions, access: DefaultAccess, rooms: UserRooms) => {
    const server = new Server(withDefaults(options));
    // Before anybody can make a namespace.
    access.watch(server);
    rooms.watch(server);
    return server;
  },
};

const adapterProvider: FactoryProvider<SocketIoAdapter> = {
  provide: SocketIoAdapter,
  inject: [ApplicationConfig, SOCKET_IO_SERVER, SOCKET_IO_OPTIONS],
  // Before Nest looks for gateways of its own; an adapter that the application sets later wins.
  useFactory: (config: ApplicationConfig, server: Server, options: SocketIoModuleOptions) => {
    const adapter = new SocketIoAdapter(server, withDefaults(options));
    config.setIoAdapter(adapter);
    return adapter;
  },
};

function asyncProviders(options: SocketIoModuleAsyncOptions): Provider[] {
  const { useFactory, useClass, useExisting, inject = [] } = options;
  if (useFactory !== undefined) return [{ provide: SOCKET_IO_OPTIONS, useFactory, inject }];
  const token = useClass ?? useExisting;
  if (token === undefined) {
    throw new RookeryError('INVALID_OPTION', 'forRootAsync() needs useFactory, useClass or useExisting');
  }
  const fromFactory: Provider = {
    provide: SOCKET_IO_OPTIONS,
    inject: [token],
    useFactory: (factory: SocketIoOptionsFactory) => factory.createSocketIoOptions(),
  };
  return useClass === undefined ? [fromFactory] : [useClass, fromFactory];
}

function withDefaults(options: SocketIoModuleOptions): SocketIoModuleOptions {
  const { log = nestLog(), connectionStateRecovery } = options;
  if (connectionStateRecovery === undefined) return { ...options, log };
  // Who may enter is asked again of a client that comes back: its token may have expired, its user is not kept.
  return { ...options, log, connectionStateRecovery: { skipMiddlewares: false, ...connectionStateRecovery } };
}

/** Nest's logger, as the server writes to it. */
function nestLog(): LogSink {
  const logger = new Logger('SocketIo');
  return {
    warn: (message) => logger.warn(message),
    error: (message, stack) => logger.error(message, stack),
  };
}
