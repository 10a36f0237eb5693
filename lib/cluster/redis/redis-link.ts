import {
  MessageType,
  type ClusterAnswer,
  type ClusterChannel,
  type ClusterLink,
  type ClusterMessage,
  type DeliveryLog,
  type DeliveryLogLimits,
  type NodeId,
  type Room,
  type WireOptions,
} from '../../adapter/index.js';
import { FreshRooms } from './fresh-rooms.js';
import { nodeOf, receiveFrom, uidOf } from '../redis-common/node-names.js';
import { isAway } from '../redis-common/outbox.js';
import type { MessagePack } from '../message-pack.js';
import { load } from '../peers.js';
import { RedisDeliveryLog } from '../redis-common/redis-delivery-log.js';
import type { SubscriptionKind } from '../redis-common/redis-driver.js';
import type { Connections, ReachableListener, RedisHub } from '../redis-common/redis-hub.js';
import type { MessageListener } from '../redis-common/subscriptions.js';
import type { ResolvedRedisOptions } from './options.js';

/** What is listened to from the beginning. */
export type Listeners = readonly (readonly [channel: string, listener: MessageListener, kind?: SubscriptionKind])[];

/** What both wires have in common: subscriptions by room, counting, and who has subscribed to what. */
export abstract class RedisLink implements ClusterLink {
  protected readonly channel: ClusterChannel;
  protected readonly hub: RedisHub;
  protected readonly options: ResolvedRedisOptions;
  /** This node, on the wire. */
  protected readonly uid: string;
  /** Where broadcasts to everyone come; the channels of rooms begin with it. */
  protected readonly broadcasts: string;
  protected readonly rooms = new Set<Room>();
  protected readonly freshRooms = new FreshRooms();
  protected msgpack!: MessagePack;
  /** The last join of each node that this one has done, and has not said so. */
  readonly #doneJoins = new Map<NodeId, number>();
  readonly #onReachable: ReachableListener;
  #preparing: Promise<void> | null = null;
  #connections: Connections | null = null;
  #isClosed = false;

  constructor(channel: ClusterChannel, hub: RedisHub, options: ResolvedRedisOptions) {
    this.channel = channel;
    this.hub = hub;
    this.options = options;
    this.uid = uidOf(channel.nodeId);
    this.broadcasts = `${options.key}#${channel.namespace}#`;
    this.#onReachable = (isReachable, error) => channel.setReachable(isReachable, error);
  }

  /** Writes a message to the channel it is for. */
  protected abstract put(message: ClusterMessage): Promise<void> | void;
  abstract reply(to: NodeId | undefined, answer: ClusterAnswer): Promise<void> | void;
  /** The channel that every node of the namespace listens to, and no other. */
  protected abstract readonly everyone: string;
  /** The channel that one node listens to. */
  protected abstract channelOfNode(uid: string): string;
  /** Whether a room has a channel. */
  protected abstract hasChannel(room: Room): boolean;
  protected abstract listeners(): Listeners;
  protected abstract readonly onBroadcast: MessageListener;
  /** Tells a node of this package how many of its joins are done. */
  protected abstract sayJoined(node: NodeId, join: number): void;

