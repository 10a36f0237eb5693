import {
  MessageType,
  type BroadcastData,
  type ClusterAnswer,
  type ClusterChannel,
  type ClusterLink,
  type ClusterMessage,
  type NodeId,
  type Room,
} from '../../adapter/index.js';
import {
  decode,
  encode,
  fromBroadcast,
  fromRequest,
  fromResponse,
  isFields,
  isOf,
  nodeOf,
  ownType,
  RequestType,
  toRequest,
  toResponse,
  uidOf,
  type Fields,
  type OwnNews,
} from './classic-wire.js';
import { FreshRooms } from './fresh-rooms.js';
import { isAway } from './outbox.js';
import { load, type MessagePack } from './peers.js';
import type { Connections, ReachableListener, RedisHub } from './redis-hub.js';

/** Before the uid of a node that is not of this package; no id of one that is begins so. */
const askerMark = '@';
const maxIdQuestions = 1_000;

/** The wire of `@socket.io/redis-adapter`, with a subscription for each room that this node has a member of. */
export class ClassicLink implements ClusterLink {
  readonly #channel: ClusterChannel;
  readonly #hub: RedisHub;
  readonly #uid: string;
  readonly #broadcasts: string;
  readonly #requests: string;
  readonly #responses: string;
  readonly #rooms = new Set<Room>();
  readonly #freshRooms = new FreshRooms();
  /** Questions of old nodes for the ids of sockets alone. */
  readonly #idQuestions = new Set<string>();
  /** The last join of each node that this one has done, and has not said so. */
  readonly #doneJoins = new Map<NodeId, number>();
  readonly #onReachable: ReachableListener;
  #msgpack!: MessagePack;
  #connections: Connections | null = null;
  #isClosed = false;

  constructor(channel: ClusterChannel, hub: RedisHub) {
    const { key } = hub.options;
    const { namespace } = channel;
    this.#channel = channel;
    this.#hub = hub;
    this.#uid = uidOf(channel.nodeId);
    this.#broadcasts = `${key}#${namespace}#`;
    this.#requests = `${key}-request#${namespace}#`;
    this.#responses = `${key}-response#${namespace}#`;
    this.#onReachable = (isReachable, error) => channel.setReachable(isReachable, error);
  }

