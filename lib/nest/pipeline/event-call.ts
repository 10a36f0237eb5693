import type { Socket } from '../../server/index.js';

/** The arguments that guards, interceptors and filters see: socket, payload, ack, all arguments, event. */
export type HandlerArgs = [
  socket: Socket,
  payload: unknown,
  ack: ((...args: unknown[]) => void) | undefined,
  args: readonly unknown[],
  event: string,
];

/** One event on its way through one handler, and the answer it gets at most once. */
export class EventCall {
  readonly socket: Socket;
  readonly event: string;
  /** The event's arguments, without its ack. */
  readonly payloads: readonly unknown[];
  /** Answers; `undefined` when the client did not ask. */
  readonly ack: ((...args: unknown[]) => void) | undefined;
  #isAnswered = false;

  constructor(socket: Socket, args: readonly unknown[]) {
    const last = args.at(-1);
    // A client cannot send a function: the last one is the ack.
    const ack = typeof last === 'function' ? (last as (...args: unknown[]) => void) : undefined;
    this.socket = socket;
    this.event = String(args[0]);
    this.payloads = args.slice(1, ack === undefined ? args.length : -1);
    this.ack = ack === undefined ? undefined : (...answer) => this.#answer(ack, answer);
  }

  /** The same event for a handler that may not answer it. */
  unanswerable(): EventCall {
    return new EventCall(this.socket, [this.event, ...this.payloads]);
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** What guards, interceptors, filters and parameter decorators see. */
  handlerArgs(): HandlerArgs {
    return [this.socket, this.payloads[0], this.ack, this.payloads, this.event];
  }

  #answer(ack: (...args: unknown[]) => void, answer: unknown[]): void {
    if (this.#isAnswered) return;
    ack(...answer);
    // Set behind the call: an answer that cannot be encoded is none, and leaves room for the error.
    this.#isAnswered = true;
  }
}
