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
import { hasBinary } from '../../protocol/index.js';
import { RookeryError } from '../../shared/index.js';
import type { MessagePack } from '../message-pack.js';
import { load } from '../peers.js';
import { Preparation } from '../preparation.js';
import { PostgresDeliveryLog } from './postgres-delivery-log.js';
import { isRefusal } from './pg-client.js';
import type { PostgresHub, PostgresUser } from './postgres-hub.js';
import { decode, encode, parse, senderOf, toDocument, toMessage, type Document } from './postgres-wire.js';

/** The longest name of a channel, in bytes. */
const longestName = 63;

/** How the published package names its nodes. */
export const publishedNode = /^[0-9a-f]{16}$/;

/** The wire of `@socket.io/postgres-adapter`: a channel for each namespace. */
export class PostgresLink implements ClusterLink, PostgresUser {
  readonly channelName: string;
  readonly presence: string;
  protected readonly channel: ClusterChannel;
  protected readonly hub: PostgresHub;
  protected msgpack!: MessagePack;
  protected isClosed = false;
  readonly #preparation = new Preparation();
  /** What comes behind a message that is still fetched waits for it. */
  #fetching: Promise<void> | null = null;

  constructor(channel: ClusterChannel, hub: PostgresHub) {
    this.channel = channel;
    this.hub = hub;
    this.channelName = `${hub.options.channelPrefix}#${channel.namespace}`;
    this.presence = this.#presenceOf(channel.nodeId);
  }

  async open(): Promise<void> {
    if (Buffer.byteLength(this.channelName) > longestName) {
      const text = `The name of the channel "${this.channelName}" is too long for PostgreSQL: ${longestName} bytes`;
      throw new RookeryError('INVALID_NAMESPACE', text);
    }
    await this.#preparation.run(async () => {
      this.msgpack = await load('notepack.io', 'rookery/postgres');
    });
    if (!this.isClosed) await this.hub.join(this);
  }

  publish(message: ClusterMessage): Promise<void> | void {
    return this.#preparation.isDone ? this.put(message) : this.#whenPrepared(() => this.put(message));
  }

  reply(to: NodeId | undefined, answer: ClusterAnswer): Promise<void> {
    if (!this.#preparation.isDone) return this.#whenPrepared(() => this.reply(to, answer));
    return this.notify(toDocument(this.channel.nodeId, this.channel.namespace, answer));
  }

  /** Published nodes do not show that they are there. */
  async findGone(nodes: readonly NodeId[]): Promise<NodeId[]> {
    const own = nodes.filter((node) => !publishedNode.test(node));
    if (own.length === 0) return [];
    const gone = new Set(await this.hub.findGone(own.map((node) => this.#presenceOf(node))));
    return own.filter((node) => gone.has(this.#presenceOf(node)));
  }

  openDeliveryLog(limits: DeliveryLogLimits): DeliveryLog {
    return new PostgresDeliveryLog(this.hub, this.channelName, limits, () => this.channel.dropMalformed());
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.hub.outbox.forget(this);
    await this.hub.leave(this);
  }

  onNotification(payload: string): void {
    const document = parse(payload);
    if (document === undefined) this.channel.dropMalformed();
    else this.onDocument(document);
  }

  onReachable(isReachable: boolean, error?: Error): void {
    this.channel.setReachable(isReachable, error);
  }

  protected onDocument(document: Document): void {
    if (document['uid'] === this.channel.nodeId || this.isClosed) return;
    const { attachmentId } = document;
    if (attachmentId === undefined && this.#fetching === null) this.receive(document);
    else this.#enqueue(attachmentId === undefined ? () => this.receive(document) : () => this.#fetch(attachmentId));
  }

  protected receive(document: Document): void {
    // Emitters do not say for which namespace; the channel does.
    const { nsp = this.channel.namespace } = document;
    if (nsp === this.channel.namespace) this.channel.receive(senderOf(document), toMessage(document));
  }

  protected put(message: ClusterMessage): Promise<void> | void {
    const sent = this.notify(toDocument(this.channel.nodeId, this.channel.namespace, message));
    return message.type === MessageType.ADAPTER_CLOSE ? this.goodbye(sent) : sent;
  }

  /** Sends a document, by way of the table where a notification cannot carry it. */
  protected notify(document: Document): Promise<void> {
    const { channelName: channel } = this;
    if (!hasBinary(document)) {
      const text = JSON.stringify(document);
      if (Buffer.byteLength(text) <= this.hub.options.payloadThreshold) {
        return this.hub.outbox.publish(this, { channel, text });
      }
    }
    return this.attach(document);
  }

  protected attach(document: Document, more: object = {}): Promise<void> {
    const { channelName: channel } = this;
    const { uid, type } = document;
    return this.hub.outbox.publish(this, {
      channel,
      bytes: encode(document, this.msgpack),
      header: { uid, type, ...more },
    });
  }

  /** A goodbye is not waited for when nobody can hear it. */
  protected async goodbye(sent: Promise<void>): Promise<void> {
    sent.catch(() => {});
    if (!this.hub.isReachable) throw this.hub.isAway();
    await this.hub.inTime(sent);
  }

  #whenPrepared(write: () => Promise<void> | void): Promise<void> {
    return this.#preparation.before(write, () => this.hub.isAway());
  }

  #presenceOf(node: NodeId): string {
    return `${this.channelName}/${node}`;
  }

  #enqueue(step: () => Promise<void> | void): void {
    const before = this.#fetching ?? Promise.resolve();
    const mine: Promise<void> = before.then(step).finally(() => {
      if (this.#fetching === mine) this.#fetching = null;
    });
    this.#fetching = mine;
  }

  async #fetch(attachmentId: unknown): Promise<void> {
    const row = /^\d{1,18}$/.test(String(attachmentId)) ? await this.#find(String(attachmentId)) : undefined;
    const document = row === undefined ? undefined : decode(row['payload'], this.msgpack);
    if (document === undefined) this.channel.dropMalformed();
    else if (!this.isClosed) this.receive(document);
  }

  async #find(id: string): Promise<Document | undefined> {
    const text = `SELECT payload FROM ${this.hub.schema.attachments} WHERE id = $1`;
    while (!this.isClosed) {
      try {
        return (await this.hub.query(text, [id])).rows[0];
      } catch (error) {
        if (isRefusal(error)) {
          this.channel.setReachable(this.hub.isReachable, error as Error);
          return undefined;
        }
        // The announcement has come, and will not come again.
        await this.hub.back();
      }
    }
    return undefined;
  }
}
