import type { ClusterOptions } from '../../adapter/index.js';
import { positive } from '../../shared/index.js';
import {
  resolveConnection,
  type RedisConnectionOptions,
  type ResolvedConnection,
} from '../redis-common/connection-options.js';

/** How the adapter reaches Redis, and what it keeps there. */
export interface RedisStreamsAdapterOptions extends ClusterOptions, RedisConnectionOptions {
  /** The name of the stream, or what the names of several begin with; the same on every node. @default 'socket.io' */
  streamName?: string | undefined;
  /** How many streams the namespaces are spread over, each read by a connection of its own; the same on every node. @default 1 */
  streamCount?: number | undefined;
  /** What the names of all channels begin with, and of the logs of reliable delivery; the same on every node. @default 'socket.io' */
  channelPrefix?: string | undefined;
  /** Whether the channels are sharded (Redis 7); the same on every node. @default false */
  useShardedPubSub?: boolean | undefined;
  /** How many messages a stream holds, about: who comes back later than that begins anew. @default 10_000 */
  maxLen?: number | undefined;
  /** How many messages are read at once, at most. @default 100 */
  readCount?: number | undefined;
  /** How long Redis waits for a message before it answers that there is none, in milliseconds. @default 5_000 */
  blockTimeInMs?: number | undefined;
  /** What the keys of sessions begin with; the same on every node. @default 'sio:session:' */
  sessionKeyPrefix?: string | undefined;
  /** Whether messages in the stream are never looked through for bytes, because none are sent. @default false */
  onlyPlaintext?: boolean | undefined;
}

/** Options with every default in its place. */
export type ResolvedStreamsOptions = ResolvedConnection & {
  readonly [
    Key in keyof Omit<RedisStreamsAdapterOptions, keyof ClusterOptions | keyof RedisConnectionOptions>
  ]-?: NonNullable<RedisStreamsAdapterOptions[Key]>;
};

/** @throws RookeryError `INVALID_OPTION` where a value cannot work. */
export function resolve(options: RedisStreamsAdapterOptions): ResolvedStreamsOptions {
  return {
    ...resolveConnection(options, 'redisStreamsAdapter'),
    streamName: options.streamName ?? 'socket.io',
    streamCount: positive('streamCount', options.streamCount ?? 1),
    channelPrefix: options.channelPrefix ?? 'socket.io',
    useShardedPubSub: options.useShardedPubSub ?? false,
    maxLen: positive('maxLen', options.maxLen ?? 10_000),
    readCount: positive('readCount', options.readCount ?? 100),
    blockTimeInMs: positive('blockTimeInMs', options.blockTimeInMs ?? 5_000),
    sessionKeyPrefix: options.sessionKeyPrefix ?? 'sio:session:',
    onlyPlaintext: options.onlyPlaintext ?? false,
  };
}
