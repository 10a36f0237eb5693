import {
  MessageType,
  type BroadcastOptions,
  type ClusterAnswer,
  type ClusterChannel,
  type ClusterMessage,
  type NodeId,
  type Room,
} from '../../adapter/index.js';
import { BroadcastReader, BroadcastWriter, type BroadcastTaker } from './broadcast-wire.js';
import {
  decode,
  encode,
  fromBroadcast,
  fromRequest,
  fromResponse,
  isFields,
  isOf,
  ownType,
  RequestType,
  toRequest,
  toResponse,
  type Fields,
  type OwnNews,
} from './classic-wire.js';
import type { RedisHub } from '../redis-common/redis-hub.js';
import { askerIn, askerOf, nodeOf, uidOf } from '../redis-common/node-names.js';
import type { ResolvedRedisOptions } from './options.js';
import { RedisLink, type Listeners } from './redis-link.js';

const maxIdQuestions = 1_000;

/** The wire of `@socket.io/redis-adapter`, with a subscription for each room that this node has a member of. */
export class ClassicLink extends RedisLink implements BroadcastTaker {
  protected readonly everyone: string;
  readonly #responses: string;
  /** Questions of nodes of old versions for the ids of sockets alone. */
  readonly #idQuestions = new Set<string>();
  #writer: BroadcastWriter | null = null;
  #reader: BroadcastReader | null = null;

  constructor(channel: ClusterChannel, hub: RedisHub, options: ResolvedRedisOptions) {
    super(channel, hub, options);
    const { key } = options;
    this.everyone = `${key}-request#${channel.namespace}#`;
    this.#responses = `${key}-response#${channel.namespace}#`;
  }

