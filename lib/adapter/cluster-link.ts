import type { ClusterAnswer, ClusterMessage, NodeId } from './cluster-message.js';
import type { Room } from './broadcast-options.js';

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
  /** The other nodes that send heartbeats. */
  nodes(): Iterable<NodeId>;
  /** Bytes came that the codec of the bus cannot read. */
  dropMalformed(): void;
  /** The bus is reachable again, or is not: kept in the health of the adapter. */
  setReachable(isReachable: boolean, error?: Error): void;
}

/** All that a bus must offer: messages to all other nodes of a namespace, answers to one of them. */
export interface ClusterLink {
  /** Begins to listen; rejects when the bus cannot be reached. */
  open(): Promise<void> | void;
  /** Sends to every other node of the namespace, in order; rejects when the bus did not take it. */
  publish(message: ClusterMessage): Promise<void> | void;
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
  close(): Promise<void> | void;
}

/** Makes the link of one namespace. */
export type ClusterLinkFactory = (channel: ClusterChannel) => ClusterLink;
