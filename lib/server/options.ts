import type { AdapterConstructor } from '../adapter/index.js';
import type { AttachOptions, EngineOptions } from '../engine/index.js';
import type { DecoderLimits } from '../protocol/index.js';
import type { LogSink } from '../shared/index.js';
import type { ClientLimits } from './client-limits.js';
import type { ErrorListener, Uncaught } from './error-boundary.js';
import type { Parser } from './parser-port.js';
import type { ConnectionStateRecoveryOptions } from './recovery.js';
import type { ReliableDeliveryOptions } from './reliable/options.js';

/** How narrow the limits are that nobody sets. */
export type SecurityPreset = 'compatible' | 'strict';

/** Options of a `Server`: its own, and those of its engine. Times in milliseconds, sizes in bytes. */
export interface ServerOptions
  extends Omit<EngineOptions, 'onError' | 'log'>, AttachOptions, DecoderLimits, ClientLimits {
  /**
   * Which limits count that no option sets: those that a published client or application of the `socket.io` package expects,
   * or narrow ones.
   *
   * @default "compatible"; of the Nest module "strict"
   */
  security?: SecurityPreset;
  /** The path that is served. @default "/socket.io" */
  path?: string;
  /** Who keeps rooms and carries broadcasts: a class, or a function of the namespace. @default InMemoryAdapter */
  adapter?: AdapterConstructor;
  /** Whether the browser files of the client are served below the path. @default true */
  serveClient?: boolean;
  /** Writes and reads packets in the stead of the JSON of the protocol; clients need the same. */
  parser?: Parser;
  /** Lets clients that come back in time go on as they were. Default: off. */
  connectionStateRecovery?: ConnectionStateRecoveryOptions;
  /** Keeps what `emitReliable()` sends for clients that are away. @default false */
  reliableDelivery?: boolean | ReliableDeliveryOptions;
  /** Whether a namespace that was made for clients ends with its last client. @default false */
  cleanupEmptyChildNamespaces?: boolean;
  /** How long a client may stay without joining a namespace. @default 45_000 */
  connectTimeout?: number;
  /** How long the attachments of a packet may take to come, all of them, from its text on. @default 10_000 */
  attachmentTimeout?: number;
  /** How long a broadcast waits for its acks when it sets no `timeout()`. @default 30_000 */
  ackTimeout?: number;
  /** Where the server's log lines go; `false` for nowhere. Default: warnings and errors to the console. */
  log?: LogSink | false;
  /** Called with what the application's own code threw or rejected with. Default: it is logged. */
  onError?: ErrorListener;
  /**
   * What becomes of an error of the application's own code once `onError` or the log has it: `report` leaves it at that;
   * `throw` throws it again, outside of all, so that the process ends as it does for an uncaught exception.
   *
   * In Nest, what gateways throw is none: handlers, hooks, guards, pipes, interceptors and filters are the exception
   * layer's, which answers the client and logs what is no `HttpException` or `WsException`. Listeners and middlewares that
   * the application adds itself to servers, namespaces and sockets count there as here, and so do presence listeners.
   *
   * @default "report"
   */
  uncaught?: Uncaught;
}
