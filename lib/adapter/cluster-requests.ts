import { RookeryError } from '../shared/index.js';
import type { NodeId } from './cluster-message.js';

/** A node did not answer a question in time; what the others answered is in `responses`. */
export class ClusterTimeoutError extends RookeryError {
  /** The answers that came in time. */
  readonly responses: readonly unknown[];
  /** The nodes that did not answer, as far as their ids are known. */
  readonly missingNodes: readonly NodeId[];

  constructor(timeout: number, responses: readonly unknown[], missing: readonly NodeId[], unnamed: number) {
    const names = [...missing, ...(unnamed > 0 ? [`${unnamed} whose id is not known`] : [])];
    super('CLUSTER_TIMEOUT', `No answer in ${timeout} ms from ${names.join(', ')}`);
    this.responses = responses;
    this.missingNodes = missing;
  }
}

/** What becomes of a question: all answers there can be, or an error that holds those that came. */
export type SettleRequest = (error: ClusterTimeoutError | null, answers: unknown[]) => void;

/** Who is asked. */
export interface Askees {
  /** How many nodes. */
  readonly count: number;
  /** Those that are known; with a bus that counts, one of them may be gone, and others may be unknown. */
  readonly known: Iterable<NodeId>;
}

interface OpenRequest {
  readonly owing: Set<NodeId>;
  readonly answered: Set<NodeId>;
  readonly answers: unknown[];
  readonly settle: SettleRequest;
  readonly timer: ReturnType<typeof setTimeout>;
  /** How many nodes are asked of whom nothing is known. */
  unnamed: number;
  /** How many answers are still to come. */
  outstanding: number;
}

/** The open questions of a node to all the others, each with a deadline; one answer of each node counts. */
export class ClusterRequests {
  readonly #open = new Map<string, OpenRequest>();
  readonly #timeout: number;

  /** @param timeout how long answers are waited for, in milliseconds. */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  /** How many questions are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Opens a question; settled at once where there is nobody to ask. */
  ask(id: string, { count, known }: Askees, settle: SettleRequest): void {
    const timer = setTimeout(() => this.#expire(id), this.#timeout);
    timer.unref();
    const owing = new Set(known);
    const unnamed = Math.max(count - owing.size, 0);
    const answered = new Set<NodeId>();
    const request: OpenRequest = { owing, answered, answers: [], settle, timer, unnamed, outstanding: count };
    this.#open.set(id, request);
    this.#check(id, request);
  }

  /** An answer came; those to no open question, and second ones, are none. */
  answer(id: string, from: NodeId | undefined, answers: readonly unknown[]): void {
    const request = this.#open.get(id);
    if (request === undefined) return;
    if (from !== undefined) {
      if (request.answered.has(from)) return;
      request.answered.add(from);
    }
    const { owing, outstanding } = request;
    const isOwed = from !== undefined && owing.has(from);
    // One that was not asked, such as one that has come since, must not stand for another that has yet to answer.
    const stands = from === undefined || isOwed || request.unnamed > 0 || outstanding < owing.size;
    if (isOwed) owing.delete(from);
    else request.unnamed = Math.max(request.unnamed - 1, 0);
    if (stands) request.outstanding--;
    for (const each of answers) request.answers.push(each);
    this.#check(id, request);
  }

  /** A node is gone: it owes nothing any more. */
  forgive(node: NodeId): void {
    for (const [id, request] of this.#open) {
      if (!request.owing.delete(node)) continue;
      request.outstanding = Math.min(request.outstanding, request.owing.size + request.unnamed);
      this.#check(id, request);
    }
  }

  /** Settles what is open with the answers that came. */
  close(): void {
    for (const [id, request] of this.#open) this.#settle(id, request, null);
  }

  #check(id: string, request: OpenRequest): void {
    if (request.outstanding <= 0) this.#settle(id, request, null);
  }

  #expire(id: string): void {
    const request = this.#open.get(id)!;
    const { answers, owing, unnamed } = request;
    this.#settle(id, request, new ClusterTimeoutError(this.#timeout, answers, [...owing], unnamed));
  }

  #settle(id: string, { settle, answers, timer }: OpenRequest, error: ClusterTimeoutError | null): void {
    clearTimeout(timer);
    this.#open.delete(id);
    settle(error, answers);
  }
}
