import { ownerOf, questionFor } from './key-owner.js';
import { probe, refusesScripts, scriptsFor } from './publish-script.js';
import { SingleConnection, type RedisConnection } from './redis-connection.js';
import { countsIn, type Outgoing, type RedisDriver, type RedisEvents, type SubscriptionKind } from './redis-driver.js';

type Listener = (message: Buffer, channel: Buffer) => void;

/** What is used of a node-redis client; a cluster has `masters`. */
interface NodeRedis {
  readonly isOpen: boolean;
  readonly isReady?: boolean;
  readonly masters?: readonly object[];
  readonly replicas?: readonly object[];
  nodeClient?(node: object): NodeRedis | Promise<NodeRedis>;
  readonly options?: { readonly socket?: object };
  duplicate(overrides?: object): NodeRedis;
  connect(): Promise<unknown>;
  destroy?(): void;
  disconnect?(): Promise<void>;
  sendCommand(args: (string | Buffer)[]): Promise<unknown>;
  sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>;
  publish(channel: string, message: string | Buffer): Promise<unknown>;
  sPublish(channel: string, message: string | Buffer): Promise<unknown>;
  subscribe(channels: string | readonly string[], listener: Listener, asBuffers: true): Promise<void>;
  pSubscribe(channels: string | readonly string[], listener: Listener, asBuffers: true): Promise<void>;
  sSubscribe(channels: string | readonly string[], listener: Listener, asBuffers: true): Promise<void>;
  unsubscribe(channel: string, listener: Listener, asBuffers: true): Promise<void>;
  pUnsubscribe(channel: string, listener: Listener, asBuffers: true): Promise<void>;
  sUnsubscribe(channel: string, listener: Listener, asBuffers: true): Promise<void>;
  on(event: string, listener: (...args: never[]) => void): unknown;
  off(event: string, listener: (...args: never[]) => void): unknown;
}

const verbs = { channel: 'subscribe', pattern: 'pSubscribe', shard: 'sSubscribe' } as const;
const undoing = { channel: 'unsubscribe', pattern: 'pUnsubscribe', shard: 'sUnsubscribe' } as const;

/** Two clients of node-redis, from its version 4 on. */
export class NodeRedisDriver implements RedisDriver {
  readonly #publisher: NodeRedis;
  #subscriber: NodeRedis;
  #own: readonly NodeRedis[];
  #listeners: [client: NodeRedis, event: string, listener: (...args: never[]) => void][] = [];
  readonly #events: RedisEvents;
  readonly #onMessage: Listener;
  readonly #patterns = new Map<string, Listener>();
  /** The node of a cluster that publishes: over one connection messages keep their order. */
  #refusesScripts = false;
  #isClosed = false;
  #node: { address: object; client: Promise<NodeRedis> } | undefined;

