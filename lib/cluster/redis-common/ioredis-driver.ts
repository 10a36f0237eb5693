import { ownerOf, questionFor } from './key-owner.js';
import { probe, refusesScripts, scriptsFor } from './publish-script.js';
import { SingleConnection, type RedisConnection } from './redis-connection.js';
import { countsIn, type Outgoing, type RedisDriver, type RedisEvents, type SubscriptionKind } from './redis-driver.js';

/** What is used of an ioredis client; a `Cluster` has `nodes`. */
interface Ioredis {
  readonly status: string;
  readonly isCluster?: boolean;
  nodes?(role: 'all' | 'master'): Ioredis[];
  duplicate(...args: unknown[]): Ioredis;
  connect(): Promise<void>;
  disconnect(): void;
  call(command: string, args: (string | Buffer)[]): Promise<unknown>;
  publish(channel: string, message: string | Buffer): Promise<unknown>;
  spublish(channel: string, message: string | Buffer): Promise<unknown>;
  subscribe(...channels: string[]): Promise<unknown>;
  psubscribe(...channels: string[]): Promise<unknown>;
  ssubscribe(...channels: string[]): Promise<unknown>;
  unsubscribe(...channels: string[]): Promise<unknown>;
  punsubscribe(...channels: string[]): Promise<unknown>;
  sunsubscribe(...channels: string[]): Promise<unknown>;
  on(event: string, listener: (...args: never[]) => void): unknown;
  off(event: string, listener: (...args: never[]) => void): unknown;
}

const verbs = { channel: 'subscribe', pattern: 'psubscribe', shard: 'ssubscribe' } as const;
const undoing = { channel: 'unsubscribe', pattern: 'punsubscribe', shard: 'sunsubscribe' } as const;

/** It is made once, waits for nothing, and a command that blocks may take its time. */
const oneConnection = {
  lazyConnect: true,
  retryStrategy: null,
  enableOfflineQueue: false,
  maxRetriesPerRequest: null,
  autoResendUnfulfilledCommands: false,
  commandTimeout: undefined,
  socketTimeout: undefined,
};

/** Two ioredis clients. */
export class IoredisDriver implements RedisDriver {
  readonly #publisher: Ioredis;
  readonly #subscriber: Ioredis;
  readonly #own: Ioredis[];
  readonly #listeners: [client: Ioredis, event: string, listener: (...args: never[]) => void][] = [];
  readonly #events: RedisEvents;
  /** The node of a cluster that publishes: over one connection messages keep their order. */
  #node: Ioredis | undefined;
  #refusesScripts = false;