  // hot: one array and the bytes of a broadcast.
  protected put(message: ClusterMessage): Promise<void> | void {
    switch (message.type) {
      case MessageType.BROADCAST: {
        const { packet, opts, requestId } = message.data;
        if (requestId !== undefined) return this.#request(toRequest(this.uid, message), true);
        this.#writer ??= new BroadcastWriter(this.uid, this.channel.namespace, this.msgpack);
        return this.send(this.channelFor(opts), this.#writer.write(packet, opts));
      }
      case MessageType.ADAPTER_CLOSE:
      case MessageType.INITIAL_HEARTBEAT:
      case MessageType.HEARTBEAT:
        return this.send(this.everyone, this.#news(this.beat(message.type)));
      case MessageType.SOCKETS_JOIN: {
        const join = this.freshRooms.asked(message.data.rooms, this.channel.nodes());
        return this.#request({ ...toRequest(this.uid, message), join });
      }
      case MessageType.SOCKETS_LEAVE:
      case MessageType.DISCONNECT_SOCKETS:
      case MessageType.FETCH_SOCKETS:
      case MessageType.SERVER_SIDE_EMIT:
        return this.#request(toRequest(this.uid, message));
      default:
        return this.reply(undefined, message);
    }
  }

  reply(to: NodeId | undefined, answer: ClusterAnswer): Promise<void> {
    return this.send(this.#responsesFor(to), encode(this.#response(answer), this.msgpack));
  }

  protected channelOfNode(uid: string): string {
    return `${this.#responses}${uid}#`;
  }

  protected hasChannel(): boolean {
    return this.options.receive === 'rooms';
  }

  protected override hasRoomChannel(): boolean {
    // Published nodes listen to all.
    return true;
  }

  protected listeners(): Listeners {
    const all = [`${this.broadcasts}*`, this.onBroadcast, 'pattern'] as const;
    return [
      [this.everyone, this.#onRequest],
      [this.#responses, this.#onResponse],
      [this.channelOfNode(this.uid), this.#onResponse],
      this.options.receive === 'all' ? all : [this.broadcasts, this.onBroadcast],
    ];
  }

  protected beat(beat: OwnNews['beat']): OwnNews {
    return { beat };
  }

  /** A node of this package has sent a heartbeat, or a goodbye. */
  protected onBeat(_node: NodeId, _news: Fields): void {}

  protected sayJoined(node: NodeId, joined: number): void {
    this.sendAside(this.channelOfNode(uidOf(node)), this.#news({ joined }));
  }

  /** What the reader of broadcasts has read. @internal */
  take(from: NodeId, data: unknown, options: BroadcastOptions, isMember: boolean): void {
    this.channel.receiveEvent(from, data, options, isMember);
  }

  protected readonly onBroadcast = (message: Buffer): void => {
    this.#reader ??= new BroadcastReader(this.uid, this.channel.namespace, this.msgpack, this);
    if (this.#reader.read(message)) return;
    const args = this.#decode(message);
    const [uid, packet, opts] = Array.isArray(args) ? (args as unknown[]) : [];
    if (uid === this.uid) return;
    // A room of one namespace may have the channel of another namespace.
    if (isFields(packet) && !isOf(this.channel.namespace, packet)) return;
    this.receive(uid, fromBroadcast(packet, opts));
  };

  readonly #onRequest = (message: Buffer): void => {
    const request = this.#decode(message);
    if (!isFields(request)) this.channel.dropMalformed();
    else if (request['uid'] !== this.uid) this.#handle(request);
  };

  readonly #onResponse = (message: Buffer): void => {
    const response = this.#decode(message);
    if (!isFields(response)) {
      this.channel.dropMalformed();
      return;
    }
    const { uid, type, joined } = response;
    const node = nodeOf(uid);
    if (type === ownType) {
      if (node !== undefined && typeof joined === 'number') this.freshRooms.done(node, joined);
      return;
    }
    const answer = fromResponse(response);
    // Answers to questions that this package does not ask come too.
    if (answer !== undefined) this.channel.receive(node, answer);
  };

  #handle(request: Fields): void {
    const { uid, type, requestId, rooms, join, beat, sid } = request;
    if (type === ownType) {
      const node = nodeOf(uid);
      if (node !== undefined) this.onBeat(node, request);
      this.receive(uid, { type: beat });
      return;
    }
    if (type === RequestType.ALL_ROOMS) {
      this.#answerAside(uid, { requestId, rooms: [...this.rooms] });
      return;
    }
    if (type === RequestType.SOCKETS) this.#expectIdQuestion(requestId);
    if (type === RequestType.REMOTE_JOIN && Array.isArray(rooms)) this.freshRooms.heard(rooms as Room[]);
    this.receive(uid, fromRequest(request));
    // Nodes of old versions, which name one socket, wait for it.
    if (sid !== undefined) this.#answerAside(uid, { requestId });
    void this.onJoin(uid, join);
  }

  #request(request: Fields, isBinary = false): Promise<void> {
    return this.send(this.everyone, isBinary ? this.msgpack.encode(request) : encode(request, this.msgpack));
  }

  #news(news: OwnNews): string {
    return JSON.stringify({ uid: this.uid, type: ownType, ...news });
  }

  #answerAside(uid: unknown, answer: object): void {
    this.sendAside(this.#responsesFor(askerOf(uid)), JSON.stringify(answer));
  }

  /** The channel for the answers to a node: its own, where it is of this package or the option says so. */
  #responsesFor(to: NodeId | undefined): string {
    if (to === undefined) return this.#responses;
    const asker = askerIn(to);
    if (asker === undefined) return this.channelOfNode(uidOf(to));
    return this.options.publishOnSpecificResponseChannel ? this.channelOfNode(asker) : this.#responses;
  }

  #response(answer: ClusterAnswer): Fields {
    const response = toResponse(this.uid, answer);
    if (answer.type !== MessageType.FETCH_SOCKETS_RESPONSE || !this.#idQuestions.delete(answer.data.requestId)) {
      return response;
    }
    return { ...response, sockets: answer.data.sockets.map(({ id }) => id) };
  }

  #expectIdQuestion(requestId: unknown): void {
    // Those that were malformed are never answered.
    if (this.#idQuestions.size > maxIdQuestions) this.#idQuestions.clear();
    if (typeof requestId === 'string') this.#idQuestions.add(requestId);
  }

  /** What cannot be read is no message. */
  #decode(message: Buffer): unknown {
    try {
      return decode(message, this.msgpack);
    } catch {
      return undefined;
    }
  }
}
