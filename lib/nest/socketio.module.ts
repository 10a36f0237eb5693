import { Module, type DynamicModule, type FactoryProvider, type Provider } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { Server, type Namespace } from '../server/index.js';
import { AdapterSource } from './adapter/adapter-source.js';
import { rootOptions, type WithInjectedAdapter } from './adapter/injected-adapter.js';
import { asyncProviders } from './async-options.js';
import { Broadcaster } from './broadcaster/broadcaster.service.js';
import { lazyNamespace } from './broadcaster/lazy-namespace.js';
import { Admission } from './handshake/admission.js';
import { DefaultAccess } from './handshake/default-access.js';
import { UserConnections } from './handshake/user-connections.js';
import { withInboxes } from './handshake/user-inboxes.js';
import { UserRooms } from './handshake/user-rooms.js';
import { EngineMiddlewares } from './http/engine-middlewares.js';
import { SocketIoHealthIndicator } from './health/socket-io.health-indicator.js';
import { HttpAttacher } from './http/http-attacher.js';
import { ShutdownModule } from './lifecycle/shutdown.module.js';
import { SocketIoLifecycle } from './lifecycle/socketio.lifecycle.js';
import { withLog } from './nest-log.js';
import { GatewayBinder } from './pipeline/gateway-binder.js';
import { GatewayExplorer } from './pipeline/gateway-explorer.js';
import { RequestContexts } from './pipeline/request-contexts.js';
import { Presence } from './presence/presence.service.js';
import { PolicyLoader } from './rooms/policy-loader.js';
import { RoomLimits } from './rooms/room-limits.js';
import { RoomRulesCompiler } from './rooms/room-rules-compiler.js';
import type { SocketIoModuleAsyncOptions, SocketIoModuleOptions } from './socketio.options.js';
import { namespaceToken, namespaceTokens, SOCKET_IO_OPTIONS, SOCKET_IO_SERVER } from './socketio.tokens.js';
import { SocketIoAdapter } from './websockets/socketio.adapter.js';
import { mergedOptions } from './websockets/port-server.js';
import { applicationPort, untouchedGateways, type UntouchedGateway } from './websockets/untouched-gateways.js';

/**
 * Serves Socket.IO in a Nest application. Import it once, in the root module: it is global.
 *
 * It installs its WebSocket adapter itself; `main.ts` stays as it is.
 */
@Module({})
export class SocketIoModule {
  /** @param options the server's options and `drainTimeout`. */
  static forRoot(options: WithInjectedAdapter<SocketIoModuleOptions> = {}): DynamicModule {
    const { imports, providers } = rootOptions(options);
    return create(imports, ...providers);
  }

  /**
   * Makes namespaces injectable where `forRoot()` could not know of them: in modules that are loaded lazily.
   *
   * @param names what `@InjectNamespace()` is given there.
   */
  static forFeature(names: readonly string[]): DynamicModule {
    const providers = names.map((name) => namespaceProvider(name, namespaceToken(name)));
    return { module: FeatureModule, providers, exports: providers };
  }

  /** Takes the options from a factory, a class, or a provider that exists. */
  static forRootAsync(options: SocketIoModuleAsyncOptions): DynamicModule {
    return create(options.imports ?? [], ...asyncProviders(SOCKET_IO_OPTIONS, options));
  }
}

/** What a feature brings; a class of its own, because `SocketIoModule` is there once. */
@Module({})
class FeatureModule {}

function namespaceProvider(name: string, token: symbol): FactoryProvider<Namespace> {
  return { provide: token, inject: [SOCKET_IO_SERVER], useFactory: (server: Server) => lazyNamespace(server, name) };
}

