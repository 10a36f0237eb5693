import type { IncomingMessage } from 'node:http';
import { positive, resolveRate, RookeryError, type LogSink, type Rate } from '../shared/index.js';
import type { ConnectionLimitOptions } from './connection-limits.js';
import { createCookie, type CookieOptions } from './cookie.js';
import { assertCors, type CorsOptions, type CorsOptionsDelegate } from './cors.js';
import { resolveCheckOrigin, type CheckOrigin } from './origin-check.js';
import type { SessionRouting } from './session-routing.js';
import type { TransportName } from './transport/transport.js';

/** Compression of WebSocket messages, as `ws` takes it. */
export interface PerMessageDeflateOptions {
  /** With `serverNoContextTakeover`, messages below this many bytes are sent as they are. @default 1024 */
  threshold?: number;
  /** How many messages are compressed at a time, over all connections. @default 10 */
  concurrencyLimit?: number;
  serverNoContextTakeover?: boolean;
  clientNoContextTakeover?: boolean;
  serverMaxWindowBits?: number;
  clientMaxWindowBits?: number;
  zlibDeflateOptions?: Record<string, unknown>;
  zlibInflateOptions?: Record<string, unknown>;
}

/** Compression of polling responses. */
export interface HttpCompressionOptions {
  /** Responses below this many bytes are sent as they are. @default 1024 */
  threshold?: number;
}

/** A WebSocket server class with the constructor and the methods of `ws`'s. */
export type WebSocketEngine = new (options: Record<string, unknown>) => object;

/** Decides whether a handshake is let in; a refusal is answered with code 4. */
export type AllowRequest = (
  request: IncomingMessage,
  callback: (error: string | null | undefined, isAllowed: boolean) => void,
) => unknown;

/** What happens to a client that does not take what it is sent. */
export type SlowConsumerPolicy = (typeof slowConsumerPolicies)[number];

/** Options of the engine. Times in milliseconds, sizes in bytes. */
export interface EngineOptions {
  /** Pause between a pong (or the opening) and the next ping. @default 25_000 */
  pingInterval?: number;
  /** Longest silence after a ping before the session is closed. @default 20_000 */
  pingTimeout?: number;
  /** How long an upgrade may take before it is abandoned; the session stays as it was. @default 10_000 */
  upgradeTimeout?: number;
  /** Largest body of a POST and largest WebSocket message. @default 1_000_000 */
  maxHttpBufferSize?: number;
  /** Which transports are accepted. @default ["polling", "websocket"] */
  transports?: readonly TransportName[];
  /** Whether upgrades are offered in the handshake. @default true */
  allowUpgrades?: boolean;
  /** Whether clients of Engine.IO 3 (Socket.IO 1 and 2) are served. @default false */
  allowEIO3?: boolean;
  /** Asked for every handshake. Default: all are let in. */
  allowRequest?: AllowRequest;
  /** Compression of WebSocket messages, for each receiver anew; costs some 240 kB per connection. @default false */
  perMessageDeflate?: boolean | PerMessageDeflateOptions;
  /** Compression of polling responses, gzip or deflate as the client prefers; about five times the CPU. @default { threshold: 1024 } */
  httpCompression?: boolean | HttpCompressionOptions;
  /** The WebSocket server class. Default: `WebSocketServer` of `ws`. */
  wsEngine?: WebSocketEngine;
  /** A message every client gets right behind the handshake. Default: none. */
  initialPacket?: string | Uint8Array;
  /**
   * Finds the owners of sessions that this engine does not know, so that long-polling works behind any load balancer:
   * `sessionRelay()` of `rookery/session-relay`. It makes the session ids: those of an own `generateId()` have no owner.
   *
   * @default none: a request of an unknown session is refused.
   */
  sessionRouting?: SessionRouting;
  /** A cookie with the session id, set by polling handshakes. @default false */
  cookie?: boolean | CookieOptions;
  /**
   * Cross-origin access. Credentials for the origin `"*"`, which is the default of `cors.origin`, are an `INVALID_OPTION`.
   *
   * @default false: none is granted.
   */
  cors?: false | CorsOptions | CorsOptionsDelegate;
  /**
   * Which pages may connect, by any transport; others are refused with 403 and code 4 before anything is opened. Counts for
   * every request and every upgrade that carries an `Origin`, or that a browser has marked as another origin's.
   *
   * With `true`, pages of the host and port that the request is for, and those that `cors` grants access. With an origin, a
   * pattern, or a list of them: those of the same host, and these, whatever `cors` says. A function decides alone. `false`:
   * all of them. `Origin: null` is another origin.
   *
   * Behind proxies, have them pass `Host` on; with `trustedProxies`, `X-Forwarded-Host` counts too.
   *
   * @default false; with the preset "strict" true
   */
  checkOrigin?: CheckOrigin;
  /**
   * Whether who tells no origin, as clients that are no browsers do, is refused too; `checkOrigin` must not be `false` then.
   *
   * @default false
   */
  requireOrigin?: boolean;
  /** The most sessions of this server; others are refused with 503 and `Retry-After`. @default Infinity */
  maxConnections?: number;
  /**
   * The most sessions of one address, or of the 64-bit prefix of an IPv6 one; others are refused with 429 and `Retry-After`.
   *
   * Behind a proxy all have its address, until `trustedProxies` says that it tells theirs.
   *
   * @default Infinity
   */
  maxConnectionsPerIp?: number;
  /**
   * How many handshakes one address may begin, `{ perSecond, burst }`; others are refused with 429 and `Retry-After`.
   *
   * @default false: any number.
   */
  handshakeRate?: Rate | false;
  /**
   * How many proxies stand in front of the server, all of which write `X-Forwarded-For`: the limits per address count the
   * clients behind them, and `checkOrigin` looks at `X-Forwarded-Host` too. Too high a number lets clients choose their
   * address.
   *
   * @default 0
   */
  trustedProxies?: number;
  /**
   * How many bytes may wait for a client, behind what is on its way already; one message may be longer. A character counts
   * as one.
   *
   * A client that does not take them is closed with the reason `slow consumer`, a WebSocket with the code 1013.
   *
   * @default 33_554_432
   */
  maxBufferedBytes?: number;
  /** How many packets may wait for a client, as `maxBufferedBytes`. @default 100_000 */
  maxBufferedPackets?: number;
  /**
   * What happens when more would wait: `close` closes the client. With `drop-volatile-first`, volatile packets wait with the
   * others, instead of being dropped while the connection is busy, and make room before a client is closed.
   *
   * Either is told with `slowConsumer` of `io.engine`.
   *
   * @default "close"
   */
  slowConsumer?: SlowConsumerPolicy;
  /** The most packets of one POST; more are a parse error. @default Infinity */
  maxPacketsPerPayload?: number;
  /**
   * Called with what a listener or handler of the application threw or rejected with, and where it is known, the name of the
   * event or of the option.
   *
   * Default: the error is thrown again on the next tick, outside of the connection's work.
   */
  onError?: (error: unknown, event?: string) => void;
  /** Where lines of log go; `false` for nowhere. @default false */
  log?: LogSink | false;
}

