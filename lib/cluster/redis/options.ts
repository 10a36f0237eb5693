import type { ClusterOptions } from '../../adapter/index.js';
import { RookeryError } from '../../shared/index.js';
import {
  checkChoice,
  resolveConnection,
  type RedisConnectionOptions,
  type ResolvedConnection,
} from '../redis-common/connection-options.js';

/** How the adapter reaches Redis, and what it says there. */
export interface RedisAdapterOptions extends ClusterOptions, RedisConnectionOptions {
  /** What the names of all channels and keys begin with; the same on every node. @default 'socket.io' */
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
}

/** Options with every default in its place. */
export type ResolvedRedisOptions = ResolvedConnection & {
  readonly [Key in keyof Omit<RedisAdapterOptions, keyof ClusterOptions | keyof RedisConnectionOptions>]-?: NonNullable<
    RedisAdapterOptions[Key]
  >;
};

/** @throws RookeryError `INVALID_OPTION` where a value cannot work. */
export function resolve(options: RedisAdapterOptions): ResolvedRedisOptions {
  const connection = resolveConnection(options, 'redisAdapter');
  checkChoice('receive', options.receive, ['rooms', 'all']);
  checkChoice('subscriptionMode', options.subscriptionMode, ['dynamic', 'static', 'dynamic-private']);
  checkChoice('wire', options.wire, ['classic', 'batched']);
  if (options.sharded === true && options.wire === 'batched')
    throw new RookeryError('INVALID_OPTION', "wire: 'batched' and sharded cannot be had together; leave one out");
  return {
    ...connection,
    key: options.key ?? 'socket.io',
    receive: options.receive ?? 'rooms',
    sharded: options.sharded ?? false,
    wire: options.wire ?? 'classic',
    subscriptionMode: options.subscriptionMode ?? 'dynamic',
    publishOnSpecificResponseChannel: options.publishOnSpecificResponseChannel ?? false,
  };
}
