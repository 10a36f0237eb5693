import { RookeryError } from '../../shared/index.js';
import { IoredisDriver } from './ioredis-driver.js';
import { NodeRedisDriver } from './node-redis-driver.js';
import { libraryOf, type ResolvedConnection } from './connection-options.js';
import { inTime } from '../deferred.js';
import { isAway, Outbox } from './outbox.js';
import { LastingConnection } from './lasting-connection.js';
import { load } from '../peers.js';
import type { RedisDriver, RedisEvents } from './redis-driver.js';
import { Subscriptions } from './subscriptions.js';

/** Two connections that work, and what goes over them. */
export interface Connections {
  readonly driver: RedisDriver;
  readonly outbox: Outbox;
  readonly subscriptions: Subscriptions;
}

/** Who wants to know whether Redis is there. */
export type ReachableListener = (isReachable: boolean, error?: Error) => void;

/** Subscribers that were passed and are in use: another server of the process must not let go of their channels. */
const lent = new WeakSet<object>();

const drivers = { ioredis: IoredisDriver, redis: NodeRedisDriver };

/** The connections that the namespaces of a server share: opened for the first, closed after the last. */
export class RedisHub {
  readonly options: ResolvedConnection;
  readonly sharded: boolean;
  readonly #users = new Set<ReachableListener>();
  #opening: Promise<Connections> | null = null;
  #current: Connections | null = null;
  #isReachable = false;
  #lastError: Error | undefined;
  #borrowed: object | null = null;
  #keeping: LastingConnection | null = null;

  constructor(options: ResolvedConnection, sharded: boolean) {
    this.options = options;
    this.sharded = sharded;
  }

  get isReachable(): boolean {
    return this.#isReachable;
  }

  /** Rejects when a library is missing; connects in the background. */
  join(user: ReachableListener): Promise<Connections> {
    this.#users.add(user);
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** Resolves when Redis is reached; rejects when that takes too long. */
  async whenReachable({ driver }: Connections): Promise<void> {
    await this.inTime(driver.open());
  }

  /** What Redis is asked, with an end; rejects with what is known about why. */
  inTime<T>(asked: Promise<T>): Promise<T> {
    const { connectTimeout } = this.options;
    return inTime(asked, connectTimeout, () => this.#unreachable(connectTimeout));
  }

  /** How many listen to each of these channels, by the connections of one who has joined. */
  async count(connections: Connections | null, channels: readonly string[]): Promise<number[]> {
    if (connections === null || !this.#isReachable) throw isAway();
    return this.inTime(connections.driver.countSubscribers(channels, this.sharded));
  }

  /** One more connection, for what is kept and read again: made for the first who asks, closed after the last user. */
  keeping({ driver }: Connections): LastingConnection {
    this.#keeping ??= new LastingConnection(
      () => driver.connect(null),
      (error) => (this.#lastError = error ?? this.#lastError),
    );
    return this.#keeping;
  }

  async leave(user: ReachableListener): Promise<void> {
    if (!this.#users.delete(user) || this.#users.size > 0) return;
    this.#keeping?.close();
    this.#keeping = null;
    const opening = this.#opening;
    this.#opening = null;
    this.#current = null;
    this.#isReachable = false;
    const connections = await opening?.catch(() => null);
    connections?.subscriptions.close();
    await connections?.driver.close();
    this.#giveBack();
  }

  async #open(): Promise<Connections> {
    const { client, connectTimeout } = this.options;
    const library = client === undefined ? this.options.library : libraryOf(client);
    const publisher = client ?? (await this.#connect());
    const driverOf = drivers[library];
    const subscriber = this.#borrow();
    const listener = subscriber ?? driverOf.subscriberLike(publisher, this.sharded);
    const own = [...(client === undefined ? [publisher] : []), ...(subscriber === undefined ? [listener] : [])];
    const driver: RedisDriver = new driverOf(publisher, listener, own, this.#events(), this.sharded);
    const connections: Connections = {
      driver,
      outbox: new Outbox(driver, this.sharded, this.options.maxWaiting),
      subscriptions: new Subscriptions(driver, connectTimeout, (error) => this.#onReachable(this.#isReachable, error)),
    };
    this.#current = connections;
    return connections;
  }

  #borrow(): object | undefined {
    const { subscriber } = this.options;
    if (subscriber === undefined || lent.has(subscriber)) return undefined;
    lent.add(subscriber);
    this.#borrowed = subscriber;
    return subscriber;
  }

  #giveBack(): void {
    if (this.#borrowed !== null) lent.delete(this.#borrowed);
    this.#borrowed = null;
  }

  async #connect(): Promise<object> {
    const { url, connection, library } = this.options;
    if (library === 'redis')
      return (await load('redis', 'An adapter over Redis')).createClient(
        url === '' ? connection : { ...connection, url },
      );
    const Redis = await load('ioredis', 'An adapter over Redis');
    return url === '' ? new Redis(connection) : new Redis(url, connection);
  }

  #events(): RedisEvents {
    return {
      onMessage: (subscription, message) => this.#current?.subscriptions.dispatch(subscription, message),
      onRenewed: () => this.#current?.subscriptions.renew(),
      onReachable: (isReachable, error) => this.#onReachable(isReachable, error),
    };
  }

  #onReachable(isReachable: boolean, error: Error | undefined): void {
    if (error !== undefined) this.#lastError = error;
    if (isReachable !== this.#isReachable) {
      this.#isReachable = isReachable;
      this.#current?.outbox.setReachable(isReachable);
      this.#current?.subscriptions.setReachable(isReachable);
    }
    for (const user of this.#users) user(isReachable, error);
  }

  #unreachable(timeout: number): RookeryError {
    const cause = this.#lastError;
    const why = cause === undefined ? '' : `: ${cause.message === '' ? cause.name : cause.message}`;
    return new RookeryError('CLUSTER_UNREACHABLE', `Redis did not answer in ${timeout} ms${why}`, { cause });
  }
}
