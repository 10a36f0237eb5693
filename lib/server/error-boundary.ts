import { messageOf, printable, RookeryError, type Log } from '../shared/index.js';

/** Where an error of the application came from. */
export interface ErrorContext {
  /**
   * What was being done: the name of an event, or of what the application has given, such as `connection`, `matcher`,
   * `allowRequest`, `adapter.close` or `presence.join`.
   */
  readonly event: string;
  /** The socket it was done for, where there is one. */
  readonly socket?: object;
}

/** Receives what the application's own code threw or rejected with. */
export type ErrorListener = (error: unknown, context: ErrorContext) => unknown;

/** What becomes of an error that was reported. */
export type Uncaught = (typeof fates)[number];

const fates = ['report', 'throw'] as const;

/**
 * Runs the application's code.
 *
 * What it throws, or rejects with later, is reported and goes no further: neither the process nor another client pays
 * for it.
 */
export class ErrorBoundary {
  readonly #listener: ErrorListener | undefined;
  readonly #log: Log;
  readonly #uncaught: Uncaught;

  /** @throws RookeryError `INVALID_OPTION` for an `uncaught` that is none. */
  constructor(listener: ErrorListener | undefined, log: Log, uncaught: Uncaught) {
    if (!fates.includes(uncaught)) {
      throw new RookeryError('INVALID_OPTION', `uncaught is ${fates.join(' or ')}, not ${String(uncaught)}`);
    }
    this.#listener = listener;
    this.#log = log;
    this.#uncaught = uncaught;
  }

  /** Reports an error to `onError`, or to the log when there is none. */
  report(error: unknown, context: ErrorContext): void {
    this.#tell(error, context);
    if (this.#uncaught === 'throw') {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  #tell(error: unknown, context: ErrorContext): void {
    if (this.#listener === undefined) {
      this.#log.error(`Unhandled error in "${printable(context.event)}": ${printable(messageOf(error))}`, error);
      return;
    }
    const fail = (listenerError: unknown): void =>
      this.#log.error(`onError itself failed: ${printable(messageOf(listenerError))}`, listenerError);
    try {
      const result: unknown = this.#listener(error, context);
      if (result instanceof Promise) result.catch(fail);
    } catch (listenerError) {
      fail(listenerError);
    }
  }

  /** Calls the application's code; reports what it throws, and what it rejects with later. */
  run(call: () => unknown, context: ErrorContext): void {
    try {
      this.watch(call(), context);
    } catch (error) {
      this.report(error, context);
    }
  }

  /** Reports the rejection of a promise that nobody waits for; takes any value. */
  watch(result: unknown, context: ErrorContext): void {
    if (result instanceof Promise) result.catch((error: unknown) => this.report(error, context));
  }
}
