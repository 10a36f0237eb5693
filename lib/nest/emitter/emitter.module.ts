import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { adaptersStarted, RookeryError, Server, type ServerOptions } from '../../server/index.js';
import { AdapterSource } from '../adapter/adapter-source.js';
import { rootOptions, type WithInjectedAdapter } from '../adapter/injected-adapter.js';
import { asyncProviders, type AsyncOptions } from '../async-options.js';
import { Broadcaster } from '../broadcaster/broadcaster.service.js';
import { withLog } from '../nest-log.js';
import { adapterTimeoutOf } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS, SOCKET_IO_SERVER } from '../socketio.tokens.js';

/** Options of `EmitterModule`: how it reaches the nodes that have the clients. */
export interface EmitterModuleOptions extends Pick<
  ServerOptions,
  'parser' | 'ackTimeout' | 'log' | 'onError' | 'reliableDelivery'
> {
  /** The adapter of those nodes, with the same settings. Default: the provider `SOCKET_ADAPTER`. */
  adapter?: ServerOptions['adapter'];
  /** How long the start waits for the adapter and its bus, in milliseconds. @default 10_000 */
  adapterTimeout?: number;
}

/** Options of `EmitterModule.forRootAsync()`. */
export type EmitterModuleAsyncOptions = AsyncOptions<EmitterModuleOptions>;

/**
 * Lets a process broadcast that serves no clients itself, such as a worker or a scheduler: `Broadcaster` is injectable.
 *
 * Import it once, in the root module, in the place of `SocketIoModule`.
 */
@Module({})
export class EmitterModule implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #server: Server;
  readonly #source: AdapterSource;
  readonly #adapterTimeout: number;

  constructor(
    @Inject(SOCKET_IO_SERVER) server: Server,
    @Inject(SOCKET_IO_OPTIONS) options: EmitterModuleOptions,
    source: AdapterSource,
  ) {
    this.#server = server;
    this.#source = source;
    this.#adapterTimeout = adapterTimeoutOf(options);
  }

  static forRoot(options: WithInjectedAdapter<EmitterModuleOptions> = {}): DynamicModule {
    const { imports, providers } = rootOptions(options);
    return create(imports, ...providers);
  }

  /** Takes the options from a factory, a class, or a provider that exists. */
  static forRootAsync(options: EmitterModuleAsyncOptions): DynamicModule {
    return create(options.imports ?? [], ...asyncProviders(SOCKET_IO_OPTIONS, options));
  }

  onModuleInit(): void {
    this.#source.check();
    if (this.#source.adapter !== undefined) return;
    throw new RookeryError(
      'INVALID_OPTION',
      'EmitterModule needs the adapter of the nodes that have the clients: the option `adapter`, or a provider SOCKET_ADAPTER',
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    try {
      await adaptersStarted(this.#server, this.#adapterTimeout);
    } catch (error) {
      // Nest 11 closes no application that has not started.
      await this.#server.close();
      throw error;
    }
  }

  /**
   * Closes the adapter, behind what `onModuleDestroy` hooks broadcast.
   *
   * Clients of the bus that close in `onApplicationShutdown` carry it all.
   */
  beforeApplicationShutdown(): Promise<void> {
    return this.#server.close();
  }
}

function create(imports: NonNullable<DynamicModule['imports']>, ...options: Provider[]): DynamicModule {
  const server: Provider = {
    provide: SOCKET_IO_SERVER,
    inject: [SOCKET_IO_OPTIONS, AdapterSource],
    // Never attached to an HTTP server.
    useFactory: (given: EmitterModuleOptions, { adapter }: AdapterSource) => new Server(withLog({ ...given, adapter })),
  };
  return {
    module: EmitterModule,
    global: true,
    imports,
    providers: [...options, AdapterSource, server, Broadcaster],
    exports: [SOCKET_IO_SERVER, Broadcaster],
  };
}
