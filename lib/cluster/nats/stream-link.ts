import {
  MessageType,
  type BroadcastData,
  type ClusterChannel,
  type ClusterLog,
  type ClusterMessage,
  type KeptSession,
  type LoggedBroadcast,
  type NodeId,
  type RecoveringClusterLink,
} from '../../adapter/index.js';
import { deferred } from '../deferred.js';
import { maxPid, unkept } from '../kept.js';
import { JetStream, streamConfig, type StreamConfig, type StreamInfo } from './jetstream.js';
import type { NatsHub } from './nats-hub.js';
import { NatsLink } from './nats-link.js';
import { decodeEnvelope, decodeValue, encodeMessage, token } from './nats-wire.js';
import type { ResolvedNatsRecovery } from './options.js';
import { OrderedConsumer } from './ordered-consumer.js';
import { RecentNumbers } from './recent-numbers.js';
import { StreamOutbox } from './stream-outbox.js';
import { StreamPosition } from './stream-position.js';

/** How many messages of the stream are asked for at a time. */
const readAhead = 64;
const retryPause = 500;

/** A stream for each namespace, which keeps all that its nodes tell each other, in one order for all of them. */
export class StreamLink extends NatsLink implements RecoveringClusterLink {
  readonly #log: { -readonly [Key in keyof ClusterLog]: ClusterLog[Key] };
  readonly #recovery: ResolvedNatsRecovery;
  readonly #jetStream: JetStream;
  readonly #consumer: OrderedConsumer;
  readonly #stream: StreamConfig;
  readonly #sessions: StreamConfig;
  readonly #sessionSubject: string;
  readonly #handedOver = new RecentNumbers();
  #streamOutbox!: StreamOutbox;
  #epoch = '';
  readonly #ready = deferred();
  #retry: ReturnType<typeof setTimeout> | null = null;

