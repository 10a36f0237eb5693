import { positive, RookeryError } from '../../shared/index.js';

/** A client of ioredis (`Redis`, `Cluster`), or of node-redis (`createClient()`, `createCluster()`). */
export interface RedisClient {
  // Both libraries overload these, in ways that differ between their versions.
  duplicate(...args: never[]): unknown;
  on(...args: never[]): unknown;
}

/** How an adapter reaches Redis. */
export interface RedisConnectionOptions {
  /** A client that publishes; it stays yours, and is never closed. Its `duplicate()` does what needs a connection alone. */
  client?: RedisClient | undefined;
  /** A client that subscribes, in place of a duplicate of `client`; it stays yours, and is never closed. */
  subscriber?: RedisClient | undefined;
  /** Where Redis is, as `redis://host:port`: connections are opened, and closed with the last namespace. */
  url?: string | undefined;
  /** What the library's own constructor takes, in place of a `url`. */
  connection?: object | undefined;
  /** Who opens the connections of `url` and `connection`. @default 'ioredis' */
  library?: 'ioredis' | 'redis' | undefined;
  /** How long the first connection may take, and a question to Redis itself, in milliseconds. @default 5_000 */
  connectTimeout?: number | undefined;
  /** How many messages wait for a Redis that is away, before further ones count as lost. @default 10_000 */
  maxWaiting?: number | undefined;
}

/** The same with every default in its place. */
export type ResolvedConnection = {
  readonly [Key in keyof Omit<RedisConnectionOptions, 'client' | 'subscriber'>]-?: NonNullable<
    RedisConnectionOptions[Key]
  >;
} & Pick<RedisConnectionOptions, 'client' | 'subscriber'>;

/**
 * Fills in the defaults.
 *
 * @param factory who is told these options.
 * @throws RookeryError `INVALID_OPTION` where a value cannot work.
 */
export function resolveConnection(options: RedisConnectionOptions, factory: string): ResolvedConnection {
  const { client, subscriber, url, connection } = options;
  if (client === undefined && url === undefined && connection === undefined) {
    throw new RookeryError('INVALID_OPTION', `Pass ${factory}() a client, a url, or the connection options of one`);
  }
  for (const each of [client, subscriber]) if (each !== undefined) libraryOf(each);
  checkChoice('library', options.library, ['ioredis', 'redis']);
  return {
    client,
    subscriber,
    url: url ?? '',
    connection: connection ?? {},
    library: options.library ?? 'ioredis',
    connectTimeout: positive('connectTimeout', options.connectTimeout ?? 5_000),
    maxWaiting: positive('maxWaiting', options.maxWaiting ?? 10_000),
  };
}

/** @throws RookeryError `INVALID_OPTION` for a value that is none of the allowed ones. */
export function checkChoice(option: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw new RookeryError('INVALID_OPTION', `${option} is ${allowed.join(' or ')}, not ${String(value)}`);
}

/** Whose client it is, by what it can do: there may be several copies of a library, of several versions. */
export function libraryOf(client: object): 'ioredis' | 'redis' {
  if (typeof (client as { pSubscribe?: unknown }).pSubscribe === 'function') return 'redis';
  if (typeof (client as { psubscribe?: unknown }).psubscribe === 'function') return 'ioredis';
  throw new RookeryError('INVALID_OPTION', 'client is neither one of ioredis nor one of node-redis (4 or later)');
}