  /** @param own those of the two that this driver is to close. */
  constructor(publisher: object, subscriber: object, own: readonly object[], events: RedisEvents, sharded: boolean) {
    this.#publisher = publisher as NodeRedis;
    this.#subscriber = subscriber as NodeRedis;
    this.#own = own as NodeRedis[];
    this.#events = events;
    this.#onMessage = (message, channel) => events.onMessage(channel.toString(), message);
    for (const client of new Set([this.#publisher, this.#subscriber])) this.#observe(client);
    const isRenewed = sharded && this.#own.includes(this.#subscriber) && this.#subscriber.masters === undefined;
    if (isRenewed) this.#subscriber.on('reconnecting', () => this.#renew());
  }

  /** A second connection like a client's, that subscribes. */
  static subscriberLike(client: object, _sharded: boolean): object {
    return (client as NodeRedis).duplicate();
  }

  get #isReady(): boolean {
    return isReady(this.#publisher) && isReady(this.#subscriber);
  }

  async open(): Promise<void> {
    await Promise.all([this.#publisher, this.#subscriber].map((client) => this.#whenReady(client)));
    await this.#checkScripts();
    this.#events.onReachable(true);
  }

  /** Asked first: what is published after a refused script would overtake it. */
  async #checkScripts(): Promise<void> {
    try {
      const publisher = this.#publisher.masters === undefined ? this.#publisher : await this.#publishing();
      await publisher.sendCommand([...probe]);
    } catch (error) {
      this.#refusesScripts = refusesScripts(error);
    }
  }

  async publish(batch: readonly Outgoing[], sharded: boolean): Promise<void> {
    if (sharded) {
      await Promise.all(batch.map(({ channel, message }) => this.#publisher.sPublish(channel, message)));
      return;
    }
    const publisher = this.#publisher.masters === undefined ? this.#publisher : await this.#publishing();
    if (batch.length > 1 && !this.#refusesScripts) {
      try {
        await Promise.all(scriptsFor(batch).map((command) => publisher.sendCommand(command)));
        return;
      } catch (error) {
        if (!refusesScripts(error)) throw error;
        this.#refusesScripts = true;
      }
    }
    await Promise.all(batch.map(({ channel, message }) => publisher.publish(channel, message)));
  }

  async subscribe(kind: SubscriptionKind, channels: readonly string[]): Promise<void> {
    const client = this.#subscriber;
    if (kind === 'pattern') {
      await Promise.all(channels.map((pattern) => client.pSubscribe(pattern, this.#onPattern(pattern), true)));
      return;
    }
    // Channels of several slots cannot be named in one command.
    const isSplit = kind === 'shard' && client.masters !== undefined;
    const sets = isSplit ? channels.map((channel) => [channel]) : [channels];
    await Promise.all(sets.map((set) => client[verbs[kind]](set, this.#onMessage, true)));
  }

  async unsubscribe(kind: SubscriptionKind, channels: readonly string[]): Promise<void> {
    const client = this.#subscriber;
    // Version 4 mistakes the answers to a command that names several.
    await Promise.all(
      channels.map((channel) => {
        const listener = kind === 'pattern' ? this.#onPattern(channel) : this.#onMessage;
        return client[undoing[kind]](channel, listener, true);
      }),
    );
  }

  async countSubscribers(channels: readonly string[], sharded: boolean): Promise<number[]> {
    const { masters, replicas = [] } = this.#publisher;
    const nodes =
      masters === undefined
        ? [this.#publisher]
        : await Promise.all([...masters, ...replicas].map((node) => this.#publisher.nodeClient!(node)));
    const command = ['PUBSUB', sharded ? 'SHARDNUMSUB' : 'NUMSUB', ...channels];
    return countsIn((await Promise.all(nodes.map((node) => node.sendCommand(command)))) as unknown[][]);
  }

  async connect(key: string | null): Promise<RedisConnection> {
    const client = this.#publisher;
    const isCluster = client.masters !== undefined;
    if (key === null && isCluster) {
      return new SingleConnection((about, args) => client.sendCommand(about, false, args), ignore);
    }
    const node = isCluster ? await ownerIn(client, key!) : client;
    const socket = { ...node.options?.socket, reconnectStrategy: false, socketTimeout: undefined };
    const alone = node.duplicate({ disableOfflineQueue: true, socket });
    const connection = new SingleConnection(
      // Other keys are wherever they are.
      (about, args) => (isCluster && about !== key ? client.sendCommand(about, false, args) : alone.sendCommand(args)),
      () => void endOf(alone),
    );
    const lose = (error?: Error): void => connection.lose(error ?? new Error('The connection to Redis was lost'));
    alone.on('error', lose);
    alone.on('end', () => lose());
    try {
      await alone.connect();
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const [client, event, listener] of this.#listeners.splice(0)) client.off(event, listener);
    for (const client of this.#own) {
      // Its last words must not end the process.
      client.on('error', ignore);
      await endOf(client);
    }
  }

  async #publishing(): Promise<NodeRedis> {
    const { masters } = this.#publisher;
    if (this.#node === undefined || !masters!.includes(this.#node.address)) {
      const address = masters![0]!;
      this.#node = { address, client: Promise.resolve(this.#publisher.nodeClient!(address)) };
    }
    return this.#node.client;
  }

  #onPattern(pattern: string): Listener {
    let listener = this.#patterns.get(pattern);
    if (listener === undefined) {
      listener = (message) => this.#events.onMessage(pattern, message);
      this.#patterns.set(pattern, listener);
    }
    return listener;
  }

  async #whenReady(client: NodeRedis): Promise<void> {
    if (isReady(client)) return;
    const ready = new Promise<void>((resolve) => {
      client.on('ready', () => resolve());
      // A cluster tells nothing else.
      if (!client.isOpen) client.connect().then(() => resolve(), ignore);
    });
    await ready;
  }

  /** With some hundreds of shard channels the library never finishes to subscribe anew; a new client has none yet. */
  #renew(): void {
    if (this.#isClosed) return;
    const old = this.#subscriber;
    this.#subscriber = old.duplicate();
    this.#own = this.#own.map((client) => (client === old ? this.#subscriber : client));
    for (const [client, event, listener] of this.#listeners) if (client === old) old.off(event, listener);
    this.#listeners = this.#listeners.filter(([client]) => client !== old);
    old.on('error', ignore);
    old.destroy?.();
    this.#events.onRenewed();
    this.#observe(this.#subscriber);
    this.#subscriber.on('reconnecting', () => this.#renew());
    this.#subscriber.connect().catch(ignore);
  }

  #observe(client: NodeRedis): void {
    const onStatus = (): void => this.#events.onReachable(this.#isReady);
    for (const event of ['ready', 'reconnecting', 'end']) this.#listen(client, event, onStatus);
    this.#listen(client, 'error', (error: Error) => this.#events.onReachable(this.#isReady, error));
  }

  #listen(client: NodeRedis, event: string, listener: (...args: never[]) => void): void {
    client.on(event, listener);
    this.#listeners.push([client, event, listener]);
  }
}

async function ownerIn(cluster: NodeRedis, key: string): Promise<NodeRedis> {
  const question = questionFor(key);
  const clientOf = async (master: object): Promise<NodeRedis> => cluster.nodeClient!(master);
  const owner = await ownerOf(
    () => cluster.sendCommand(key, false, question),
    () => cluster.masters!,
    async (master) => (await clientOf(master)).sendCommand(question),
  );
  return clientOf(owner);
}

function isReady({ isReady: ready, isOpen }: NodeRedis): boolean {
  return ready ?? isOpen;
}

async function endOf(client: NodeRedis): Promise<void> {
  try {
    if (client.destroy === undefined) await client.disconnect!();
    else client.destroy();
  } catch {
    // It was not open, or is closed already.
  }
}

function ignore(): void {}