/** Options of `attach()`. */
export interface AttachOptions {
  /** The path that is served, with or without a trailing slash. @default "/engine.io" */
  path?: string;
  /** Whether the path ends with a slash; `false` accepts it with and without. @default true */
  addTrailingSlash?: boolean;
  /** Whether upgrades to a path that nobody serves are ended. @default true */
  destroyUpgrade?: boolean;
  /** How long another listener has to answer such an upgrade, in milliseconds. @default 1_000 */
  destroyUpgradeTimeout?: number;
  /**
   * Whether requests for the path are taken from the server's own listeners; `false` where a framework hands them over
   * to `handleRequest()`.
   *
   * @default true
   */
  claimRequests?: boolean;
}

const attachOptionNames: Readonly<Record<keyof AttachOptions, true>> = {
  path: true,
  addTrailingSlash: true,
  claimRequests: true,
  destroyUpgrade: true,
  destroyUpgradeTimeout: true,
};

/** Whether an option is one of `attach()`, not of the engine. */
export function isAttachOption(name: string): name is keyof AttachOptions {
  return Object.hasOwn(attachOptionNames, name);
}

/** Engine options with every default filled in. */
export interface ResolvedEngineOptions extends ConnectionLimitOptions {
  readonly pingInterval: number;
  readonly pingTimeout: number;
  readonly upgradeTimeout: number;
  readonly maxHttpBufferSize: number;
  readonly transports: readonly TransportName[];
  readonly allowUpgrades: boolean;
  readonly allowEIO3: boolean;
  readonly allowRequest: AllowRequest | undefined;
  readonly perMessageDeflate: false | PerMessageDeflateOptions;
  /** The threshold, or `false` when nothing is compressed. */
  readonly httpCompression: false | { readonly threshold: number };
  readonly wsEngine: WebSocketEngine | undefined;
  readonly initialPacket: string | Uint8Array | undefined;
  readonly sessionRouting: SessionRouting | undefined;
  readonly cookie: false | ((sid: string) => string);
  readonly cors: false | CorsOptions | CorsOptionsDelegate;
  readonly checkOrigin: CheckOrigin;
  readonly requireOrigin: boolean;
  readonly trustedProxies: number;
  readonly maxBufferedBytes: number;
  readonly maxBufferedPackets: number;
  readonly slowConsumer: SlowConsumerPolicy;
  readonly maxPacketsPerPayload: number;
  readonly onError: (error: unknown, event?: string) => void;
  readonly log: LogSink | undefined;
}