  constructor(channel: ClusterChannel, hub: NatsHub, recovery: ResolvedNatsRecovery) {
    super(channel, hub);
    const { prefix } = hub.options;
    const namespace = token(channel.namespace);
    this.#recovery = recovery;
    this.#jetStream = new JetStream(hub, recovery.apiPrefix);
    const { maxAge, maxMessages } = recovery;
    this.#stream = streamConfig(
      `${prefix}-${namespace}`,
      `${prefix}.stream.${namespace}.*`,
      { maxAge, maxMessages, maxPerSubject: -1 },
      recovery,
    );
    this.#sessions = streamConfig(
      `${prefix}-sessions`,
      `${prefix}.session.*.*`,
      { maxAge, maxMessages: -1, maxPerSubject: 1 },
      recovery,
    );
    this.#sessionSubject = `${prefix}.session.${namespace}`;
    this.#consumer = new OrderedConsumer(hub, this.#jetStream, this.#stream.name, {
      onPayload: (seq, payload, pending) => this.#onPayload(seq, payload, pending),
      onGap: () => this.#readOn(),
    });
    this.#log = {
      start: '',
      compare: StreamPosition.compare,
      read: (after, upTo) => this.#read(after, upTo),
      saveSession: (pid, session) => this.#saveSession(pid, session),
      takeSession: (pid) => this.#takeSession(pid),
    };
    this.#ready.promise.catch(() => {});
  }

  get log(): ClusterLog {
    return this.#log;
  }

  override async open(): Promise<void> {
    await super.open();
    if (!this.isClosed) await this.hub.inTime(this.#ready.promise);
  }

  override async close(): Promise<void> {
    this.#streamOutbox?.close();
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#consumer.stop();
    await super.close();
  }

  override onReachable(isReachable: boolean, error?: Error): void {
    super.onReachable(isReachable, error);
    if (isReachable && error === undefined) this.#readOn();
  }

  protected override put(message: ClusterMessage): Promise<void> | void {
    if (unkept.has(message.type)) return super.put(message);
    const kept = this.#streamOutbox.publish(encodeMessage(message, this.msgpack));
    return message.type === MessageType.ADAPTER_CLOSE ? this.goodbye(kept) : kept;
  }

  protected override prepare(): void {
    super.prepare();
    const { nodeId } = this.channel;
    const subject = this.#stream.subjects[0]!.replace('*', token(nodeId));
    const place = { stream: this.#stream.name, subject, node: nodeId };
    this.#streamOutbox = new StreamOutbox(this.hub, this.#jetStream, place, this.msgpack);
  }

  /** Reads the stream behind what was read of it, as soon as that can be. */
  #readOn(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (this.isClosed) return;
    this.#begin().then(this.#ready.resolve, (error: Error) => {
      this.#ready.reject(error);
      if (this.isClosed) return;
      this.channel.setReachable(this.hub.isReachable, error);
      if (this.#retry !== null) clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.#readOn(), retryPause);
      this.#retry.unref();
    });
  }

  /** Makes the streams where there are none, and begins to read. */
  async #begin(): Promise<void> {
    await this.#jetStream.ensureStream(this.#sessions);
    const info = await this.#jetStream.ensureStream(this.#stream);
    if (this.isClosed) return;
    await this.#consumer.start(this.#placeIn(info));
  }

  /** Behind what was read; of a stream that is new, that is nothing. */
  #placeIn({ created, state }: StreamInfo): number {
    const epoch = Date.parse(created).toString(36);
    if (epoch === this.#epoch) return this.#consumer.lastSeq;
    const isFirst = this.#epoch === '';
    const place = isFirst ? state.last_seq : 0;
    const position = new StreamPosition(epoch, place, 0).toString();
    this.#epoch = epoch;
    if (isFirst) this.#log.start = position;
    this.channel.advance(position);
    return place;
  }

  #onPayload(seq: number, payload: Uint8Array, pending: number): void {
    const envelope = decodeEnvelope(payload, this.msgpack);
    if (envelope === undefined || envelope.messages.length === 0) {
      this.channel.advance(new StreamPosition(this.#epoch, seq, 0).toString());
      this.channel.dropMalformed();
      return;
    }
    const { from, number, messages } = envelope;
    if (this.#handedOver.isRepeated(from, number)) return;
    messages.forEach((message, index) => {
      this.channel.advance(new StreamPosition(this.#epoch, seq, messages.length - 1 - index).toString());
      // Behind an interruption, nodes may have been gone for long.
      this.channel.receive(from, message, pending === 0);
    });
  }

  async #read(after: string, upTo: string): Promise<LoggedBroadcast[] | undefined> {
    const [start, end] = [StreamPosition.parse(after), StreamPosition.parse(upTo)];
    if (start === undefined || end === undefined || start.epoch !== this.#epoch || end.epoch !== this.#epoch) {
      return undefined;
    }
    const first = start.behind === 0 ? start.seq + 1 : start.seq;
    const { state } = await this.#jetStream.streamInfo(this.#stream.name);
    if (first < state.first_seq) return undefined;
    const broadcasts: LoggedBroadcast[] = [];
    const collected = new RecentNumbers();
    for (let seq = first; seq <= end.seq; seq += readAhead) {
      const seqs = Array.from({ length: Math.min(readAhead, end.seq - seq + 1) }, (_, index) => seq + index);
      const stored = await Promise.all(seqs.map((each) => this.#jetStream.messageAt(this.#stream.name, each)));
      for (const message of stored) {
        // The oldest go while they are read.
        if (message === undefined) return undefined;
        this.#collect(message, collected, (position, from, data) => {
          const isBehind = StreamPosition.compare(position, after)! > 0;
          if (isBehind && StreamPosition.compare(position, upTo)! <= 0) broadcasts.push({ position, from, data });
        });
      }
    }
    return broadcasts;
  }

  #collect(
    { seq, data }: { readonly seq: number; readonly data: Buffer },
    collected: RecentNumbers,
    found: (position: string, from: NodeId, data: BroadcastData) => void,
  ): void {
    const envelope = decodeEnvelope(data, this.msgpack);
    if (envelope === undefined) return;
    const { from, number, messages } = envelope;
    if (collected.isRepeated(from, number)) return;
    messages.forEach((message, index) => {
      const broadcast = broadcastOf(message);
      const position = new StreamPosition(this.#epoch, seq, messages.length - 1 - index).toString();
      if (broadcast !== undefined) found(position, from, broadcast);
    });
  }

  async #saveSession(pid: string, session: KeptSession): Promise<void> {
    const payload = this.msgpack.encode(session);
    const end = Date.now() + this.#recovery.maxAge;
    for (;;) {
      try {
        await this.#jetStream.publish(this.#subjectOf(pid), payload);
        return;
      } catch (error) {
        if (this.isClosed || Date.now() > end) throw error;
        await this.hub.reachable();
        await new Promise<void>((resolve) => {
          setTimeout(resolve, retryPause).unref();
        });
      }
    }
  }

  async #takeSession(pid: string): Promise<unknown> {
    if (pid.length > maxPid) return undefined;
    const { name } = this.#sessions;
    const kept = await this.#jetStream.lastMessage(name, this.#subjectOf(pid));
    // Whoever deletes it has it.
    if (kept === undefined || !(await this.#jetStream.deleteMessage(name, kept.seq))) return undefined;
    return decodeValue(kept.data, this.msgpack);
  }

  #subjectOf(pid: string): string {
    return `${this.#sessionSubject}.${token(pid)}`;
  }
}

function broadcastOf(message: unknown): BroadcastData | undefined {
  const { type, data } = (message ?? {}) as { type?: unknown; data?: unknown };
  return type === MessageType.BROADCAST ? (data as BroadcastData) : undefined;
}
