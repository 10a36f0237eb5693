import type { NodeId } from './cluster-message.js';

/** Who else is up: every node that was heard of within the timeout, until it says goodbye. */
export class ClusterMembers {
  readonly #lastHeard = new Map<NodeId, number>();
  readonly #timeout: number;
  readonly #onLeave: (node: NodeId) => void;

  /** @param timeout after how much silence a node counts as gone, in milliseconds. */
  constructor(timeout: number, onLeave: (node: NodeId) => void) {
    this.#timeout = timeout;
    this.#onLeave = onLeave;
  }

  get ids(): IterableIterator<NodeId> {
    return this.#lastHeard.keys();
  }

  get size(): number {
    return this.#lastHeard.size;
  }

  heard(node: NodeId, now: number): void {
    this.#lastHeard.set(node, now);
  }

  /** A node said goodbye. */
  leave(node: NodeId): void {
    if (this.#lastHeard.delete(node)) this.#onLeave(node);
  }

  /** Lets go of those that have been silent for too long. */
  expire(now: number): void {
    for (const [node, lastHeard] of this.#lastHeard) if (now - lastHeard > this.#timeout) this.leave(node);
  }
}
