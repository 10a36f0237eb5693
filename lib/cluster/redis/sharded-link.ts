import { MessageType, type ClusterAnswer, type ClusterMessage, type NodeId, type Room } from '../../adapter/index.js';
import { decode, encode, isFields, ownType } from './classic-wire.js';
import { askerIn, nodeOf, uidOf } from '../redis-common/node-names.js';
import { RedisLink, type Listeners } from './redis-link.js';

/** As long as the ids of sockets are: published nodes take such a room for one. */
const socketIdLength = 20;

/** The wire of `createShardedAdapter` of `@socket.io/redis-adapter`. */
export class ShardedLink extends RedisLink {
  protected get everyone(): string {
    return this.broadcasts;
  }

  protected put(message: ClusterMessage): Promise<void> | void {
    switch (message.type) {
      case MessageType.BROADCAST: {
        const { opts, requestId } = message.data;
        return this.send(requestId === undefined ? this.channelFor(opts) : this.everyone, this.#encode(message));
      }
      case MessageType.SOCKETS_JOIN: {
        const join = this.freshRooms.asked(message.data.rooms, this.channel.nodes());
        return this.send(this.everyone, this.#encode({ ...message, data: withJoin(message.data, join) }));
      }
      default:
        return this.send(this.everyone, this.#encode(message));
    }
  }

  reply(to: NodeId | undefined, answer: ClusterAnswer): Promise<void> {
    const uid = to === undefined ? '' : (askerIn(to) ?? uidOf(to));
    return this.send(this.channelOfNode(uid), this.#encode(answer));
  }

  protected channelOfNode(uid: string): string {
    return `${this.broadcasts}${uid}#`;
  }

  protected hasChannel(room: Room): boolean {
    const { subscriptionMode } = this.options;
    if (subscriptionMode === 'static') return false;
    return subscriptionMode === 'dynamic-private' || room.length !== socketIdLength;
  }

  protected listeners(): Listeners {
    return [
      [this.broadcasts, this.onBroadcast],
      [this.channelOfNode(this.uid), this.onBroadcast],
    ];
  }

  protected sayJoined(node: NodeId, joined: number): void {
    const message = { uid: this.uid, nsp: this.channel.namespace, type: ownType, data: { joined } };
    this.sendAside(this.channelOfNode(uidOf(node)), JSON.stringify(message));
  }

  protected readonly onBroadcast = (bytes: Buffer): void => {
    const message = this.#decode(bytes);
    if (!isFields(message)) {
      this.channel.dropMalformed();
      return;
    }
    const { uid, nsp, type, data } = message;
    if (uid === this.uid || (nsp !== undefined && nsp !== this.channel.namespace)) return;
    const fields = isFields(data) ? data : {};
    if (type === ownType) {
      const node = nodeOf(uid);
      if (node !== undefined && typeof fields['joined'] === 'number') this.freshRooms.done(node, fields['joined']);
      return;
    }
    const isJoin = type === MessageType.SOCKETS_JOIN;
    if (isJoin && Array.isArray(fields['rooms'])) this.freshRooms.heard(fields['rooms'] as Room[]);
    this.receive(uid, { type, data });
    if (isJoin) void this.onJoin(uid, fields['join']);
  };

  #message(message: ClusterMessage): object {
    return { uid: this.uid, nsp: this.channel.namespace, ...message };
  }

  #encode(message: ClusterMessage): string | Buffer {
    return encode(this.#message(message), this.msgpack);
  }

  /** What cannot be read is no message. */
  #decode(bytes: Buffer): unknown {
    try {
      return decode(bytes, this.msgpack);
    } catch {
      return undefined;
    }
  }
}

/** Published nodes look at the other fields alone. */
function withJoin<Data extends object>(data: Data, join: number): Data {
  return { ...data, join };
}
