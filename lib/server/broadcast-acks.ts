import { RookeryError } from '../shared/index.js';
import { ackTimeoutError } from './acks.js';

/** Called once: with all answers, or with an error and the answers that came in time. */
export type AnswersListener = (error: Error | null, answers: unknown[]) => void;

/** The open question of one broadcast: who was asked is learned from each node, then one answer per client. */
export class BroadcastAcks {
  readonly #listener: AnswersListener;
  readonly #answers: unknown[] = [];
  readonly #timer: ReturnType<typeof setTimeout>;
  #expectedNodes = -1;
  #heardNodes = 0;
  #expectedClients = 0;
  #hasLost = false;
  #isSettled = false;

  /** @param timeout how long to wait, in milliseconds. */
  constructor(timeout: number, listener: AnswersListener) {
    this.#listener = listener;
    this.#timer = setTimeout(() => this.#settle(ackTimeoutError()), timeout);
    // Answers that nobody gives must not keep a closed process alive.
    this.#timer.unref();
  }

  /** How many nodes are going to tell how many clients they asked. */
  onNodeCount(count: number): void {
    this.#expectedNodes = count;
    this.#check();
  }

  /** One node has asked this many clients. */
  onClientCount(count: number): void {
    this.#heardNodes++;
    this.#expectedClients += count;
    this.#check();
  }

  onAnswer(answer: unknown): void {
    // Too late: the list has been handed out.
    if (this.#isSettled) return;
    this.#answers.push(answer);
    this.#check();
  }

  /** A node is gone, and so many answers of its clients with it. */
  onNodeLost(missing: number): void {
    this.#hasLost = true;
    this.#expectedClients -= missing;
    this.#check();
  }

  /** The question could not be asked. */
  onFailure(error: Error): void {
    this.#settle(error);
  }

  #check(): void {
    if (this.#expectedNodes === -1) return;
    // More may answer than were counted: a node that has come since.
    if (this.#heardNodes >= this.#expectedNodes && this.#answers.length >= this.#expectedClients) {
      this.#settle(this.#hasLost ? nodeLostError() : null);
    }
  }

  #settle(error: Error | null): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#listener(error, this.#answers);
  }
}

function nodeLostError(): Error {
  return new RookeryError('ACK_DISCONNECTED', 'A server went away before all of its clients had answered');
}
