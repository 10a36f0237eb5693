import type { RedisConnection } from './redis-connection.js';

/** Something to be published. */
export interface Outgoing {
  readonly channel: string;
  readonly message: string | Buffer;
}

/** How a channel is listened to: by its name, by a pattern, on the shard that it belongs to. */
export type SubscriptionKind = 'channel' | 'pattern' | 'shard';

/** What a driver reports. */
export interface RedisEvents {
  /** @param subscription what was subscribed to: the channel, or the pattern. */
  onMessage(subscription: string, message: Buffer): void;
  /** The connection that subscribes is a new one: nothing is subscribed to. */
  onRenewed(): void;
  /** Both connections work, or one does not. */
  onReachable(isReachable: boolean, error?: Error): void;
}

/** Two connections to Redis over one of its libraries: one publishes, the other subscribes. */
export interface RedisDriver {
  /** Resolves when both connections work. */
  open(): Promise<void>;
  /** Sends all of them in their order; rejects when one was not taken. */
  publish(batch: readonly Outgoing[], sharded: boolean): Promise<unknown>;
  subscribe(kind: SubscriptionKind, channels: readonly string[]): Promise<unknown>;
  unsubscribe(kind: SubscriptionKind, channels: readonly string[]): Promise<unknown>;
  /** How many listen to each of the channels, on all nodes of Redis. */
  countSubscribers(channels: readonly string[], sharded: boolean): Promise<number[]>;
  /**
   * One more connection like the one that publishes; rejects when it cannot be made.
   *
   * @param key one that it is to be near to, or `null` for none: then a client of a Redis Cluster sends the commands.
   */
  connect(key: string | null): Promise<RedisConnection>;
  /** Closes the connections that it opened, and lets go of the others. */
  close(): Promise<void>;
}

/** The counts in an answer to PUBSUB NUMSUB, which has names and counts in turn. */
export function countsIn(answers: readonly unknown[][]): number[] {
  const counts: number[] = [];
  for (const answer of answers) {
    for (let at = 1; at < answer.length; at += 2) {
      const index = (at - 1) / 2;
      counts[index] = (counts[index] ?? 0) + Number(answer[at]);
    }
  }
  return counts;
}
