import { Frame, PacketType, type Packet } from '../protocol/index.js';
import { createId, positive } from '../shared/index.js';
import type { SocketDescription } from './adapter.js';
import type { BroadcastOptions, Room, SocketId } from './broadcast-options.js';
import type { ClusterLink, ClusterLinkFactory } from './cluster-link.js';
import type { DeliveryLog, DeliveryLogLimits } from './delivery-log.js';
import { ClusterHealth } from './cluster-health.js';
import { ClusterMembers } from './cluster-members.js';
import {
  asClusterMessage,
  fromWireOptions,
  isEventData,
  MessageType,
  toWireOptions,
  type ClusterAnswer,
  type ClusterMessage,
  type NodeId,
} from './cluster-message.js';
import { ClusterRequests, type Askees, type ClusterTimeoutError } from './cluster-requests.js';
import type { AdapterHost } from './host.js';
import { InMemoryAdapter } from './in-memory-adapter.js';
import { RemoteAcks } from './remote-acks.js';
import { TextPacket } from './text-packet.js';

/** What every adapter of a cluster can be told. */
export interface ClusterOptions {
  /** Pause between two heartbeats, in milliseconds. @default 5_000 */
  heartbeatInterval?: number | undefined;
  /** Longest silence of a node before it counts as gone, in milliseconds. @default 10_000 */
  heartbeatTimeout?: number | undefined;
  /** How long the answers of other nodes are waited for, in milliseconds. @default 5_000 */
  requestsTimeout?: number | undefined;
}

/** Messages that are sent together. */
interface Sending {
  /** What the bus has answered with for all of them. */
  readonly sending: Promise<void>;
  /** Resolves once they are sent or counted as failed; never rejects. */
  settled: Promise<void>;
  count: number;
}

/** Who sends from outside of the cluster, by the name that published emitters give themselves: no node. */
const emitter: NodeId = 'emitter';

/**
 * Rooms and broadcasts of several nodes, over whatever bus the link stands for.
 *
 * This node's own clients are served first, then the message is published: they never wait for the bus, and get what it
 * cannot carry. The order of what one node sends is kept on each.
 */
export class ClusterAdapter extends InMemoryAdapter {
  /** This node, in this namespace. */
  readonly nodeId: NodeId = createId();
  readonly health = new ClusterHealth();
  protected readonly link: ClusterLink;
  readonly #members: ClusterMembers;
  readonly #requests: ClusterRequests;
  readonly #remoteAcks = new RemoteAcks();
  readonly #heartbeatInterval: number;
  /** The last messages that are sent together. */
  #lastSent: Sending | null = null;
  #lastPublished = 0;
  #heartbeats: ReturnType<typeof setInterval> | null = null;
  /** Nobody has heard of this node. */
  #isSilent = true;
  #isClosed = false;

  constructor(nsp: AdapterHost, createLink: ClusterLinkFactory, options: ClusterOptions = {}) {
    super(nsp);
    const { heartbeatInterval = 5_000, heartbeatTimeout = 10_000, requestsTimeout = 5_000 } = options;
    this.#heartbeatInterval = positive('heartbeatInterval', heartbeatInterval);
    this.#requests = new ClusterRequests(positive('requestsTimeout', requestsTimeout));
    this.#members = new ClusterMembers(positive('heartbeatTimeout', heartbeatTimeout), (node) => this.#onLeave(node));
    this.link = createLink({
      nodeId: this.nodeId,
      namespace: nsp.name,
      receive: (from, message, isMember) => this.#receive(from, message, isMember),
      receiveEvent: (from, data, options, isMember) => this.#receiveEvent(from, data, options, isMember),
      receiveText: (text, options) => this.#receiveText(text, options),
      suitsTexts: () => this.#suitsTexts(),
      heard: (node) => this.#members.heard(node, Date.now()),
      nodes: () => this.#members.ids,
      dropMalformed: () => this.health.onMalformed(),
      advance: (position) => this.onPosition(position),
      setReachable: (isReachable, error) => this.health.setReachable(isReachable, error),
    });
  }

