import { Inject, Module, type DynamicModule, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { Server, type ServerOptions } from '../../server/index.js';
import { asyncProviders, type AsyncOptions } from '../async-options.js';
import { Broadcaster } from '../broadcaster/broadcaster.service.js';
import { withLog } from '../nest-log.js';
import { SOCKET_IO_OPTIONS, SOCKET_IO_SERVER } from '../socketio.tokens.js';

/** Options of `EmitterModule`: how it reaches the nodes that have the clients. */
export interface EmitterModuleOptions extends Pick<ServerOptions, 'parser' | 'ackTimeout' | 'log' | 'onError'> {
  /** The adapter of those nodes, with the same settings. */
  adapter: NonNullable<ServerOptions['adapter']>;
}

/** Options of `EmitterModule.forRootAsync()`. */
export type EmitterModuleAsyncOptions = AsyncOptions<EmitterModuleOptions>;

/**
 * Lets a process broadcast that serves no clients itself, such as a worker or a scheduler: `Broadcaster` is injectable.
 *
 * Import it once, in the root module, in the place of `SocketIoModule`.
 */
@Module({})
export class EmitterModule implements OnApplicationShutdown {
  readonly #server: Server;

  constructor(@Inject(SOCKET_IO_SERVER) server: Server) {
    this.#server = server;
  }

  static forRoot(options: EmitterModuleOptions): DynamicModule {
    return create([], { provide: SOCKET_IO_OPTIONS, useValue: options });
  }

  /** Takes the options from a factory, a class, or a provider that exists. */
  static forRootAsync(options: EmitterModuleAsyncOptions): DynamicModule {
    return create(options.imports ?? [], ...asyncProviders(SOCKET_IO_OPTIONS, options));
  }

  /** Closes the adapter; what was broadcast before has been handed to it. */
  onApplicationShutdown(): Promise<void> {
    return this.#server.close();
  }
}

function create(imports: NonNullable<DynamicModule['imports']>, ...options: Provider[]): DynamicModule {
  const server: Provider = {
    provide: SOCKET_IO_SERVER,
    inject: [SOCKET_IO_OPTIONS],
    // Never attached to an HTTP server.
    useFactory: (given: EmitterModuleOptions) => new Server(withLog(given)),
  };
  return {
    module: EmitterModule,
    global: true,
    imports,
    providers: [...options, server, Broadcaster],
    exports: [SOCKET_IO_SERVER, Broadcaster],
  };
}