  async open(): Promise<void> {
    this.#preparing = this.#prepare();
    await this.#preparing;
    const connections = this.#connections;
    if (connections === null) return;
    let subscribing: Promise<unknown> | undefined;
    try {
      await this.hub.whenReachable(connections);
    } finally {
      // What cannot be reached now may come back.
      subscribing = Promise.all(this.#subscribeAll(connections));
    }
    await this.hub.inTime(subscribing);
    if (!connections.subscriptions.has(this.everyone)) throw isAway();
  }

  publish(message: ClusterMessage): Promise<void> | void {
    if (message.type === MessageType.ADAPTER_CLOSE) return this.#sayGoodbye(message);
    if (this.#connections !== null) return this.put(message);
    if (this.#preparing === null || this.#isClosed) throw isAway();
    // In their order, and before all that is published later.
    return this.#preparing.then(() => (this.#connections === null ? Promise.reject(isAway()) : this.put(message)));
  }

  async countOthers(): Promise<number> {
    const [count = 1] = await this.count([this.everyone]);
    return Math.max(count - 1, 0);
  }

  async findGone(nodes: readonly NodeId[]): Promise<NodeId[]> {
    if (nodes.length === 0) return [];
    const counts = await this.count(nodes.map((node) => this.channelOfNode(uidOf(node))));
    return nodes.filter((_node, index) => counts[index] === 0);
  }

  openRoom(room: Room): Promise<void> | void {
    this.rooms.add(room);
    if (this.#connections === null || !this.hasChannel(room)) return;
    return this.#connections.subscriptions.add(this.roomChannel(room), this.#roomKind, this.onBroadcast);
  }

  closeRoom(room: Room): void {
    this.rooms.delete(room);
    this.#connections?.subscriptions.remove(this.roomChannel(room));
  }

  openDeliveryLog(limits: DeliveryLogLimits): DeliveryLog {
    return new RedisDeliveryLog(this.hub, {
      prefix: this.options.key,
      namespace: this.channel.namespace,
      limits,
      onMalformed: () => this.channel.dropMalformed(),
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const subscriptions = this.#connections?.subscriptions;
    this.#connections = null;
    for (const [channel] of this.listeners()) subscriptions?.remove(channel);
    for (const room of this.rooms) subscriptions?.remove(this.roomChannel(room));
    await this.hub.leave(this.#onReachable);
  }

  protected send(channel: string, message: string | Buffer): Promise<void> {
    if (this.#connections === null) return Promise.reject(isAway());
    return this.#connections.outbox.publish(channel, message);
  }

  /** A text that may be put behind others to the same channel. */
  protected sendText(channel: string, head: string, text: string): Promise<void> {
    if (this.#connections === null) return Promise.reject(isAway());
    return this.#connections.outbox.append(channel, head, text);
  }

  /** Without anybody who waits for it: what is lost here ends with a timeout there. */
  protected sendAside(channel: string, message: string | Buffer): void {
    this.send(channel, message).catch(() => {});
  }

  /** The channel for a broadcast: of its room, when it is to one whose members all listen there. */
  protected channelFor({ rooms }: WireOptions): string {
    if (rooms.length !== 1) return this.broadcasts;
    const room = rooms[0]!;
    if (!this.hasRoomChannel(room)) return this.broadcasts;
    const isFresh = this.freshRooms.size > 0 && this.freshRooms.has(room, this.channel.nodes());
    return isFresh ? this.broadcasts : this.roomChannel(room);
  }

  /** Whether others, published nodes too, listen to the channel of a room. */
  protected hasRoomChannel(room: Room): boolean {
    return this.hasChannel(room);
  }

  protected roomChannel(room: Room): string {
    return `${this.broadcasts}${room}#`;
  }

  protected receive(uid: unknown, message: unknown): void {
    receiveFrom(this.channel, uid, message);
  }

  /** Says that what a join has begun is done: that this node listens. Joins that come meanwhile are told with it. */
  protected async onJoin(uid: unknown, join: unknown): Promise<void> {
    const node = nodeOf(uid);
    if (node === undefined || typeof join !== 'number') return;
    const isTelling = this.#doneJoins.has(node);
    this.#doneJoins.set(node, join);
    if (isTelling) return;
    for (let told = -1; told !== this.#doneJoins.get(node); this.sayJoined(node, told)) {
      told = this.#doneJoins.get(node)!;
      await this.#connections?.subscriptions.settled();
    }
    this.#doneJoins.delete(node);
  }

  async #prepare(): Promise<void> {
    this.msgpack = await load('notepack.io', 'rookery/redis');
    const connections = await this.hub.join(this.#onReachable);
    if (this.#isClosed) await this.hub.leave(this.#onReachable);
    else this.#connections = connections;
  }

  /** Not waited for when nobody can hear it. */
  async #sayGoodbye(message: ClusterMessage): Promise<void> {
    if (this.#connections === null || !this.hub.isReachable) return;
    await this.hub.inTime(Promise.resolve(this.put(message)));
  }

  get #roomKind(): SubscriptionKind {
    return this.hub.sharded ? 'shard' : 'channel';
  }

  #subscribeAll({ subscriptions }: Connections): (Promise<void> | void)[] {
    const rooms = [...this.rooms].filter((room) => this.hasChannel(room));
    return [
      ...this.listeners().map(([channel, listener, kind]) =>
        subscriptions.add(channel, kind ?? this.#roomKind, listener),
      ),
      ...rooms.map((room) => subscriptions.add(this.roomChannel(room), this.#roomKind, this.onBroadcast)),
    ];
  }

  /** How many listen to each of the channels. */
  protected count(channels: readonly string[]): Promise<number[]> {
    return this.hub.count(this.#connections, channels);
  }
}
