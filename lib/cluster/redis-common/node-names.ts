import type { ClusterChannel, NodeId } from '../../adapter/index.js';

/** Before the uid of a node that is not of this package, between a link and its adapter; no id of ours begins so. */
const askerMark = '@';
/** Before the id of a node of this package, on the wire: published nodes send no heartbeats, so they are told apart. */
const ownMark = '~';

/** A node of this package, as the wire names it. */
export function uidOf(node: NodeId): string {
  return ownMark + node;
}

/** The node of this package that a uid names; `undefined` when it names another one. */
export function nodeOf(uid: unknown): NodeId | undefined {
  return typeof uid === 'string' && uid.startsWith(ownMark) ? uid.slice(ownMark.length) : undefined;
}

/** A node that is not of this package, as it is named between a link and its adapter. */
export function askerOf(uid: unknown): NodeId | undefined {
  return typeof uid === 'string' ? askerMark + uid : undefined;
}

/** The uid of a node that was named by `askerOf`; `undefined` for one of this package. */
export function askerIn(node: NodeId): string | undefined {
  return node.startsWith(askerMark) ? node.slice(askerMark.length) : undefined;
}

/** Hands over what stood under a name. Nodes of others send no heartbeats: their silence means nothing; emitters are none. */
export function receiveFrom(channel: ClusterChannel, uid: unknown, message: unknown): void {
  const node = nodeOf(uid);
  if (node === undefined) channel.receive(askerOf(uid), message, false);
  else channel.receive(node, message);
}
