import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  type OnApplicationBootstrap,
  type Provider,
} from '@nestjs/common';
import { optionsProviders } from '../nest-common/index.js';
import { ServerEventBinder } from './server-event-binder.js';
import { ServerEventEnhancer } from './server-event-enhancer.js';
import { SocketClientHealthIndicator } from './socket-client.health-indicator.js';
import type {
  SocketClientIdentity,
  SocketClientModuleAsyncOptions,
  SocketClientModuleOptions,
  SocketClientOptions,
  SocketClientOptionsFactory,
} from './socket-client.options.js';
import { SocketClient } from './socket-client.js';
import { clientToken, defaultClient, SOCKET_CLIENT_OPTIONS, socketToken } from './socket-client.tokens.js';

/**
 * Connects a Nest application to a Socket.IO server, as a client.
 *
 * Import it in the root module, once for each client: it is global. It connects when the application has started, and
 * leaves before the application shuts down.
 */
@Module({})
export class SocketClientModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #client: SocketClient;
  readonly #binder: ServerEventBinder;

  constructor(@Inject(SocketClient) client: SocketClient, @Inject(ServerEventBinder) binder: ServerEventBinder) {
    this.#client = client;
    this.#binder = binder;
  }

  static forRoot(options: SocketClientModuleOptions): DynamicModule {
    return create(options, [], { provide: SOCKET_CLIENT_OPTIONS, useValue: options });
  }

  /**
   * Takes the options from elsewhere; the name and the namespaces are known before.
   *
   * @throws RookeryError `INVALID_OPTION` when nothing says where they come from.
   */
  static forRootAsync(options: SocketClientModuleAsyncOptions): DynamicModule {
    const make = (factory: SocketClientOptionsFactory): SocketClientOptions | Promise<SocketClientOptions> =>
      factory.createSocketClientOptions();
    return create(options, options.imports ?? [], ...optionsProviders(SOCKET_CLIENT_OPTIONS, options, make));
  }

  async onApplicationBootstrap(): Promise<void> {
    this.#binder.bind(this.#client);
    try {
      await this.#client.connect();
    } catch (error) {
      // Nest 11 closes no application that has not started.
      await this.#client.close();
      throw error;
    }
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#client.close();
  }
}

function create(
  identity: SocketClientIdentity,
  imports: NonNullable<DynamicModule['imports']>,
  ...options: Provider[]
): DynamicModule {
  const { name = defaultClient, namespaces = ['/'] } = identity;
  const client: FactoryProvider<SocketClient> = {
    provide: SocketClient,
    inject: [SOCKET_CLIENT_OPTIONS],
    useFactory: (given: SocketClientOptions) => new SocketClient({ name, namespaces }, given),
  };
  const exported: Provider[] = [
    { provide: clientToken(name), useExisting: SocketClient },
    ...namespaces.map((namespace) => ({
      provide: socketToken(namespace, name),
      inject: [SocketClient],
      useFactory: ({ sockets }: SocketClient) => sockets.get(namespace),
    })),
    SocketClientHealthIndicator,
  ];
  return {
    module: SocketClientModule,
    global: true,
    imports,
    providers: [...options, client, ServerEventEnhancer, ServerEventBinder, ...exported],
    exports: exported,
  };
}
