import type { ClusterOptions } from '../../adapter/index.js';
import { definedOnly, positive, RookeryError } from '../../shared/index.js';
import type { NatsConnection } from './nats-connection.js';

/** Where JetStream keeps what it is given. */
export interface NatsStorageOptions {
  /** Where the server keeps them; in its memory, they are lost with it. @default 'file' */
  storage?: 'file' | 'memory' | undefined;
  /** On how many servers of a NATS cluster they are kept. @default 1 */
  replicas?: number | undefined;
  /** What the subjects of the JetStream API begin with, where it is not the account's own. @default '$JS.API' */
  apiPrefix?: string | undefined;
}

/** What JetStream keeps, so that clients can go on on any node. */
export interface NatsRecoveryOptions extends NatsStorageOptions {
  /** How long broadcasts and sessions are kept, in milliseconds. @default 120_000 */
  maxAge?: number | undefined;
  /** How many messages of a namespace are kept at most; the oldest go first. @default 100_000 */
  maxMessages?: number | undefined;
}

/** How the adapter reaches NATS, and what it says there. */
export interface NatsAdapterOptions extends ClusterOptions {
  /** A connection of `@nats-io/transport-node` 3 or `nats` 2, or its promise; it stays yours, and is never closed. */
  connection?: NatsConnection | PromiseLike<NatsConnection> | undefined;
  /** Where NATS is, as `host:port`: a connection is opened, and closed with the last namespace. */
  servers?: string | readonly string[] | undefined;
  /** What the `connect()` of `@nats-io/transport-node` takes, beside `servers` or in place of it. */
  options?: object | undefined;
  /** What all subjects and streams begin with; the same on every node. @default 'rookery' */
  prefix?: string | undefined;
  /** How long the first connection may take, and a question to NATS itself, in milliseconds. @default 5_000 */
  connectTimeout?: number | undefined;
  /** How many messages wait for a NATS that is away, before further ones count as lost. @default 10_000 */
  maxWaiting?: number | undefined;
  /**
   * Keeps broadcasts and sessions in JetStream, so that clients can go on on any node, and nothing is lost while NATS
   * is away; `true` for the defaults. The same on every node.
   *
   * @default false
   */
  recovery?: boolean | NatsRecoveryOptions | undefined;
  /**
   * Where messages are kept, when the server has `reliableDelivery`; what is left out is as with `recovery`.
   *
   * The same on every node.
   */
  deliveryLog?: NatsStorageOptions | undefined;
}

export type ResolvedNatsStorage = {
  readonly [Key in keyof NatsStorageOptions]-?: NonNullable<NatsStorageOptions[Key]>;
};

export type ResolvedNatsRecovery = {
  readonly [Key in keyof NatsRecoveryOptions]-?: NonNullable<NatsRecoveryOptions[Key]>;
};

/** Options with every default in its place. */
export interface ResolvedNatsOptions {
  readonly connection: NatsConnection | PromiseLike<NatsConnection> | undefined;
  readonly connectOptions: object;
  readonly prefix: string;
  readonly connectTimeout: number;
  readonly maxWaiting: number;
  readonly recovery: ResolvedNatsRecovery | undefined;
  readonly deliveryLog: ResolvedNatsStorage;
}

/** @throws RookeryError `INVALID_OPTION` where a value cannot work. */
export function resolve(options: NatsAdapterOptions): ResolvedNatsOptions {
  const { connection, servers, options: connectOptions, prefix = 'rookery', recovery = false } = options;
  if (connection === undefined && servers === undefined && connectOptions === undefined) {
    throw new RookeryError('INVALID_OPTION', 'Pass natsAdapter() a connection, servers, or the options of connect()');
  }
  if (connection !== undefined && !isConnection(connection)) {
    throw new RookeryError('INVALID_OPTION', 'connection is none of @nats-io/transport-node 3 or nats 2');
  }
  // The names of streams allow no dots.
  if (!/^[A-Za-z0-9_-]+$/.test(prefix)) {
    throw new RookeryError('INVALID_OPTION', `prefix is made of letters, digits, _ and -, not "${prefix}"`);
  }
  const { connectTimeout = 5_000, maxWaiting = 10_000 } = options;
  const resolvedRecovery = recovery === false ? undefined : resolveRecovery(recovery === true ? {} : recovery);
  return {
    connection,
    connectOptions: {
      // A server that does not answer any more is noticed within some seconds.
      pingInterval: 5_000,
      maxPingOut: 2,
      reconnectTimeWait: 500,
      timeout: connectTimeout,
      ...(servers !== undefined && { servers: typeof servers === 'string' ? servers : [...servers] }),
      ...connectOptions,
      // It comes back whenever NATS does.
      reconnect: true,
      maxReconnectAttempts: -1,
    },
    prefix,
    connectTimeout: positive('connectTimeout', connectTimeout),
    maxWaiting: positive('maxWaiting', maxWaiting),
    recovery: resolvedRecovery,
    deliveryLog: resolveStorage('deliveryLog', { ...resolvedRecovery, ...definedOnly(options.deliveryLog ?? {}) }),
  };
}

function resolveRecovery(recovery: NatsRecoveryOptions): ResolvedNatsRecovery {
  const { maxAge = 120_000, maxMessages = 100_000 } = recovery;
  return {
    maxAge: positive('recovery.maxAge', maxAge),
    maxMessages: positive('recovery.maxMessages', maxMessages),
    ...resolveStorage('recovery', recovery),
  };
}

function resolveStorage(name: string, options: NatsStorageOptions): ResolvedNatsStorage {
  const { storage = 'file', replicas = 1, apiPrefix = '$JS.API' } = options;
  if (storage !== 'file' && storage !== 'memory') {
    throw new RookeryError('INVALID_OPTION', `${name}.storage is file or memory, not ${String(storage)}`);
  }
  return { storage, replicas: positive(`${name}.replicas`, replicas), apiPrefix };
}

function isConnection(value: object): boolean {
  const { subscribe, then } = value as { subscribe?: unknown; then?: unknown };
  return typeof subscribe === 'function' || typeof then === 'function';
}