  /** Connects to the bus, and tells the other nodes. */
  override async init(): Promise<void> {
    try {
      await this.link.open();
    } finally {
      // A bus that could not be reached may come back.
      if (!this.#isClosed) this.#startBeating();
    }
    this.#send({ type: MessageType.INITIAL_HEARTBEAT });
  }

  /** Says goodbye, settles what is open, and closes the link. */
  override async close(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#heartbeats !== null) clearInterval(this.#heartbeats);
    this.#heartbeats = null;
    const goodbye = this.#isSilent ? undefined : this.#send({ type: MessageType.ADAPTER_CLOSE });
    // Whatever were said behind the goodbye would make the others think that this node is there.
    this.#isClosed = true;
    this.#requests.close();
    this.#remoteAcks.close();
    await goodbye;
    await this.link.close();
  }

  /** The other nodes that were heard of. */
  get nodes(): NodeId[] {
    return [...this.#members.ids];
  }

  override async serverCount(): Promise<number> {
    return 1 + (await this.#countOthers());
  }

  override addAll(id: SocketId, rooms: Set<Room>): Promise<void> | void {
    const { openRoom } = this.link;
    const fresh = openRoom === undefined ? [] : [...rooms].filter((room) => !this.rooms.has(room));
    super.addAll(id, rooms);
    const opening = fresh.map((room) => openRoom!.call(this.link, room)).filter((each) => each instanceof Promise);
    return opening.length === 0 ? undefined : Promise.all(opening).then(() => {});
  }

  override del(id: SocketId, room: Room): void {
    const had = this.rooms.has(room);
    super.del(id, room);
    if (had && !this.rooms.has(room)) this.#watch(this.link.closeRoom?.(room));
  }

  /** Asks the link: `undefined` where its bus keeps no messages. */
  override openDeliveryLog(limits: DeliveryLogLimits): DeliveryLog | undefined {
    return this.link.openDeliveryLog?.(limits);
  }

  override broadcast(packet: Packet, options: BroadcastOptions): void {
    const { local, compress } = options.flags;
    if (local !== true && this.link.takesTexts === true) {
      const frame = this.nsp.encode(packet, compress !== false);
      this.deliverFrame(frame, packet, options);
      const text = frame.parts[0];
      if (frame.parts.length === 1 && typeof text === 'string') this.#sendText(text, options);
      else this.publishBroadcast(packet, options);
      return;
    }
    this.deliver(packet, options);
    if (local !== true) this.publishBroadcast(packet, options);
  }

  /** @param onLost called when a node is gone, with how many answers of its clients are missing. */
  override broadcastWithAck(
    packet: Packet,
    options: BroadcastOptions,
    onClientCount: (count: number) => void,
    onAck: (...args: unknown[]) => void,
    onLost?: (missing: number) => void,
  ): void {
    super.broadcastWithAck(packet, options, onClientCount, onAck);
    const { local, timeout } = options.flags;
    if (local === true) return;
    const requestId = createId();
    const isExact = this.link.countOthers === undefined;
    const listener = { onClientCount, onAck, onLost };
    this.#remoteAcks.ask(requestId, { nodes: this.#members.ids, isExact }, timeout ?? 0, listener);
    this.#send({ type: MessageType.BROADCAST, data: { packet, opts: toWireOptions(options), requestId } });
  }

  override async fetchSockets(options: BroadcastOptions): Promise<SocketDescription[]> {
    const own = await super.fetchSockets(options);
    if (options.flags.local === true) return own;
    const asked = await this.#ask((requestId) => ({
      type: MessageType.FETCH_SOCKETS,
      data: { opts: toWireOptions(options), requestId },
    }));
    const sockets = [...own, ...(asked.answers as SocketDescription[])];
    if (asked.error !== null) throw Object.assign(asked.error, { responses: sockets });
    return sockets;
  }

  override addSockets(options: BroadcastOptions, rooms: Room[]): void {
    super.addSockets(options, rooms);
    this.#sendUnlessLocal(options, { type: MessageType.SOCKETS_JOIN, data: { opts: toWireOptions(options), rooms } });
  }