  async open(): Promise<void> {
    this.#msgpack = await load('notepack.io');
    const connections = await this.#hub.join(this.#onReachable);
    if (this.#isClosed) return this.#hub.leave(this.#onReachable);
    this.#connections = connections;
    let subscribing: Promise<unknown> | undefined;
    try {
      await this.#hub.whenReachable(connections);
    } finally {
      // What cannot be reached now may come back.
      subscribing = Promise.all(this.#subscribeAll(connections));
    }
    await this.#hub.inTime(subscribing);
    if (!connections.subscriptions.has(this.#requests)) throw isAway();
  }

  // hot: one array and the bytes of a broadcast.
  publish(message: ClusterMessage): Promise<void> | void {
    const { msgpack, outbox } = this.#open();
    switch (message.type) {
      case MessageType.BROADCAST:
        if (message.data.requestId !== undefined) {
          return outbox.publish(this.#requests, msgpack.encode(toRequest(this.#uid, message)));
        }
        return outbox.publish(
          this.#channelOf(message.data),
          msgpack.encode([this.#uid, message.data.packet, message.data.opts]),
        );
      case MessageType.ADAPTER_CLOSE:
        // A goodbye is not waited for when nobody can hear it.
        if (!this.#hub.isReachable) throw isAway();
        return this.#hub.inTime(this.#say(this.#requests, { beat: message.type }));
      case MessageType.INITIAL_HEARTBEAT:
      case MessageType.HEARTBEAT:
        return this.#say(this.#requests, { beat: message.type });
      case MessageType.SOCKETS_JOIN: {
        const join = this.#freshRooms.asked(message.data.rooms, this.#channel.nodes());
        return this.#request({ ...toRequest(this.#uid, message), join });
      }
      case MessageType.SOCKETS_LEAVE:
      case MessageType.DISCONNECT_SOCKETS:
      case MessageType.FETCH_SOCKETS:
      case MessageType.SERVER_SIDE_EMIT:
        return this.#request(toRequest(this.#uid, message));
      default:
        return this.reply(undefined, message);
    }
  }

  reply(to: NodeId | undefined, answer: ClusterAnswer): Promise<void> {
    const { outbox, msgpack } = this.#open();
    return outbox.publish(this.#responsesOf(to), encode(this.#response(answer), msgpack));
  }

  async countOthers(): Promise<number> {
    const [count = 1] = await this.#count([this.#requests]);
    return Math.max(count - 1, 0);
  }

  async findGone(nodes: readonly NodeId[]): Promise<NodeId[]> {
    if (nodes.length === 0) return [];
    const counts = await this.#count(nodes.map((node) => this.#responsesOf(node)));
    return nodes.filter((_node, index) => counts[index] === 0);
  }

  openRoom(room: Room): Promise<void> | void {
    this.#rooms.add(room);
    if (this.#connections !== null && this.#hub.options.receive === 'rooms') {
      return this.#connections.subscriptions.add(this.#roomChannel(room), 'channel', this.#onBroadcast);
    }
  }

  closeRoom(room: Room): void {
    this.#rooms.delete(room);
    this.#connections?.subscriptions.remove(this.#roomChannel(room));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { subscriptions } = this.#connections ?? {};
    for (const channel of [
      this.#requests,
      this.#responses,
      this.#responsesOf(this.#channel.nodeId),
      this.#broadcasts,
      `${this.#broadcasts}*`,
    ]) {
      subscriptions?.remove(channel);
    }
    for (const room of this.#rooms) subscriptions?.remove(this.#roomChannel(room));
    this.#connections = null;
    await this.#hub.leave(this.#onReachable);
  }

  #subscribeAll({ subscriptions }: Connections): (Promise<void> | void)[] {
    const channels = [this.#requests, this.#responses, this.#responsesOf(this.#channel.nodeId)];
    const listeners = [this.#onRequest, this.#onResponse, this.#onResponse];
    const own = channels.map((channel, index) => subscriptions.add(channel, 'channel', listeners[index]!));
    if (this.#hub.options.receive === 'all') {
      return [...own, subscriptions.add(`${this.#broadcasts}*`, 'pattern', this.#onBroadcast)];
    }
    const rooms = [this.#broadcasts, ...[...this.#rooms].map((room) => this.#roomChannel(room))];
    return [...own, ...rooms.map((channel) => subscriptions.add(channel, 'channel', this.#onBroadcast))];
  }

  #open(): { msgpack: MessagePack; outbox: Connections['outbox'] } {
    if (this.#connections === null) throw isAway();
    return { msgpack: this.#msgpack, outbox: this.#connections.outbox };
  }

  async #count(channels: readonly string[]): Promise<number[]> {
    if (this.#connections === null || !this.#hub.isReachable) throw isAway();
    return this.#hub.inTime(this.#connections.driver.countSubscribers(channels, false));
  }

  #channelOf({ opts: { rooms } }: BroadcastData): string {
    if (rooms.length !== 1) return this.#broadcasts;
    const room = rooms[0]!;
    const isFresh = this.#freshRooms.size > 0 && this.#freshRooms.has(room, this.#channel.nodes());
    return isFresh ? this.#broadcasts : this.#roomChannel(room);
  }

  #roomChannel(room: Room): string {
    return `${this.#broadcasts}${room}#`;
  }

  /** The channel for the answers to a node: its own, where it is of this package or the option says so. */
  #responsesOf(to: string | undefined): string {
    if (to === undefined) return this.#responses;
    if (!to.startsWith(askerMark)) return `${this.#responses}${uidOf(to)}#`;
    const { publishOnSpecificResponseChannel } = this.#hub.options;
    return publishOnSpecificResponseChannel ? `${this.#responses}${to.slice(askerMark.length)}#` : this.#responses;
  }

  #request(request: Fields): Promise<void> {
    const { msgpack, outbox } = this.#open();
    return outbox.publish(this.#requests, encode(request, msgpack));
  }

  #say(channel: string, news: OwnNews): Promise<void> {
    return this.#open().outbox.publish(channel, JSON.stringify({ uid: this.#uid, type: ownType, ...news }));
  }

  #response(answer: ClusterAnswer): Fields {
    const response = toResponse(this.#uid, answer);
    if (answer.type !== MessageType.FETCH_SOCKETS_RESPONSE || !this.#idQuestions.delete(answer.data.requestId)) {
      return response;
    }
    return { ...response, sockets: answer.data.sockets.map(({ id }) => id) };
  }

  readonly #onBroadcast = (message: Buffer): void => {
    const args = this.#decode(message);
    const [uid, packet, opts] = Array.isArray(args) ? (args as unknown[]) : [];
    if (uid === this.#uid) return;
    // A room of one namespace may have the channel of another namespace.
    if (isFields(packet) && !isOf(this.#channel.namespace, packet)) return;
    this.#receive(uid, fromBroadcast(packet, opts));
  };

  readonly #onRequest = (message: Buffer): void => {
    const request = this.#decode(message);
    if (!isFields(request)) this.#channel.dropMalformed();
    else if (request['uid'] !== this.#uid) this.#handle(request);
  };

  readonly #onResponse = (message: Buffer): void => {
    const response = this.#decode(message);
    if (!isFields(response)) {
      this.#channel.dropMalformed();
      return;
    }
    const { uid, type, joined } = response;
    const node = nodeOf(uid);
    if (type === ownType) {
      if (node !== undefined && typeof joined === 'number') this.#freshRooms.done(node, joined);
      return;
    }
    const answer = fromResponse(response);
    // Answers to questions that this package does not ask come too.
    if (answer !== undefined) this.#channel.receive(node, answer);
  };

  #handle(request: Fields): void {
    const { uid, type, requestId, rooms, join, beat } = request;
    if (type === ownType) {
      this.#receive(uid, { type: beat });
      return;
    }
    if (type === RequestType.ALL_ROOMS) {
      this.#send(this.#responsesOf(askerOf(uid)), { requestId, rooms: [...this.#rooms] });
      return;
    }
    if (type === RequestType.SOCKETS) this.#expectIdQuestion(requestId);
    if (type === RequestType.REMOTE_JOIN && Array.isArray(rooms)) this.#freshRooms.heard(rooms as Room[]);
    this.#receive(uid, fromRequest(request));
    // Nodes of old versions, which name one socket, wait for it.
    if (request['sid'] !== undefined) this.#send(this.#responsesOf(askerOf(uid)), { requestId });
    const node = nodeOf(uid);
    if (node !== undefined && typeof join === 'number') void this.#tellJoined(node, join);
  }

  #receive(uid: unknown, message: unknown): void {
    const node = nodeOf(uid);
    // Nodes of others send no heartbeats; emitters are none.
    if (node === undefined) this.#channel.receive(askerOf(uid), message, false);
    else this.#channel.receive(node, message);
  }

  /** Says that what a join has begun is done: that this node listens. Joins that come meanwhile are told with it. */
  async #tellJoined(node: NodeId, join: number): Promise<void> {
    const isTelling = this.#doneJoins.has(node);
    this.#doneJoins.set(node, join);
    if (isTelling) return;
    await this.#connections?.subscriptions.settled();
    const last = this.#doneJoins.get(node)!;
    this.#doneJoins.delete(node);
    if (last !== join) void this.#tellJoined(node, last);
    this.#send(this.#responsesOf(node), { uid: this.#uid, type: ownType, joined: join });
  }

  /** Without anybody who waits for it: what is lost here ends with a timeout there. */
  #send(channel: string, value: object): void {
    this.#connections?.outbox.publish(channel, JSON.stringify(value)).catch(() => {});
  }

  #expectIdQuestion(requestId: unknown): void {
    // Those that were malformed are never answered.
    if (this.#idQuestions.size > maxIdQuestions) this.#idQuestions.clear();
    if (typeof requestId === 'string') this.#idQuestions.add(requestId);
  }

  /** What cannot be read is no message. */
  #decode(message: Buffer): unknown {
    try {
      return decode(message, this.#msgpack);
    } catch {
      return undefined;
    }
  }
}

/** A node that is not of this package, as it is named between this link and its adapter. */
function askerOf(uid: unknown): string | undefined {
  return typeof uid === 'string' ? askerMark + uid : undefined;
}
