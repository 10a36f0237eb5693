import { Logger, Module, type DynamicModule, type FactoryProvider, type Provider } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { RookeryError, Server, type LogSink } from '../server/index.js';
import { Broadcaster } from './broadcaster/broadcaster.service.js';
import { HttpAttacher } from './http/http-attacher.js';
import { SocketIoLifecycle } from './lifecycle/socketio.lifecycle.js';
import { GatewayBinder } from './pipeline/gateway-binder.js';
import { GatewayExplorer } from './pipeline/gateway-explorer.js';
import type { SocketIoModuleAsyncOptions, SocketIoModuleOptions, SocketIoOptionsFactory } from './socketio.options.js';
import { SOCKET_IO_OPTIONS, SOCKET_IO_SERVER } from './socketio.tokens.js';
import { SocketIoAdapter } from './websockets/socketio.adapter.js';

const adapterInstalled = Symbol('rookery:adapter');

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
    imports,
    providers: [
      ...options,
      serverProvider,
      adapterProvider,
      GatewayExplorer,
      GatewayBinder,
      HttpAttacher,
      SocketIoLifecycle,
      Broadcaster,
    ],
    exports: [SOCKET_IO_SERVER, Broadcaster],
  };
}

const serverProvider: FactoryProvider<Server> = {
  provide: SOCKET_IO_SERVER,
  inject: [SOCKET_IO_OPTIONS],
  useFactory: (options: SocketIoModuleOptions) => {
    const { drainTimeout: _ours, ...serverOptions } = options;
    return new Server({ log: nestLog(), ...serverOptions });
  },
};

const adapterProvider: FactoryProvider<true> = {
  provide: adapterInstalled,
  inject: [ApplicationConfig, SOCKET_IO_SERVER],
  // Before Nest looks for gateways of its own; an adapter that the application sets later wins.
  useFactory: (config: ApplicationConfig, server: Server) => {
    config.setIoAdapter(new SocketIoAdapter(server));
    return true;
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

/** Nest's logger, as the server writes to it. */
function nestLog(): LogSink {
  const logger = new Logger('SocketIo');
  return {
    warn: (message) => logger.warn(message),
    error: (message, stack) => logger.error(message, stack),
  };
}
