import type { ClusterOptions } from '../../adapter/index.js';
import { positive, RookeryError } from '../../shared/index.js';
import type { PgPool } from './pg-client.js';

/** What PostgreSQL keeps, so that clients can go on on any node. */
export interface PostgresRecoveryOptions {
  /** How long messages and sessions are kept, in milliseconds. @default 120_000 */
  maxAge?: number | undefined;
  /** How many messages of a namespace are kept at most; the oldest go first. @default 100_000 */
  maxMessages?: number | undefined;
  /** What the names of its tables begin with, also with a schema before it; they are made where there are none. @default 'socket_io' */
  tablePrefix?: string | undefined;
}

/** Where PostgreSQL keeps what is delivered reliably. */
export interface PostgresDeliveryLogOptions {
  /** What the names of its tables begin with, also with a schema before it; they are made where there are none. @default that of `recovery`, or 'socket_io' */
  tablePrefix?: string | undefined;
}

/** How the adapter reaches PostgreSQL, and what it says there. */
export interface PostgresAdapterOptions extends ClusterOptions {
  /** A pool of `pg`; it stays yours, and is never closed. One of its connections is used as long as the adapter is. */
  pool?: PgPool | undefined;
  /** What the constructor of a `Client` of `pg` takes: a connection is opened, and closed with the last namespace. */
  connection?: object | undefined;
  /** What the names of the channels begin with; the same on every node. @default 'socket.io' */
  channelPrefix?: string | undefined;
  /** Where messages are put that a notification cannot carry; it is made where there is none. @default 'socket_io_attachments' */
  tableName?: string | undefined;
  /** From how many bytes on a message is put into the table; PostgreSQL takes 7_999 at most. @default 8_000 */
  payloadThreshold?: number | undefined;
  /** Pause between two cleanings of the tables, and how long attachments are kept, in milliseconds. @default 30_000 */
  cleanupInterval?: number | undefined;
  /** How long the first connection may take, and a question to PostgreSQL itself, in milliseconds. @default 5_000 */
  connectTimeout?: number | undefined;
  /** How many messages wait for a PostgreSQL that is away, before further ones count as lost. @default 10_000 */
  maxWaiting?: number | undefined;
  /**
   * Keeps messages and sessions in tables, so that clients can go on on any node, and nothing is lost while PostgreSQL
   * is away; `true` for the defaults. The same on every node.
   *
   * @default false
   */
  recovery?: boolean | PostgresRecoveryOptions | undefined;
  /** Where messages are kept, when the server has `reliableDelivery`. The same on every node. */
  deliveryLog?: PostgresDeliveryLogOptions | undefined;
}

export type ResolvedPostgresRecovery = {
  readonly [Key in keyof PostgresRecoveryOptions]-?: NonNullable<PostgresRecoveryOptions[Key]>;
};

/** Options with every default in its place. */
export type ResolvedPostgresOptions = {
  readonly [
    Key in Exclude<keyof PostgresAdapterOptions, keyof ClusterOptions | 'pool' | 'recovery' | 'deliveryLog'>
  ]-?: NonNullable<PostgresAdapterOptions[Key]>;
} & {
  readonly pool: PgPool | undefined;
  readonly recovery: ResolvedPostgresRecovery | undefined;
  readonly deliveryLog: { readonly tablePrefix: string };
};

/** A payload has to be shorter than 8000 bytes. */
const longestPayload = 7_999;

/** @throws RookeryError `INVALID_OPTION` where a value cannot work. */
export function resolve(options: PostgresAdapterOptions): ResolvedPostgresOptions {
  const { pool, connection, channelPrefix = 'socket.io', recovery = false } = options;
  if (pool === undefined && connection === undefined) {
    throw new RookeryError('INVALID_OPTION', 'Pass postgresAdapter() a pool, or the connection options of one');
  }
  if (pool !== undefined && typeof (pool as { connect?: unknown }).connect !== 'function') {
    throw new RookeryError('INVALID_OPTION', 'pool is none of pg');
  }
  const resolvedRecovery = recovery === false ? undefined : resolveRecovery(recovery === true ? {} : recovery);
  const { tablePrefix = resolvedRecovery?.tablePrefix ?? 'socket_io' } = options.deliveryLog ?? {};
  const { cleanupInterval = 30_000, connectTimeout = 5_000, maxWaiting = 10_000, payloadThreshold = 8_000 } = options;
  return {
    pool,
    connection: { keepAlive: true, connectionTimeoutMillis: connectTimeout, ...connection },
    channelPrefix,
    tableName: tableName('tableName', options.tableName ?? 'socket_io_attachments'),
    payloadThreshold: Math.min(positive('payloadThreshold', payloadThreshold), longestPayload),
    cleanupInterval: positive('cleanupInterval', cleanupInterval),
    connectTimeout: positive('connectTimeout', connectTimeout),
    maxWaiting: positive('maxWaiting', maxWaiting),
    recovery: resolvedRecovery,
    deliveryLog: { tablePrefix: tableName('deliveryLog.tablePrefix', tablePrefix) },
  };
}

function resolveRecovery(recovery: PostgresRecoveryOptions): ResolvedPostgresRecovery {
  const { maxAge = 120_000, maxMessages = 100_000, tablePrefix = 'socket_io' } = recovery;
  return {
    maxAge: positive('recovery.maxAge', maxAge),
    maxMessages: positive('recovery.maxMessages', maxMessages),
    tablePrefix: tableName('recovery.tablePrefix', tablePrefix),
  };
}

/** It stands in statements as it is. */
function tableName(option: string, value: string): string {
  if (/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)?$/.test(value)) return value;
  throw new RookeryError(
    'INVALID_OPTION',
    `${option} is the name of a table, with or without a schema, not "${value}"`,
  );
}