function create(imports: NonNullable<DynamicModule['imports']>, ...options: Provider[]): DynamicModule {
  const namespaces = [...namespaceTokens()].map(([name, token]) => namespaceProvider(name, token));
  return {
    module: SocketIoModule,
    global: true,
    imports: [...imports, ShutdownModule],
    providers: [
      ...options,
      AdapterSource,
      serverProvider,
      adapterProvider,
      GatewayExplorer,
      DefaultAccess,
      RequestContexts,
      UserConnections,
      UserRooms,
      Admission,
      PolicyLoader,
      RoomLimits,
      RoomRulesCompiler,
      GatewayBinder,
      EngineMiddlewares,
      HttpAttacher,
      SocketIoLifecycle,
      Broadcaster,
      Presence,
      SocketIoHealthIndicator,
      ...namespaces,
    ],
    // The lifecycle is for our own ShutdownModule.
    exports: [SOCKET_IO_SERVER, Broadcaster, Presence, SocketIoHealthIndicator, SocketIoLifecycle, ...namespaces],
  };
}

const serverProvider: FactoryProvider<Server> = {
  provide: SOCKET_IO_SERVER,
  inject: [SOCKET_IO_OPTIONS, AdapterSource, ModulesContainer, DefaultAccess, UserRooms],
  useFactory: (
    options: SocketIoModuleOptions,
    source: AdapterSource,
    modules: ModulesContainer,
    access: DefaultAccess,
    rooms: UserRooms,
  ) => {
    const server = new Server(withInboxes(rooms.owning(sharedOptions(options, source, modules))));
    // Before anybody can make a namespace.
    access.watch(server, gatewaysOfApplication(modules));
    rooms.watch(server);
    return server;
  },
};

const adapterProvider: FactoryProvider<SocketIoAdapter> = {
  provide: SocketIoAdapter,
  inject: [
    ApplicationConfig,
    SOCKET_IO_SERVER,
    SOCKET_IO_OPTIONS,
    AdapterSource,
    ModulesContainer,
    EngineMiddlewares,
    DefaultAccess,
    UserRooms,
  ],
  // Before Nest looks for gateways of its own; an adapter that the application sets later wins.
  useFactory: (
    config: ApplicationConfig,
    server: Server,
    options: SocketIoModuleOptions,
    source: AdapterSource,
    modules: ModulesContainer,
    middlewares: EngineMiddlewares,
    access: DefaultAccess,
    rooms: UserRooms,
  ) => {
    const own = withInboxes(rooms.owning(withDefaults({ ...options, adapter: source.adapter })));
    const ioAdapter = new SocketIoAdapter(server, own, {
      shared: sharedOptions(options, source, modules),
      access,
      gateways: () => untouchedGateways(modules),
      prepare: ({ engine }) => middlewares.install(engine),
      isWaitedFor: true,
    });
    config.setIoAdapter(ioAdapter);
    return ioAdapter;
  },
};

/** The gateways of `@nestjs/websockets` on the application's own port. */
function gatewaysOfApplication(modules: ModulesContainer): UntouchedGateway[] {
  return untouchedGateways(modules).filter(({ port }) => port === applicationPort);
}

/** What the application's server is made with: what untouched gateways ask of it counts where the module is silent. */
function sharedOptions(
  options: SocketIoModuleOptions,
  { adapter }: AdapterSource,
  modules: ModulesContainer,
): SocketIoModuleOptions {
  const asked = gatewaysOfApplication(modules);
  // The first one counts; what another one wants is a conflict.
  const adopted = Object.assign({}, ...asked.reverse().map((gateway) => gateway.options)) as SocketIoModuleOptions;
  return withDefaults(mergedOptions(adopted, { ...options, adapter }));
}

function withDefaults(given: SocketIoModuleOptions): SocketIoModuleOptions {
  const { security = 'strict', connectionStateRecovery } = given;
  const options = { ...given, security };
  if (connectionStateRecovery === undefined) return withLog(options);
  // Who may enter is asked again of a client that comes back: its token may have expired, its user is not kept.
  return withLog({ ...options, connectionStateRecovery: { skipMiddlewares: false, ...connectionStateRecovery } });
}