  override delSockets(options: BroadcastOptions, rooms: Room[]): void {
    super.delSockets(options, rooms);
    this.#sendUnlessLocal(options, { type: MessageType.SOCKETS_LEAVE, data: { opts: toWireOptions(options), rooms } });
  }

  override disconnectSockets(options: BroadcastOptions, close: boolean): void {
    super.disconnectSockets(options, close);
    this.#sendUnlessLocal(options, {
      type: MessageType.DISCONNECT_SOCKETS,
      data: { opts: toWireOptions(options), close },
    });
  }

  /** With a callback as its last argument, collects one answer of each other node. */
  override serverSideEmit(args: unknown[]): Promise<void> | void {
    const ack = args.at(-1);
    if (typeof ack !== 'function') {
      this.#send({ type: MessageType.SERVER_SIDE_EMIT, data: { packet: args } });
      return;
    }
    const packet = args.slice(0, -1);
    const settle = ack as (error: Error | null, answers: unknown[]) => void;
    return this.#ask((requestId) => ({ type: MessageType.SERVER_SIDE_EMIT, data: { packet, requestId } })).then(
      ({ error, answers }) => settle(error, answers),
    );
  }

  /** Reaches the sockets of this node. */
  protected deliver(packet: Packet, options: BroadcastOptions): void {
    void super.broadcast(packet, options);
  }

  protected publishBroadcast(packet: Packet, options: BroadcastOptions, seq?: number): void {
    this.#send({ type: MessageType.BROADCAST, data: { packet, opts: toWireOptions(options), seq } });
  }

  /** A broadcast of another node that asks for no acks. */
  protected onBroadcast(packet: Packet, options: BroadcastOptions, _from: NodeId | undefined, _seq?: number): void {
    this.deliver(packet, options);
  }

  /** The bus, which keeps its messages, is there now. */
  protected onPosition(_position: string): void {}

  /** The bus, which keeps its messages, has kept the broadcast of this node with this number. */
  protected onKept(_seq: number): void {}

  async #countOthers(): Promise<number> {
    try {
      return (await this.link.countOthers?.()) ?? this.#members.size;
    } catch {
      // The bus cannot be asked: those that were heard of shall answer, or be named as missing.
      return this.#members.size;
    }
  }

  #startBeating(): void {
    this.#heartbeats = setInterval(() => this.#beat(), Math.min(this.#heartbeatInterval, 1_000));
    this.#heartbeats.unref();
  }

  async #ask(
    question: (requestId: string) => ClusterMessage,
  ): Promise<{ error: ClusterTimeoutError | null; answers: unknown[] }> {
    const requestId = createId();
    const askees = await this.#askees();
    return new Promise((resolve) => {
      this.#requests.ask(requestId, askees, (error, answers) => resolve({ error, answers }));
      if (askees.count > 0) this.#send(question(requestId));
    });
  }

  async #askees(): Promise<Askees> {
    const count = this.#isClosed ? 0 : await this.#countOthers();
    return { count, known: this.#members.ids };
  }

  #sendUnlessLocal({ flags }: BroadcastOptions, message: ClusterMessage): void {
    if (flags.local !== true) this.#send(message);
  }

  /** Never rejects: what the bus does not take is counted. */
  #send(message: ClusterMessage): Promise<void> | void {
    if (this.#isClosed) return;
    this.#isSilent = false;
    // A broadcast may be for some nodes alone; everything else is heard by all.
    if (message.type !== MessageType.BROADCAST) this.#lastPublished = Date.now();
    try {
      const sending = this.link.publish(message);
      if (sending instanceof Promise) return this.#sentTogether(sending);
      this.health.onPublished();
    } catch (error) {
      this.#onFailure(error);
    }
  }

  #sendText(text: string, options: BroadcastOptions): void {
    if (this.#isClosed) return;
    this.#isSilent = false;
    void this.#sentTogether(this.link.publishText!(text, options));
  }

  // hot: messages that are sent together share a promise, and what waits for it.
  #sentTogether(sending: Promise<void>): Promise<void> {
    if (sending === this.#lastSent?.sending) {
      this.#lastSent.count++;
      return this.#lastSent.settled;
    }
    const sent: Sending = { sending, count: 1, settled: sending };
    sent.settled = sending.then(
      () => {
        this.#onSettled(sent);
        this.health.onPublished();
      },
      (error: unknown) => {
        this.#onSettled(sent);
        for (let n = 0; n < sent.count; n++) this.#onFailure(error);
      },
    );
    this.#lastSent = sent;
    return sent.settled;
  }

  #onSettled(sent: Sending): void {
    // A bus may answer with the same promise later: that is another message.
    if (this.#lastSent === sent) this.#lastSent = null;
  }

  // hot: a packet.
  #receiveEvent(from: NodeId, data: unknown, options: BroadcastOptions, isMember: boolean): void {
    if (this.#isClosed || from === this.nodeId) return;
    if (!isEventData(data)) {
      this.health.onMalformed();
      return;
    }
    if (isMember) this.#members.heard(from, Date.now());
    try {
      this.onBroadcast({ type: PacketType.EVENT, nsp: this.nsp.name, data }, options, from);
    } catch (error) {
      this.nsp.reportError?.(error, 'adapter.message');
    }
  }

  #receiveText(text: string, options: BroadcastOptions): void {
    if (this.#isClosed) return;
    const frame = new Frame('message', [text], options.flags.compress !== false);
    try {
      this.deliverFrame(frame, new TextPacket(this.nsp.name, text), options);
    } catch (error) {
      // Somebody looked at it, and it is no event.
      if (error instanceof SyntaxError) this.health.onMalformed();
      else this.nsp.reportError?.(error, 'adapter.message');
    }
  }

  /** An encoder of the application writes something else. */
  #suitsTexts(): boolean {
    const { name: nsp } = this.nsp;
    const { parts } = this.nsp.encode({ type: PacketType.EVENT, nsp, data: ['event'] }, true);
    return parts.length === 1 && parts[0] === (nsp === '/' ? '2["event"]' : `2${nsp},["event"]`);
  }

  #reply(to: NodeId | undefined, answer: ClusterAnswer): void {
    if (!this.#isClosed) this.#guarded(() => this.link.reply(to, answer));
  }

  #watch(result: Promise<void> | void): void {
    if (result instanceof Promise) this.#guarded(() => result);
  }

  #guarded(use: () => Promise<void> | void): void {
    try {
      const result = use();
      if (result instanceof Promise) result.catch((error: unknown) => this.#onFailure(error));
    } catch (error) {
      this.#onFailure(error);
    }
  }

  #onFailure(error: unknown): void {
    // The first of an outage is told; the others are counted.
    if (this.health.onPublishFailure(error)) this.nsp.reportError?.(error, 'adapter.publish');
  }

  #beat(): void {
    const now = Date.now();
    this.#members.expire(now);
    if (this.#requests.size > 0 || this.#remoteAcks.size > 0) void this.#dismissGone();
    if (now - this.#lastPublished >= this.#heartbeatInterval) this.#send({ type: MessageType.HEARTBEAT });
  }

  /** Somebody waits: for nodes that the bus knows to be gone, in vain. */
  async #dismissGone(): Promise<void> {
    try {
      for (const node of (await this.link.findGone?.([...this.#members.ids])) ?? []) this.#members.leave(node);
    } catch {
      // Then their silence tells.
    }
  }

  #onLeave(node: NodeId): void {
    this.#requests.forgive(node);
    this.#remoteAcks.lose(node);
  }

  #receive(from: NodeId | undefined, value: unknown, isMember = from !== undefined): void {
    if (this.#isClosed) return;
    const message = asClusterMessage(value);
    if (from === this.nodeId) {
      if (message?.type === MessageType.BROADCAST && message.data.seq !== undefined) this.onKept(message.data.seq);
      return;
    }
    if (message === undefined) {
      this.health.onMalformed();
      return;
    }
    if (isMember && from !== emitter) this.#members.heard(from!, Date.now());
    try {
      this.#handle(from, message);
    } catch (error) {
      this.nsp.reportError?.(error, 'adapter.message');
    }
  }

  #handle(from: NodeId | undefined, message: ClusterMessage): void {
    switch (message.type) {
      case MessageType.INITIAL_HEARTBEAT:
        this.#send({ type: MessageType.HEARTBEAT });
        return;
      case MessageType.HEARTBEAT:
        return;
      case MessageType.ADAPTER_CLOSE:
        if (from !== undefined) this.#members.leave(from);
        return;
      case MessageType.BROADCAST:
        this.#onBroadcast(from, message.data);
        return;
      case MessageType.SOCKETS_JOIN:
        super.addSockets(fromWireOptions(message.data.opts), message.data.rooms);
        return;
      case MessageType.SOCKETS_LEAVE:
        super.delSockets(fromWireOptions(message.data.opts), message.data.rooms);
        return;
      case MessageType.DISCONNECT_SOCKETS:
        super.disconnectSockets(fromWireOptions(message.data.opts), message.data.close === true);
        return;
      case MessageType.FETCH_SOCKETS:
        this.#onFetchSockets(from, message.data);
        return;
      case MessageType.FETCH_SOCKETS_RESPONSE:
        this.#requests.answer(message.data.requestId, from, message.data.sockets);
        return;
      case MessageType.SERVER_SIDE_EMIT:
        this.#onServerSideEmit(from, message.data);
        return;
      case MessageType.SERVER_SIDE_EMIT_RESPONSE:
        this.#requests.answer(message.data.requestId, from, [message.data.packet]);
        return;
      case MessageType.BROADCAST_CLIENT_COUNT:
        this.#remoteAcks.count(message.data.requestId, from, message.data.clientCount);
        return;
      case MessageType.BROADCAST_ACK:
        this.#remoteAcks.answer(message.data.requestId, from, message.data.packet);
        return;
    }
  }

  #onBroadcast(from: NodeId | undefined, data: Extract<ClusterMessage, { type: 3 }>['data']): void {
    const options = fromWireOptions(data.opts);
    const { requestId, seq } = data;
    const packet: Packet = { type: PacketType.EVENT, nsp: this.nsp.name, data: data.packet.data };
    if (typeof requestId !== 'string') {
      this.onBroadcast(packet, options, from, seq);
      return;
    }
    super.broadcastWithAck(
      packet,
      options,
      (clientCount) =>
        this.#reply(from, { type: MessageType.BROADCAST_CLIENT_COUNT, data: { requestId, clientCount } }),
      (answer) => this.#reply(from, { type: MessageType.BROADCAST_ACK, data: { requestId, packet: answer } }),
    );
  }

  #onFetchSockets(from: NodeId | undefined, data: Extract<ClusterMessage, { type: 7 }>['data']): void {
    const { opts, requestId } = data;
    void super.fetchSockets(fromWireOptions(opts)).then((sockets) =>
      this.#reply(from, {
        type: MessageType.FETCH_SOCKETS_RESPONSE,
        data: { requestId, sockets: sockets.map(describe) },
      }),
    );
  }

  #onServerSideEmit(from: NodeId | undefined, data: Extract<ClusterMessage, { type: 9 }>['data']): void {
    const { packet, requestId } = data;
    if (typeof requestId !== 'string') {
      this.nsp.onServerSideEvent(packet);
      return;
    }
    let isAnswered = false;
    this.nsp.onServerSideEvent([
      ...packet,
      (answer: unknown) => {
        if (isAnswered) return;
        isAnswered = true;
        this.#reply(from, { type: MessageType.SERVER_SIDE_EMIT_RESPONSE, data: { requestId, packet: answer } });
      },
    ]);
  }
}

/** A socket as other nodes may see it; what a session middleware left on the handshake cannot be sent. */
function describe({ id, handshake, rooms, data }: SocketDescription): SocketDescription {
  const { sessionStore: _, ...sendable } = handshake as { sessionStore?: unknown };
  return { id, handshake: sendable, rooms: [...rooms], data };
}