const slowConsumerPolicies = ['close', 'drop-volatile-first'] as const;
const defaultThreshold = 1024;
const knownTransports: readonly TransportName[] = ['polling', 'websocket', 'webtransport'];

/**
 * Fills in the defaults.
 *
 * @throws RookeryError `INVALID_OPTION` for a value that cannot work.
 */
export function resolveEngineOptions(options: EngineOptions): ResolvedEngineOptions {
  const { perMessageDeflate = false, httpCompression = true, cookie = false, cors = false, log = false } = options;
  const { checkOrigin = false, requireOrigin = false } = options;
  const transports = options.transports ?? ['polling', 'websocket'];
  for (const name of transports) {
    if (!knownTransports.includes(name)) {
      throw new RookeryError(
        'INVALID_OPTION',
        `transports: "${String(name)}" is none of ${knownTransports.join(', ')}`,
      );
    }
  }
  assertCors(cors);
  return {
    pingInterval: positive('pingInterval', options.pingInterval ?? 25_000),
    pingTimeout: positive('pingTimeout', options.pingTimeout ?? 20_000),
    upgradeTimeout: positive('upgradeTimeout', options.upgradeTimeout ?? 10_000),
    maxHttpBufferSize: positive('maxHttpBufferSize', options.maxHttpBufferSize ?? 1_000_000),
    transports,
    allowUpgrades: options.allowUpgrades ?? true,
    allowEIO3: options.allowEIO3 ?? false,
    allowRequest: options.allowRequest,
    perMessageDeflate:
      perMessageDeflate === false
        ? false
        : { threshold: defaultThreshold, ...(perMessageDeflate === true ? {} : perMessageDeflate) },
    httpCompression:
      httpCompression === false
        ? false
        : { threshold: (httpCompression === true ? undefined : httpCompression.threshold) ?? defaultThreshold },
    wsEngine: options.wsEngine,
    initialPacket: options.initialPacket,
    sessionRouting: routingOf(options.sessionRouting),
    cookie: cookie === false ? false : createCookie(cookie),
    cors,
    checkOrigin: resolveCheckOrigin(checkOrigin, requireOrigin),
    requireOrigin,
    maxConnections: positive('maxConnections', options.maxConnections ?? Infinity),
    maxConnectionsPerIp: positive('maxConnectionsPerIp', options.maxConnectionsPerIp ?? Infinity),
    handshakeRate: resolveRate('handshakeRate', options.handshakeRate ?? false),
    trustedProxies: hops(options.trustedProxies ?? 0),
    maxBufferedBytes: positive('maxBufferedBytes', options.maxBufferedBytes ?? 32 * 2 ** 20),
    maxBufferedPackets: positive('maxBufferedPackets', options.maxBufferedPackets ?? 100_000),
    slowConsumer: policy(options.slowConsumer ?? 'close'),
    maxPacketsPerPayload: positive('maxPacketsPerPayload', options.maxPacketsPerPayload ?? Infinity),
    onError: options.onError ?? rethrow,
    log: log === false ? undefined : log,
  };
}

function hops(count: unknown): number {
  if (Number.isSafeInteger(count) && (count as number) >= 0) return count as number;
  throw new RookeryError('INVALID_OPTION', `trustedProxies is a number of proxies, not ${String(count)}`);
}

function policy(name: SlowConsumerPolicy): SlowConsumerPolicy {
  if (slowConsumerPolicies.includes(name)) return name;
  throw new RookeryError(
    'INVALID_OPTION',
    `slowConsumer: "${String(name)}" is none of ${slowConsumerPolicies.join(', ')}`,
  );
}

function routingOf(routing: unknown): SessionRouting | undefined {
  if (routing === undefined || typeof (routing as Partial<SessionRouting> | null)?.createRouter === 'function') {
    return routing as SessionRouting | undefined;
  }
  throw new RookeryError('INVALID_OPTION', `sessionRouting is what sessionRelay() returns, not ${String(routing)}`);
}

function rethrow(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
