import {
  MessageType,
  type BroadcastData,
  type ClusterAnswer,
  type ClusterChannel,
  type ClusterLog,
  type ClusterMessage,
  type DeliveryLog,
  type DeliveryLogLimits,
  type KeptSession,
  type LoggedBroadcast,
  type NodeId,
  type RecoveringClusterLink,
} from '../../adapter/index.js';
import { askerIn, askerOf, nodeOf, receiveFrom, uidOf } from '../redis-common/node-names.js';
import { isAway } from '../redis-common/outbox.js';
import type { MessagePack } from '../message-pack.js';
import { load } from '../peers.js';
import { RedisDeliveryLog } from '../redis-common/redis-delivery-log.js';
import type { Connections } from '../redis-common/redis-hub.js';
import type { StreamHub } from './stream-hub.js';
import type { Stream, StreamMember } from './stream.js';
import {
  compareIds,
  entriesIn,
  fieldsFor,
  fromBase64,
  messageIn,
  nextId,
  streamOf,
  toBase64,
  type Entry,
} from './streams-wire.js';

/** Of how many nodes the number of their last broadcast is known, at most. */
const maxNodes = 1_000;

/** The wire of `@socket.io/redis-streams-adapter`: what is kept goes through a stream, all else over channels. */
export class StreamsLink implements RecoveringClusterLink {
  readonly log: ClusterLog;
  readonly #channel: ClusterChannel;
  readonly #hub: StreamHub;
  readonly #uid: string;
  readonly #name: string;
  /** Where every node of the namespace listens; the channels of single nodes begin with it. */
  readonly #everyone: string;
  readonly #maxDisconnectionDuration: number;
  /** The last kept broadcast of each node: what comes a second time is left out. */
  readonly #lastSeqs = new Map<string, number>();
  #msgpack!: MessagePack;
  #preparing: Promise<void> | null = null;
  #connections: Connections | null = null;
  #stream: Stream | null = null;
  #isClosed = false;

  /** @param maxDisconnectionDuration how long sessions are kept, in milliseconds. */
  constructor(channel: ClusterChannel, hub: StreamHub, maxDisconnectionDuration: number) {
    const { channelPrefix, streamName, streamCount } = hub.options;
    this.#channel = channel;
    this.#hub = hub;
    this.#uid = uidOf(channel.nodeId);
    this.#name = streamOf(channel.namespace, streamName, streamCount);
    this.#everyone = `${channelPrefix}#${channel.namespace}#`;
    this.#maxDisconnectionDuration = maxDisconnectionDuration;
    const position = (): string => this.#stream?.reader.position ?? '0-0';
    this.log = {
      get start() {
        return position();
      },
      compare: compareIds,
      read: (after, upTo) => this.#read(after, upTo),
      saveSession: (pid, session) => this.#saveSession(pid, session),
      takeSession: (pid) => this.#takeSession(pid),
    };
  }

