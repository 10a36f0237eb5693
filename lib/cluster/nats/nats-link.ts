import {
  MessageType,
  type ClusterAnswer,
  type ClusterChannel,
  type ClusterLink,
  type ClusterMessage,
  type DeliveryLog,
  type DeliveryLogLimits,
  type NodeId,
} from '../../adapter/index.js';
import type { MessagePack } from '../message-pack.js';
import { load } from '../peers.js';
import { Preparation } from '../preparation.js';
import {
  isWithoutResponders,
  type NatsConnection,
  type NatsMessage,
  type NatsSubscription,
} from './nats-connection.js';
import { NatsDeliveryLog } from './nats-delivery-log.js';
import type { NatsHub, NatsUser } from './nats-hub.js';
import { decodeEnvelope, encodeMessage, isFrom, isPart, Parts, token } from './nats-wire.js';
import { Outbox } from './outbox.js';

/** How long a node may take to say that it is there, in milliseconds. */
const pingTimeout = 2_000;

const nothing = new Uint8Array(0);

/** A subject for all nodes of a namespace, and one for each of them. */
export class NatsLink implements ClusterLink, NatsUser {
  protected readonly channel: ClusterChannel;
  protected readonly hub: NatsHub;
  protected msgpack!: MessagePack;
  protected outbox!: Outbox;
  readonly #preparation = new Preparation();
  protected isClosed = false;
  readonly #subject: string;
  readonly #parts = { all: new Parts(), own: new Parts() };
  #encodedNode!: Buffer;
  #subscriptions: NatsSubscription[] = [];

  constructor(channel: ClusterChannel, hub: NatsHub) {
    this.channel = channel;
    this.hub = hub;
    this.#subject = `${hub.options.prefix}.nodes.${token(channel.namespace)}`;
  }

  async open(): Promise<void> {
    await this.#preparation.run(async () => {
      this.msgpack = await load('notepack.io', 'rookery/nats');
      this.prepare();
    });
    if (!this.isClosed) await this.hub.join(this);
  }

  publish(message: ClusterMessage): Promise<void> | void {
    return this.#preparation.isDone ? this.put(message) : this.#whenPrepared(() => this.put(message));
  }

  reply(to: NodeId | undefined, answer: ClusterAnswer): Promise<void> {
    if (!this.#preparation.isDone) return this.#whenPrepared(() => this.reply(to, answer));
    return this.outbox.publish(this.#subjectOf(to ?? ''), encodeMessage(answer, this.msgpack));
  }

  async findGone(nodes: readonly NodeId[]): Promise<NodeId[]> {
    const gone = await Promise.all(nodes.map((node) => this.#isGone(node)));
    return nodes.filter((_node, index) => gone[index]);
  }

  openDeliveryLog(limits: DeliveryLogLimits): DeliveryLog {
    return new NatsDeliveryLog(this.hub, this.channel.namespace, limits, () => this.channel.dropMalformed());
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.outbox?.close();
    this.#unsubscribe();
    await this.hub.leave(this);
  }

  onConnection(connection: NatsConnection): void {
    const listen = (subject: string, listener: (message: NatsMessage) => void): NatsSubscription =>
      connection.subscribe(subject, {
        callback: (error, message) => {
          // Not allowed to listen, for instance.
          if (error !== null) this.channel.setReachable(this.hub.isReachable, error);
          else listener(message);
        },
      });
    this.#subscriptions = [
      listen(this.#subject, this.#onMessage),
      listen(this.#subjectOf(this.channel.nodeId), this.#onOwnMessage),
    ];
  }

  onReachable(isReachable: boolean, error?: Error): void {
    this.channel.setReachable(isReachable, error);
    if (isReachable) this.outbox.resume();
  }

  // hot: the bytes of the message.
  protected put(message: ClusterMessage): Promise<void> | void {
    const sent = this.outbox.publish(this.#subject, encodeMessage(message, this.msgpack));
    return message.type === MessageType.ADAPTER_CLOSE ? this.goodbye(sent) : sent;
  }

  /** The codec is there, the connection not yet. */
  protected prepare(): void {
    this.#encodedNode = this.msgpack.encode(this.channel.nodeId);
    this.outbox = new Outbox(this.hub, this.channel.nodeId, this.msgpack);
  }

  /** A goodbye is not waited for when nobody can hear it. */
  protected async goodbye(sent: Promise<void>): Promise<void> {
    sent.catch(() => {});
    if (!this.hub.isReachable) throw this.hub.isAway();
    await this.hub.inTime(sent);
  }

  /** Hands over what stands in a payload that another node has sent. */
  protected receive(payload: Uint8Array, parts: Parts): void {
    const envelope = decodeEnvelope(payload, this.msgpack);
    if (envelope === undefined) {
      this.channel.dropMalformed();
      return;
    }
    for (const message of envelope.messages) {
      const whole = isPart(message) ? parts.add(envelope.from, message, this.msgpack) : message;
      if (whole !== undefined) this.channel.receive(envelope.from, whole);
    }
  }

  #whenPrepared(write: () => Promise<void> | void): Promise<void> {
    return this.#preparation.before(write, () => this.hub.isAway());
  }

  #unsubscribe(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#subscriptions = [];
  }

  async #isGone(node: NodeId): Promise<boolean> {
    try {
      await this.hub.request(this.#subjectOf(node), nothing, { timeout: pingTimeout });
      return false;
    } catch (error) {
      return isWithoutResponders(error);
    }
  }

  #subjectOf(node: NodeId): string {
    return `${this.#subject}.${token(node)}`;
  }

  readonly #onMessage = ({ data }: NatsMessage): void => {
    if (!isFrom(data, this.#encodedNode)) this.receive(data, this.#parts.all);
  };

  readonly #onOwnMessage = ({ data, reply }: NatsMessage): void => {
    // Somebody asks whether this node is there.
    if (data.length === 0 && reply !== undefined && reply !== '') this.#respond(reply);
    else this.receive(data, this.#parts.own);
  };

  #respond(subject: string): void {
    try {
      this.hub.connection().publish(subject);
    } catch {
      // Then the other one waits for heartbeats.
    }
  }
}
