import type { TimerOptions } from '../timers.js';

/** How a transport connects. Times in milliseconds. */
export interface TransportOptions extends TimerOptions {
  readonly hostname?: string | undefined;
  readonly port?: string | number | undefined;
  readonly secure?: boolean | undefined;
  /** The path of the server. @default "/socket.io" */
  readonly path?: string | undefined;
  /** Whether the path ends with a slash. @default true */
  readonly addTrailingSlash?: boolean | undefined;
  /** More of the query of every URL; that of the URL which is connected to comes before. */
  readonly query?: string | Record<string, unknown> | undefined;
  /** Whether bytes travel as text. @default false */
  readonly forceBase64?: boolean | undefined;
  /** The name of the parameter that makes URLs differ. @default "t" */
  readonly timestampParam?: string | undefined;
  /** Whether URLs differ. Default: those of long-polling alone. */
  readonly timestampRequests?: boolean | undefined;
  /** Whether cookies are sent to another origin; on Node, whether they are kept. @default false */
  readonly withCredentials?: boolean | undefined;
  /** Headers of every request; browsers send none with a WebSocket. */
  readonly extraHeaders?: Readonly<Record<string, string>> | undefined;
  /** Other options for one transport, by its name. */
  readonly transportOptions?: Readonly<Record<string, object>> | undefined;
  /** The WebSocket's sub-protocols. */
  readonly protocols?: string | string[] | undefined;
  /** The longest time one HTTP request may take; 0 is for ever. @default 0 */
  readonly requestTimeout?: number | undefined;
  /** How bytes arrive. Default: "nodebuffer" on Node, else "arraybuffer". */
  readonly binaryType?: string | undefined;
  /** Node: the agent of every request, one of `node:http` or `node:https`. */
  readonly agent?: unknown;
  /** Node: compression of WebSocket messages, as `ws` takes it. Default: messages of 1,024 bytes and more. */
  readonly perMessageDeflate?: object | boolean | undefined;
  /** Node: passed on to TLS, as are the next ones. */
  readonly pfx?: unknown;
  readonly key?: unknown;
  readonly passphrase?: string | undefined;
  readonly cert?: unknown;
  readonly ca?: unknown;
  readonly ciphers?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
  /** Node: the address that connections leave from. */
  readonly localAddress?: string | undefined;
}
