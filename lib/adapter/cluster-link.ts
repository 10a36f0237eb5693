import type { BroadcastOptions, Room } from './broadcast-options.js';
import type { BroadcastData, ClusterAnswer, ClusterMessage, NodeId } from './cluster-message.js';
import type { DeliveryLog, DeliveryLogLimits } from './delivery-log.js';
import type { KeptSession } from './kept-session.js';

/** What a bus is given: whose messages it carries, and who takes those of others. */
export interface ClusterChannel {
  readonly nodeId: NodeId;
  /** The namespace: nodes hear of their own alone. */
  readonly namespace: string;
  /**
   * Takes a message that came over the bus, whatever it holds: what is none is counted and dropped.
   *
   * @param from the node that sent it; `undefined` where the wire does not tell.
   * @param isMember whether that node sends heartbeats, so that its silence means something; it does, by default.
   */
  receive(from: NodeId | undefined, message: unknown, isMember?: boolean): void;
  /**
   * Takes a broadcast that came over the bus, asks for no acks, and is not kept there.
   *
   * @param from the node that sent it, as for `receive()`.
   * @param data the event; what is none is counted and dropped.
   * @param options what the link has looked at; they may serve other broadcasts too.
   */
  receiveEvent(from: NodeId, data: unknown, options: BroadcastOptions, isMember: boolean): void;
  /**
   * Takes a broadcast that came over the bus as the text that clients get, of a node that `heard()` was told of.
   *
   * @param text an event of the namespace; the link has looked at how it begins.
   */
  receiveText(text: string, options: BroadcastOptions): void;
  /** Whether the clients of this node speak the default encoding: only then may it be given texts. */
  suitsTexts(): boolean;
  /** A node that sends heartbeats has said something. */
  heard(node: NodeId): void;
  /** The other nodes that send heartbeats. */
  nodes(): Iterable<NodeId>;
  /**
   * The bus keeps its messages: what `receive()` is told next, this node's own included, stands at this position.
   *
   * Positions only ever move on.
   */
  advance(position: string): void;
  /** Bytes came that the codec of the bus cannot read. */
  dropMalformed(): void;
  /** The bus is reachable again, or is not: kept in the health of the adapter. */
  setReachable(isReachable: boolean, error?: Error): void;
}

/** A broadcast that a bus has kept. */
export interface LoggedBroadcast {
  readonly position: string;
  readonly from: NodeId;
  readonly data: BroadcastData;
}

/** What a bus must offer beside, so that clients can go on on another node: it keeps messages and sessions. */
export interface ClusterLog {
  /** The position behind which this node hears messages; known once the link is open. */
  readonly start: string;
  /** Below zero when `a` stands before `b`, above when behind; `undefined` when one of them is no position. */
  compare(a: string, b: string): number | undefined;
  /**
   * The broadcasts of the namespace behind one position, up to another one, in order.
   *
   * @returns `undefined` when what stood behind the first one is not kept any more.
   */
  read(after: string, upTo: string): Promise<LoggedBroadcast[] | undefined>;
  saveSession(pid: string, session: KeptSession): Promise<void>;
  /** Takes a session away, as it was saved or whatever stands in its place; whoever comes second gets `undefined`. */
  takeSession(pid: string): Promise<unknown>;
}

/** All that a bus must offer: messages to all other nodes of a namespace, answers to one of them. */
export interface ClusterLink {
  /** Begins to listen; rejects when the bus cannot be reached. */
  open(): Promise<void> | void;
  /** Sends to every other node of the namespace, in order; rejects when the bus did not take it. */
  publish(message: ClusterMessage): Promise<void> | void;
  /** Whether broadcasts without bytes go to `publishText()` now. */
  readonly takesTexts?: boolean;
  /**
   * Sends a broadcast as the text that clients get to every other node, in order with all that is published.
   *
   * @returns the same promise for all that goes out together; it rejects when the bus did not take it.
   */
  publishText?(text: string, options: BroadcastOptions): Promise<void>;
  /** Sends to the node that asked. */
  reply(to: NodeId | undefined, answer: ClusterAnswer): Promise<void> | void;
  /** How many other nodes there are, where the bus knows it; where it does not, heartbeats tell. */
  countOthers?(): Promise<number>;
  /** Which of these nodes are gone without a word, where the bus knows it; asked while somebody waits for them. */
  findGone?(nodes: readonly NodeId[]): Promise<readonly NodeId[]>;
  /** This node has got its first member of a room; sockets are in it, and reached by other nodes, when it resolves. */
  openRoom?(room: Room): Promise<void> | void;
  /** The last member of a room has left this node. */
  closeRoom?(room: Room): Promise<void> | void;
  /** Makes the log of messages that are kept for their receivers, where the bus or what it stands on can keep them. */
  openDeliveryLog?(limits: DeliveryLogLimits): DeliveryLog;
  close(): Promise<void> | void;
}

/** The link of a bus that keeps messages. */
export interface RecoveringClusterLink extends ClusterLink {
  readonly log: ClusterLog;
}

/** Makes the link of one namespace. */
export type ClusterLinkFactory<Link extends ClusterLink = ClusterLink> = (channel: ClusterChannel) => Link;
