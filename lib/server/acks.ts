import { RookeryError } from '../shared/index.js';

/** Waits for one answer of a client. */
export interface PendingAck {
  onAnswer(args: unknown[]): void;
  /** The client did not answer in time, or went away; not called for those who do not care. */
  onFailure?(error: RookeryError): void;
}

interface Entry {
  readonly pending: PendingAck;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
}

/** The open questions of one socket. A question without a deadline arms no timer. */
export class AckTable {
  readonly #entries = new Map<number, Entry>();

  /** How many questions are open. */
  get size(): number {
    return this.#entries.size;
  }

  /** @param timeout how long to wait, in milliseconds; for ever when `undefined`. */
  expect(id: number, pending: PendingAck, timeout?: number): void {
    const timer = timeout === undefined ? undefined : setTimeout(() => this.#expire(id), timeout);
    this.#entries.set(id, { pending, timer });
  }

  /** Passes an answer on; one that nobody waits for is ignored. */
  answer(id: number, args: unknown[]): void {
    this.#take(id)?.onAnswer(args);
  }

  forget(id: number): void {
    this.#take(id);
  }

  /** The client has gone: nothing will be answered any more. */
  failAll(): void {
    for (const id of [...this.#entries.keys()]) {
      this.#take(id)?.onFailure?.(ackDisconnectedError());
    }
  }

  #expire(id: number): void {
    this.#take(id)?.onFailure?.(ackTimeoutError());
  }

  #take(id: number): PendingAck | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#entries.delete(id);
    clearTimeout(entry.timer);
    return entry.pending;
  }
}

/** The error of an ack that cannot come any more, with the text clients know. */
export function ackDisconnectedError(): RookeryError {
  return new RookeryError('ACK_DISCONNECTED', 'socket has been disconnected');
}

/** The error of an ack that is one too many: nothing was sent. */
export function ackLimitError(max: number): RookeryError {
  return new RookeryError('ACK_LIMIT', `the client owes ${max} answers already; nothing was sent`);
}

/** The error of an ack that did not come in time, with the text clients know. */
export function ackTimeoutError(): RookeryError {
  return new RookeryError('ACK_TIMEOUT', 'operation has timed out');
}
