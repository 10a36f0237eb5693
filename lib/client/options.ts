import type { TransportOptions } from './transport/transport-options.js';
import type { TransportClass } from './transport/transport.js';
import type { Parser } from './parser.js';

/** How a client connects. Times in milliseconds. */
export interface EngineOptions extends TransportOptions {
  /** Names or classes, in the order they are tried. Default: all of the build. */
  readonly transports?: readonly (string | TransportClass)[] | undefined;
  /** Whether the next transport is tried where one does not connect. @default false */
  readonly tryAllTransports?: boolean | undefined;
  /** Whether a better transport is looked for. @default true */
  readonly upgrade?: boolean | undefined;
  /** Whether a client begins with WebSocket once that has worked. @default false */
  readonly rememberUpgrade?: boolean | undefined;
  /** Whether the connection is closed as the page begins to unload. @default false */
  readonly closeOnBeforeunload?: boolean | undefined;
}

/** How a manager connects, and connects again. Times in milliseconds. */
export interface ManagerOptions extends EngineOptions {
  /** Whether a manager connects as soon as it is made. @default true */
  readonly autoConnect?: boolean | undefined;
  /** @default true */
  readonly reconnection?: boolean | undefined;
  /** @default Infinity */
  readonly reconnectionAttempts?: number | undefined;
  /** The first pause. @default 1_000 */
  readonly reconnectionDelay?: number | undefined;
  /** The longest pause. @default 5_000 */
  readonly reconnectionDelayMax?: number | undefined;
  /** How far a pause may be off, from 0 to 1. @default 0.5 */
  readonly randomizationFactor?: number | undefined;
  /** The longest time an attempt may take; `false` is for ever. @default 20_000 */
  readonly timeout?: number | false | undefined;
  /** How packets are written. Default: as the Socket.IO protocol says. */
  readonly parser?: Parser | undefined;
}

/** What a server gets to know of a client: the object, or a function that calls back with it. */
export type Auth = Record<string, unknown> | ((send: (auth: object) => void) => void);

/** How a socket behaves in its namespace. Times in milliseconds. */
export interface SocketOptions {
  /** Sent with each connection. */
  readonly auth?: Auth | undefined;
  /** How often an event is sent again that is not answered; each is then answered, one after the other. */
  readonly retries?: number | undefined;
  /** How long each answer is waited for. Default: for ever. */
  readonly ackTimeout?: number | undefined;
}

/** What `io()` takes. */
export interface IoOptions extends ManagerOptions, SocketOptions {
  /** Whether the socket has a connection of its own. @default false */
  readonly forceNew?: boolean | undefined;
  /** The same, as it was once written. */
  readonly 'force new connection'?: boolean | undefined;
  /** `false`: a connection of its own. @default true */
  readonly multiplex?: boolean | undefined;
}
