import type { IoOptions, ReceptionOptions } from '../client/node/index.js';
import type { GlobalEnhancerSwitch, ProvidedOptions } from '../nest-common/index.js';
import type { RookeryError } from '../shared/index.js';

/** Which client a module is, and where it connects to; known before any provider is. */
export interface SocketClientIdentity {
  /** Tells several clients from one another. @default "default" */
  readonly name?: string | undefined;
  /** The namespaces that are connected to. @default ["/"] */
  readonly namespaces?: readonly string[] | undefined;
}

/** How a client connects: all that `io()` takes, and what the application waits for. Times in milliseconds. */
export interface SocketClientOptions extends Omit<
  IoOptions,
  'autoConnect' | 'forceNew' | 'force new connection' | 'multiplex'
> {
  /** The server, without a namespace. */
  readonly url: string;
  /**
   * How long the start of the application waits until every namespace has let it in; then, or when one refuses, it fails.
   *
   * Default: it does not wait, and goes on trying.
   */
  readonly startTimeout?: number | undefined;
  /**
   * Whether what the server emits with `emitReliable()` is received in order and once, also what came while the application
   * was away; the options are those of `receiveReliably()`, for each namespace, whose name is put behind `storageKey`.
   *
   * @default false
   */
  readonly reliable?: boolean | ReceptionOptions | undefined;
  /** How long shutdown waits for handlers that still run. @default 5_000 */
  readonly closeTimeout?: number | undefined;
  /**
   * Which kinds of global enhancers, of `app.useGlobalPipes()` and `APP_PIPE` and so on, run for server events too.
   *
   * @default none of them: they are for what strangers send
   */
  readonly globalEnhancers?: GlobalEnhancerSwitch | undefined;
  /** Hears of every handler that fails. Default: it is logged. */
  readonly onError?: ((error: RookeryError) => void) | undefined;
}

/** Options of `SocketClientModule.forRoot()`. */
export interface SocketClientModuleOptions extends SocketClientIdentity, SocketClientOptions {}

/** Makes the options of a client when they depend on other providers. */
export interface SocketClientOptionsFactory {
  createSocketClientOptions(): Promise<SocketClientOptions> | SocketClientOptions;
}

/** Options of `SocketClientModule.forRootAsync()`. */
export interface SocketClientModuleAsyncOptions
  extends SocketClientIdentity, ProvidedOptions<SocketClientOptions, SocketClientOptionsFactory> {}
