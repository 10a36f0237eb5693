import type { ClusterOptions } from '../../adapter/index.js';
import { positive, RookeryError } from '../../shared/index.js';

/** A client of ioredis (`Redis`, `Cluster`), or of node-redis (`createClient()`, `createCluster()`). */
export interface RedisClient {
  // Both libraries overload these, in ways that differ between their versions.
  duplicate(...args: never[]): unknown;
  on(...args: never[]): unknown;
}

/** How the adapter reaches Redis, and what it says there. */
export interface RedisAdapterOptions extends ClusterOptions {
  /** A client that publishes; it stays yours, and is never closed. Its `duplicate()` subscribes. */
  client?: RedisClient | undefined;
  /** A client that subscribes, in place of a duplicate of `client`; it stays yours, and is never closed. */
  subscriber?: RedisClient | undefined;
  /** Where Redis is, as `redis://host:port`: two connections are opened, and closed with the last namespace. */
  url?: string | undefined;
  /** What the library's own constructor takes, in place of a `url`. */
  connection?: object | undefined;
  /** Who opens the connections of `url` and `connection`. @default 'ioredis' */
  library?: 'ioredis' | 'redis' | undefined;
  /** What the names of all channels begin with; the same on every node. @default 'socket.io' */
  key?: string | undefined;
  /**
   * Which messages Redis hands to this node.
   *
   * With `rooms` those of rooms that it has a member of, and those to everyone: a message for other nodes costs it
   * nothing. With `all` every broadcast, as published adapters have it: for an emitter that makes sockets of another
   * process join a room and writes to that room at once.
   *
   * @default 'rooms'
   */
  receive?: 'rooms' | 'all' | undefined;
  /**
   * Whether sharded channels are used (Redis 7): in a Redis Cluster, each message is for one shard alone.
   *
   * Speaks the wire of `createShardedAdapter` then; all nodes of a cluster must have it, or none.
   *
   * @default false
   */
  sharded?: boolean | undefined;
  /**
   * How broadcasts are written.
   *
   * With `batched` those of one turn of the event loop are one message, which every node gets and reads no further than
   * it has members: less work for all where most rooms have members on most nodes. It is used while every node of the
   * cluster has the option; the classic wire serves all others, and not `sharded`.
   *
   * @default 'classic'
   */
  wire?: 'classic' | 'batched' | undefined;
  /**
   * Which rooms have a channel of their own, with `sharded`: all but those of single sockets, none, or all.
   *
   * The same on every node.
   *
   * @default 'dynamic'
   */
  subscriptionMode?: 'dynamic' | 'static' | 'dynamic-private' | undefined;
  /** Whether answers go to the asking node alone; published nodes are answered so too. @default false */
  publishOnSpecificResponseChannel?: boolean | undefined;
  /** How long the first connection may take, and a question to Redis itself, in milliseconds. @default 5_000 */
  connectTimeout?: number | undefined;
  /** How many messages wait for a Redis that is away, before further ones count as lost. @default 10_000 */
  maxWaiting?: number | undefined;
}

/** Options with every default in its place. */
export type ResolvedRedisOptions = {
  readonly [Key in keyof Omit<RedisAdapterOptions, keyof ClusterOptions | 'client' | 'subscriber'>]-?: NonNullable<
    RedisAdapterOptions[Key]
  >;
} & Pick<RedisAdapterOptions, 'client' | 'subscriber'>;

const choices = {
  library: ['ioredis', 'redis'],
  receive: ['rooms', 'all'],
  wire: ['classic', 'batched'],
  subscriptionMode: ['dynamic', 'static', 'dynamic-private'],
} as const;

/** @throws RookeryError `INVALID_OPTION` where a value cannot work. */
export function resolve(options: RedisAdapterOptions): ResolvedRedisOptions {
  const { client, subscriber, url, connection } = options;
  if (client === undefined && url === undefined && connection === undefined) {
    throw new RookeryError('INVALID_OPTION', 'Pass redisAdapter() a client, a url, or the connection options of one');
  }
  for (const each of [client, subscriber]) if (each !== undefined) libraryOf(each);
  for (const [option, allowed] of Object.entries(choices)) {
    const value = options[option as keyof typeof choices];
    if (value !== undefined && !(allowed as readonly string[]).includes(value)) {
      throw new RookeryError('INVALID_OPTION', `${option} is ${allowed.join(' or ')}, not ${String(value)}`);
    }
  }
  if (options.sharded === true && options.wire === 'batched')
    throw new RookeryError('INVALID_OPTION', "wire: 'batched' and sharded cannot be had together; leave one out");
  return {
    client,
    subscriber,
    url: url ?? '',
    connection: connection ?? {},
    library: options.library ?? 'ioredis',
    key: options.key ?? 'socket.io',
    receive: options.receive ?? 'rooms',
    sharded: options.sharded ?? false,
    wire: options.wire ?? 'classic',
    subscriptionMode: options.subscriptionMode ?? 'dynamic',
    publishOnSpecificResponseChannel: options.publishOnSpecificResponseChannel ?? false,
    connectTimeout: positive('connectTimeout', options.connectTimeout ?? 5_000),
    maxWaiting: positive('maxWaiting', options.maxWaiting ?? 10_000),
  };
}

/** Whose client it is, by what it can do: there may be several copies of a library, of several versions. */
export function libraryOf(client: object): 'ioredis' | 'redis' {
  if (typeof (client as { pSubscribe?: unknown }).pSubscribe === 'function') return 'redis';
  if (typeof (client as { psubscribe?: unknown }).psubscribe === 'function') return 'ioredis';
  throw new RookeryError('INVALID_OPTION', 'client is neither one of ioredis nor one of node-redis (4 or later)');
}
