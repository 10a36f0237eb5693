import type { NodeId } from './cluster-message.js';

/** Who is told about the acks of other nodes' clients. */
export interface RemoteAcksListener {
  onClientCount(count: number): void;
  onAck(answer: unknown): void;
  /** A node is gone, and so many answers of its clients with it. */
  readonly onLost: ((missing: number) => void) | undefined;
}

interface OpenBroadcast {
  readonly listener: RemoteAcksListener;
  readonly timer: ReturnType<typeof setTimeout>;
  /** Nodes that have not told yet how many clients they ask. */
  readonly uncounted: Set<NodeId>;
  /** How many answers each node still owes; below zero where answers overtook the count. */
  readonly owed: Map<NodeId, number>;
  readonly counted: Set<NodeId>;
}

/** The broadcasts of this node whose acks come from other nodes, until their timeout. */
export class RemoteAcks {
  readonly #open = new Map<string, OpenBroadcast>();

  /** How many broadcasts wait. */
  get size(): number {
    return this.#open.size;
  }

  /** @param timeout how long answers are waited for, in milliseconds. */
  ask(id: string, nodes: Iterable<NodeId>, timeout: number, listener: RemoteAcksListener): void {
    const timer = setTimeout(() => this.#open.delete(id), timeout);
    timer.unref();
    this.#open.set(id, { listener, timer, uncounted: new Set(nodes), owed: new Map(), counted: new Set() });
  }

  /** A node has asked this many clients. */
  count(id: string, from: NodeId | undefined, count: number): void {
    const broadcast = this.#open.get(id);
    if (broadcast === undefined) return;
    if (from !== undefined) {
      if (broadcast.counted.has(from)) return;
      broadcast.counted.add(from);
      broadcast.uncounted.delete(from);
      broadcast.owed.set(from, (broadcast.owed.get(from) ?? 0) + count);
    }
    broadcast.listener.onClientCount(count);
  }

  answer(id: string, from: NodeId | undefined, answer: unknown): void {
    const broadcast = this.#open.get(id);
    if (broadcast === undefined) return;
    if (from !== undefined) {
      const owed = broadcast.owed.get(from) ?? 0;
      if (owed <= 0 && broadcast.counted.has(from)) return;
      broadcast.owed.set(from, owed - 1);
    }
    broadcast.listener.onAck(answer);
  }

  /** A node is gone, and will not answer. */
  lose(node: NodeId): void {
    for (const { listener, uncounted, owed } of this.#open.values()) {
      const missing = Math.max(owed.get(node) ?? 0, 0);
      owed.delete(node);
      const isUncounted = uncounted.delete(node);
      if (isUncounted) listener.onClientCount(0);
      if (isUncounted || missing > 0) listener.onLost?.(missing);
    }
  }

  close(): void {
    for (const { timer } of this.#open.values()) clearTimeout(timer);
    this.#open.clear();
  }
}
