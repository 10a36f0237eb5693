import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  type OnApplicationBootstrap,
  type Provider,
} from '@nestjs/common';
import { ServerEventBinder } from './server-event-binder.js';
import { SocketClientHealthIndicator } from './socket-client.health-indicator.js';
import type {
  SocketClientIdentity,
  SocketClientModuleAsyncOptions,
  SocketClientModuleOptions,
  SocketClientOptions,
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

  /** Takes the options from a factory; the name and the namespaces are known before. */
  static forRootAsync(options: SocketClientModuleAsyncOptions): DynamicModule {
    const { imports = [], inject = [], useFactory } = options;
    return create(options, imports, { provide: SOCKET_CLIENT_OPTIONS, inject, useFactory });
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
  options: Provider,
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
    providers: [options, client, ServerEventBinder, ...exported],
    exports: exported,
  };
}
