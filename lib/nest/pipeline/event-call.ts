import type { Socket } from '../../server/index.js';

/** The arguments that guards, interceptors and filters see: socket, payload, ack, all arguments, event. */
export type HandlerArgs = [
  socket: Socket,
  payload: unknown,
  ack: Ack | undefined,
  args: readonly unknown[],
  event: string,
];

type Ack = (...answer: unknown[]) => void;

/** One event on its way through its handlers, and the answer it gets at most once. */
// hot: one object and one list per event; a function that answers is made for those who are given one.
export class EventCall {
  readonly socket: Socket;
  readonly event: string;
  /** The event's arguments, without its ack. */
  readonly payloads: readonly unknown[];
  readonly #clientAck: Ack | undefined;
  #ack: Ack | undefined = undefined;
  #isAnswered = false;

  constructor(socket: Socket, args: readonly unknown[]) {
    const last = args.at(-1);
    // A client cannot send a function: the last one is the ack.
    const ack = typeof last === 'function' ? (last as Ack) : undefined;
    this.socket = socket;
    this.event = String(args[0]);
    this.payloads = args.slice(1, ack === undefined ? args.length : -1);
    this.#clientAck = ack;
  }

  /** Whether the client waits for an answer. */
  get isAsked(): boolean {
    return this.#clientAck !== undefined;
  }

  /** Answers, as a function; `undefined` when the client did not ask. */
  get ack(): Ack | undefined {
    if (this.#clientAck === undefined) return undefined;
    return (this.#ack ??= (...answer) => this.answer(answer));
  }

  /** The same event for a handler that may not answer it. */
  unanswerable(): EventCall {
    return new EventCall(this.socket, [this.event, ...this.payloads]);
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /**
   * What guards, interceptors, filters and parameter decorators see.
   *
   * @param givesAck whether any of them is there to be given the function that answers.
   */
  handlerArgs(givesAck = true): HandlerArgs {
    return [this.socket, this.payloads[0], givesAck ? this.ack : undefined, this.payloads, this.event];
  }

  /** Answers a client that asked, and has no answer yet. */
  answer(answer: readonly unknown[]): void {
    if (this.#isAnswered || this.#clientAck === undefined) return;
    this.#clientAck(...answer);
    // Set behind the call: an answer that cannot be encoded is none, and leaves room for the error.
    this.#isAnswered = true;
  }
}