  /** @param own those of the two that this driver is to close. */
  constructor(publisher: object, subscriber: object, own: readonly object[], events: RedisEvents) {
    this.#publisher = publisher as Ioredis;
    this.#subscriber = subscriber as Ioredis;
    this.#own = own as Ioredis[];
    this.#events = events;
    const onStatus = (): void => events.onReachable(this.#isReady);
    for (const client of new Set([this.#publisher, this.#subscriber])) {
      this.#listen(client, 'ready', onStatus);
      this.#listen(client, 'close', onStatus);
      this.#listen(client, 'end', onStatus);
      this.#listen(client, 'error', (error: Error) => events.onReachable(this.#isReady, error));
    }
    const onMessage = (channel: Buffer, message: Buffer): void => events.onMessage(channel.toString(), message);
    this.#listen(this.#subscriber, 'messageBuffer', onMessage);
    this.#listen(this.#subscriber, 'smessageBuffer', onMessage);
    this.#listen(this.#subscriber, 'pmessageBuffer', (pattern: Buffer | string, _channel: Buffer, message: Buffer) =>
      events.onMessage(String(pattern), message),
    );
  }

  /** A second connection like a client's, that subscribes. */
  static subscriberLike(client: object, sharded: boolean): object {
    const original = client as Ioredis;
    if (original.isCluster === true) return original.duplicate([], sharded ? { shardedSubscribers: true } : {});
    // What was asked for while Redis is away is asked for when it is back.
    return original.duplicate({ maxRetriesPerRequest: null, enableOfflineQueue: true, lazyConnect: false });
  }

  get #isReady(): boolean {
    return this.#publisher.status === 'ready' && this.#subscriber.status === 'ready';
  }

  async open(): Promise<void> {
    await Promise.all([whenReady(this.#publisher), whenReady(this.#subscriber)]);
    await this.#checkScripts();
    this.#events.onReachable(true);
  }

  /** Asked first: what is published after a refused script would overtake it. */
  async #checkScripts(): Promise<void> {
    try {
      const [command, ...args] = probe;
      await this.#publishing().call(command, args);
    } catch (error) {
      this.#refusesScripts = refusesScripts(error);
    }
  }

  async publish(batch: readonly Outgoing[], sharded: boolean): Promise<void> {
    if (sharded) {
      await Promise.all(batch.map(({ channel, message }) => this.#publisher.spublish(channel, message)));
      return;
    }
    const publisher = this.#publishing();
    if (batch.length > 1 && !this.#refusesScripts) {
      try {
        await Promise.all(scriptsFor(batch).map(([command, ...args]) => publisher.call(String(command), args)));
        return;
      } catch (error) {
        if (!refusesScripts(error)) throw error;
        this.#refusesScripts = true;
      }
    }
    await Promise.all(batch.map(({ channel, message }) => publisher.publish(channel, message)));
  }

  async subscribe(kind: SubscriptionKind, channels: readonly string[]): Promise<void> {
    await this.#each(verbs[kind], kind, channels);
  }

  async unsubscribe(kind: SubscriptionKind, channels: readonly string[]): Promise<void> {
    await this.#each(undoing[kind], kind, channels);
  }

  async countSubscribers(channels: readonly string[], sharded: boolean): Promise<number[]> {
    const nodes = this.#publisher.nodes?.('all') ?? [this.#publisher];
    const command = sharded ? 'SHARDNUMSUB' : 'NUMSUB';
    return countsIn(
      (await Promise.all(nodes.map((node) => node.call('PUBSUB', [command, ...channels])))) as unknown[][],
    );
  }

  async connect(key: string | null): Promise<RedisConnection> {
    const client = this.#publisher;
    if (key === null && client.isCluster === true) {
      return new SingleConnection((_about, [command, ...args]) => client.call(command!, args), ignore);
    }
    const node = client.isCluster === true ? await ownerIn(client, key!) : client;
    const alone = node.duplicate(oneConnection);
    const connection = new SingleConnection(
      // Other keys are wherever they are.
      (about, [command, ...args]) => (about === key || node === client ? alone : client).call(command!, args),
      () => alone.disconnect(),
    );
    let lastError: Error | undefined;
    alone.on('error', (error: Error) => (lastError = error));
    for (const event of ['close', 'end']) {
      alone.on(event, () => connection.lose(lastError ?? new Error('The connection to Redis was lost')));
    }
    try {
      await alone.connect();
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  async close(): Promise<void> {
    for (const [client, event, listener] of this.#listeners.splice(0)) client.off(event, listener);
    for (const client of this.#own) {
      // Its last words must not end the process.
      client.on('error', ignore);
      client.disconnect();
    }
  }

  #publishing(): Ioredis {
    if (this.#publisher.nodes === undefined) return this.#publisher;
    if (this.#node?.status === 'ready') return this.#node;
    this.#node = this.#publisher.nodes('master').find(({ status }) => status === 'ready');
    return this.#node ?? this.#publisher;
  }

  /** Channels of several slots cannot be named in one command. */
  async #each(verb: keyof Ioredis & string, kind: SubscriptionKind, channels: readonly string[]): Promise<void> {
    const client = this.#subscriber;
    const send = client[verb as 'subscribe'].bind(client);
    if (kind === 'shard' && client.isCluster === true) await Promise.all(channels.map((channel) => send(channel)));
    else await send(...channels);
  }

  #listen(client: Ioredis, event: string, listener: (...args: never[]) => void): void {
    client.on(event, listener);
    this.#listeners.push([client, event, listener]);
  }
}

function ownerIn(cluster: Ioredis, key: string): Promise<Ioredis> {
  const [command, ...args] = questionFor(key);
  const ask = (client: Ioredis): Promise<unknown> => client.call(command, args);
  return ownerOf(
    () => ask(cluster),
    () => cluster.nodes!('master'),
    ask,
  );
}

async function whenReady(client: Ioredis): Promise<void> {
  if (client.status === 'ready') return;
  const ready = new Promise<void>((resolve) => client.on('ready', () => resolve()));
  // A lazy one waits to be told; its failure is tried again, and told by `error`.
  if (client.status === 'wait') client.connect().catch(ignore);
  await ready;
}

function ignore(): void {}
