import type { NodeId } from './cluster-message.js';

/** Who is told about the acks of other nodes' clients. */
export interface RemoteAcksListener {
  onClientCount(count: number): void;
  onAck(answer: unknown): void;
  /** A node is gone, and so many answers of its clients with it. */
  readonly onLost: ((missing: number) => void) | undefined;
}

/** Who is asked. */
export interface AskedNodes {
  readonly nodes: Iterable<NodeId>;
  /** Whether these are all: where the bus counts, others may be asked that are not known. */
  readonly isExact: boolean;
}

interface OpenBroadcast {
  /** The nodes that were asked; `null` where others may be, too. */
  readonly asked: ReadonlySet<NodeId> | null;
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
  ask(id: string, { nodes, isExact }: AskedNodes, timeout: number, listener: RemoteAcksListener): void {
    const uncounted = new Set(nodes);
    // There is nobody who could answer.
    if (isExact && uncounted.size === 0) return;
    const asked = isExact ? new Set(uncounted) : null;
    const timer = setTimeout(() => this.#open.delete(id), timeout);
    timer.unref();
    this.#open.set(id, { asked, listener, timer, uncounted, owed: new Map(), counted: new Set() });
  }

  /** A node has asked this many clients. */
  count(id: string, from: NodeId | undefined, count: number): void {
    const broadcast = this.#of(id, from);
    if (broadcast === undefined) return;
    if (from !== undefined) {
      if (broadcast.counted.has(from)) return;
      broadcast.counted.add(from);
      broadcast.uncounted.delete(from);
      broadcast.owed.set(from, (broadcast.owed.get(from) ?? 0) + count);
    }
    this.#closeIfDone(id, broadcast);
    broadcast.listener.onClientCount(count);
  }

  answer(id: string, from: NodeId | undefined, answer: unknown): void {
    const broadcast = this.#of(id, from);
    if (broadcast === undefined) return;
    if (from !== undefined) {
      const owed = broadcast.owed.get(from) ?? 0;
      if (owed <= 0 && broadcast.counted.has(from)) return;
      broadcast.owed.set(from, owed - 1);
    }
    this.#closeIfDone(id, broadcast);
    broadcast.listener.onAck(answer);
  }

  /** A node is gone, and will not answer. */
  lose(node: NodeId): void {
    for (const [id, broadcast] of this.#open) this.#lose(id, broadcast, node);
  }

  /** Waits for nobody any more. */
  close(): void {
    for (const [id, broadcast] of this.#open) {
      for (const node of [...broadcast.uncounted, ...broadcast.owed.keys()]) this.#lose(id, broadcast, node);
      this.#forget(id, broadcast);
    }
  }

  #lose(id: string, broadcast: OpenBroadcast, node: NodeId): void {
    const { listener, uncounted, owed, counted } = broadcast;
    const owes = owed.get(node) ?? 0;
    const isUncounted = uncounted.delete(node);
    owed.delete(node);
    counted.add(node);
    this.#closeIfDone(id, broadcast);
    // The loss first: the count may be all that is waited for.
    if (isUncounted || owes > 0) listener.onLost?.(Math.max(owes, 0));
    // Answers that overtook the count have been passed on.
    if (isUncounted) listener.onClientCount(Math.max(-owes, 0));
  }

  /** The broadcast that a node answers; one that was not asked, such as one that has come since, answers none. */
  #of(id: string, from: NodeId | undefined): OpenBroadcast | undefined {
    const broadcast = this.#open.get(id);
    if (broadcast === undefined || broadcast.asked === null || from === undefined) return broadcast;
    return broadcast.asked.has(from) ? broadcast : undefined;
  }

  #closeIfDone(id: string, broadcast: OpenBroadcast): void {
    if (broadcast.asked === null || broadcast.uncounted.size > 0) return;
    for (const owes of broadcast.owed.values()) if (owes > 0) return;
    this.#forget(id, broadcast);
  }

  #forget(id: string, { timer }: OpenBroadcast): void {
    clearTimeout(timer);
    this.#open.delete(id);
  }
}
