import { messageOf, RookeryError } from '../shared/index.js';

/** A method, called with what the server sent. */
type Handler = (...args: unknown[]) => unknown;

/** What the server is told of an error: nothing of the inside. */
const failure = { status: 500, message: 'Internal server error' } as const;

/** Runs the handlers of one client: no error of theirs leaves it, and shutdown can wait for them. */
export class ServerEventRuns {
  readonly #onError: (error: RookeryError) => void;
  readonly #running = new Set<Promise<void>>();

  constructor(onError: (error: RookeryError) => void) {
    this.#onError = onError;
  }

  /** Resolves when no handler runs any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Makes a listener of a handler. @param place names it, for error messages. */
  listener(handler: Handler, place: string, isReserved: boolean): Handler {
    return (...args) => {
      const last = args.at(-1);
      const ack = !isReserved && typeof last === 'function' ? (args.pop() as Handler) : undefined;
      const run = this.#run(() => handler(...args), place, ack).then(() => {
        this.#running.delete(run);
      });
      this.#running.add(run);
    };
  }

  async #run(call: () => unknown, place: string, ack: Handler | undefined): Promise<void> {
    try {
      const value = await call();
      if (value === undefined) ack?.();
      else ack?.(value);
    } catch (cause) {
      const error = new RookeryError('SERVER_EVENT_FAILED', `${place} failed: ${messageOf(cause)}`, { cause });
      this.#report(error);
      this.#tell(ack);
    }
  }

  #tell(ack: Handler | undefined): void {
    try {
      ack?.(failure);
    } catch {
      // The connection has it that nothing can be told.
    }
  }

  #report(error: RookeryError): void {
    try {
      this.#onError(error);
    } catch {
      // Whoever is told of errors must not add to them.
    }
  }
}