  async open(): Promise<void> {
    this.#preparing = this.#prepare();
    await this.#preparing;
    const [connections, stream] = [this.#connections, this.#stream];
    if (connections === null || stream === null) return;
    const { redis } = this.#hub;
    let subscribing: Promise<unknown> | undefined;
    try {
      await redis.whenReachable(connections);
    } finally {
      // What cannot be reached now may come back.
      const kind = redis.sharded ? 'shard' : 'channel';
      subscribing = Promise.all(
        this.#channels.map((channel) => connections.subscriptions.add(channel, kind, this.#onMessage)),
      );
    }
    await redis.inTime(Promise.all([subscribing, stream.reader.started]));
    if (!connections.subscriptions.has(this.#everyone)) throw isAway();
  }

  publish(message: ClusterMessage): Promise<void> | void {
    if (message.type === MessageType.ADAPTER_CLOSE) return this.#sayGoodbye(message);
    if (this.#stream !== null) return this.#put(message, this.#stream);
    if (this.#preparing === null || this.#isClosed) throw isAway();
    // In their order, and before all that is published later.
    return this.#preparing.then(() =>
      this.#stream === null ? Promise.reject(isAway()) : this.#put(message, this.#stream),
    );
  }

  reply(to: NodeId | undefined, answer: ClusterAnswer): Promise<void> {
    if (to === undefined) return Promise.reject(isAway());
    return this.#send(this.#channelOf(askerIn(to) ?? uidOf(to)), answer);
  }

  async countOthers(): Promise<number> {
    const [count = 1] = await this.#hub.redis.count(this.#connections, [this.#everyone]);
    return Math.max(count - 1, 0);
  }

  async findGone(nodes: readonly NodeId[]): Promise<NodeId[]> {
    if (nodes.length === 0) return [];
    const channels = nodes.map((node) => this.#channelOf(uidOf(node)));
    const counts = await this.#hub.redis.count(this.#connections, channels);
    return nodes.filter((_node, index) => counts[index] === 0);
  }

  openDeliveryLog(limits: DeliveryLogLimits): DeliveryLog {
    return new RedisDeliveryLog(this.#hub.redis, {
      prefix: this.#hub.options.channelPrefix,
      namespace: this.#channel.namespace,
      limits,
      onMalformed: () => this.#channel.dropMalformed(),
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const [connections, stream] = [this.#connections, this.#stream];
    for (const channel of this.#channels) connections?.subscriptions.remove(channel);
    if (stream?.isUp === true) await this.#hub.redis.inTime(stream.writer.drained()).catch(ignore);
    this.#connections = null;
    this.#stream = null;
    if (stream !== null) this.#hub.letGo(this.#name, this.#channel.namespace);
    await this.#hub.redis.leave(this.#onChange);
  }

  get #channels(): string[] {
    return [this.#everyone, this.#channelOf(this.#uid)];
  }

  #channelOf(uid: string): string {
    return `${this.#everyone}${uid}#`;
  }

  async #prepare(): Promise<void> {
    this.#msgpack = await load('notepack.io', 'rookery/redis-streams');
    const connections = await this.#hub.join(this.#onChange);
    if (this.#isClosed) {
      await this.#hub.redis.leave(this.#onChange);
      return;
    }
    this.#connections = connections;
    this.#stream = this.#hub.stream(this.#name, connections);
    this.#stream.join(this.#channel.namespace, this.#member);
  }

  // hot: the text of a broadcast, and what the writer needs.
  #put(message: ClusterMessage, stream: Stream): Promise<void> {
    if (!isKept(message)) return this.#send(this.#everyone, message);
    const { namespace } = this.#channel;
    const { onlyPlaintext } = this.#hub.options;
    return stream.writer.add(this.#uid, fieldsFor(this.#uid, namespace, message, this.#msgpack, onlyPlaintext));
  }

  #send(channel: string, message: ClusterMessage): Promise<void> {
    if (this.#connections === null) return Promise.reject(isAway());
    const nsp = this.#channel.namespace;
    return this.#connections.outbox.publish(channel, this.#msgpack.encode({ uid: this.#uid, nsp, ...message }));
  }

  /** Behind all that this node has to say; not waited for when nobody can hear it. */
  async #sayGoodbye(message: ClusterMessage): Promise<void> {
    const { redis } = this.#hub;
    if (this.#connections === null || !redis.isReachable) return;
    if (this.#stream?.isUp === true) await redis.inTime(this.#stream.writer.drained());
    await redis.inTime(this.#send(this.#everyone, message));
  }

  readonly #onChange = (_isReachable?: boolean, error?: Error): void => {
    this.#channel.setReachable(this.#hub.redis.isReachable && this.#stream?.isUp === true, error);
  };

  readonly #member: StreamMember = {
    onPosition: (id) => this.#channel.advance(id),
    onEntry: (entry) => this.#onEntry(entry),
    onMalformed: () => this.#channel.dropMalformed(),
    onChange: (error) => this.#onChange(undefined, error),
  };

  #onEntry(entry: Entry): void {
    this.#channel.advance(entry.id);
    const { uid } = entry.fields;
    const message = messageIn(entry, this.#msgpack);
    if (message === undefined || uid === undefined || !isKept(message)) {
      this.#channel.dropMalformed();
      return;
    }
    if (message.type !== MessageType.BROADCAST || isFirst(this.#lastSeqs, uid, message.data)) {
      receiveFrom(this.#channel, uid, message);
    }
  }

  readonly #onMessage = (bytes: Buffer): void => {
    const message = this.#decode(bytes);
    if (typeof message !== 'object' || message === null) {
      this.#channel.dropMalformed();
      return;
    }
    const { uid, nsp, type, data } = message as Record<string, unknown>;
    if (uid === this.#uid || (nsp !== undefined && nsp !== this.#channel.namespace)) return;
    receiveFrom(this.#channel, uid, { type, data });
  };

  /** What cannot be read is no message. */
  #decode(bytes: Buffer): unknown {
    try {
      return this.#msgpack.decode(bytes);
    } catch {
      return undefined;
    }
  }

  async #read(after: string, upTo: string): Promise<LoggedBroadcast[] | undefined> {
    const stream = this.#openStream();
    const count = String(Math.max(this.#hub.options.readCount, 1_000));
    const broadcasts: LoggedBroadcast[] = [];
    const seqs = new Map<string, number>();
    let isBegun = false;
    for (let from = after; ;) {
      const range = ['XRANGE', this.#name, from, upTo, 'COUNT', count];
      const [answer] = await stream.writer.ask(this.#name, range);
      const entries = entriesIn(answer);
      // What has gone took others along that stood behind it.
      if (!isBegun && entries[0]?.id !== after) return undefined;
      for (const entry of isBegun ? entries : entries.slice(1)) {
        const logged = this.#loggedIn(entry);
        if (logged !== undefined && isFirst(seqs, logged.from, logged.data)) broadcasts.push(logged);
      }
      isBegun = true;
      const last = entries.at(-1)?.id;
      if (last === undefined || compareIds(last, upTo)! >= 0) return broadcasts;
      from = nextId(last);
    }
  }

  #loggedIn(entry: Entry): LoggedBroadcast | undefined {
    const { nsp, uid, type } = entry.fields;
    if (nsp !== this.#channel.namespace || type !== String(MessageType.BROADCAST)) return undefined;
    const message = messageIn(entry, this.#msgpack);
    if (message?.type !== MessageType.BROADCAST) return undefined;
    return { position: entry.id, from: nodeOf(uid) ?? askerOf(uid) ?? '', data: message.data };
  }

  #keyOf(pid: string): string {
    return this.#hub.options.sessionKeyPrefix + pid;
  }

  async #saveSession(pid: string, session: KeptSession): Promise<void> {
    const text = toBase64(session, this.#msgpack);
    await this.#openStream().writer.keep(this.#keyOf(pid), text, this.#maxDisconnectionDuration);
  }

  async #takeSession(pid: string): Promise<unknown> {
    const key = this.#keyOf(pid);
    const [text, deleted] = await this.#openStream().writer.ask(key, ['GET', key], ['DEL', key]);
    // Of those that come at the same time, one deletes it.
    return Number(deleted) === 1 ? fromBase64(text, this.#msgpack) : undefined;
  }

  #openStream(): Stream {
    if (this.#stream === null) throw isAway();
    return this.#stream;
  }
}

/** Whether it stands in the stream: what somebody waits for an answer to does not, and what only this package says. */
function isKept(message: ClusterMessage): boolean {
  switch (message.type) {
    case MessageType.BROADCAST:
      return typeof message.data.requestId !== 'string';
    case MessageType.SOCKETS_JOIN:
    case MessageType.SOCKETS_LEAVE:
    case MessageType.DISCONNECT_SOCKETS:
      return true;
    default:
      return false;
  }
}

/** Whether a broadcast has not come before: where a connection was lost, a node may say the last again. */
function isFirst(lastSeqs: Map<string, number>, uid: string, { seq }: BroadcastData): boolean {
  if (typeof seq !== 'number') return true;
  if (seq <= (lastSeqs.get(uid) ?? 0)) return false;
  if (lastSeqs.size >= maxNodes) lastSeqs.delete(lastSeqs.keys().next().value!);
  lastSeqs.set(uid, seq);
  return true;
}

function ignore(): void {}
