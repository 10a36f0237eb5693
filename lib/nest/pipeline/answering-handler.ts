import { RequestTimeoutException, type LoggerService } from '@nestjs/common';
import { isObservable, lastValueFrom } from 'rxjs';
import type { AnswerStyle } from '../decorators/metadata.js';
import { answerFor, internalAnswer } from '../exceptions/error-answer.js';
import { emitException, tellError, toldOf } from '../exceptions/error-report.js';
import type { ContextCreators } from '../nest-internals.js';
import { callHandler, type CompiledHandler, type PreparedHandler } from './compiled-handler.js';
import { contextFor, filterFor } from './enhancers.js';
import type { EventCall } from './event-call.js';
import { isThenable } from './thenable.js';

/** How a handler answers. */
export interface AnswerRules {
  readonly style: AnswerStyle;
  /** How long the handler may take, in milliseconds; for ever when `undefined`. */
  readonly timeout: number | undefined;
  /** The method holds the ack itself: what it returns is not acked. */
  readonly isAckManual: boolean;
}

/** A compiled handler that sees to the answer: whatever happens, a client that asked for one gets it, once. */
export class AnsweringHandler {
  readonly #creators: ContextCreators;
  readonly #handler: CompiledHandler;
  readonly #rules: AnswerRules;
  readonly #logger: LoggerService;

  constructor(creators: ContextCreators, handler: CompiledHandler, rules: AnswerRules, logger: LoggerService) {
    this.#creators = creators;
    this.#handler = handler;
    this.#rules = rules;
    this.#logger = logger;
  }

  /** Handles an event; never throws, and never leaves a rejected promise behind. */
  handle(call: EventCall): void {
    let prepared: PreparedHandler | Promise<PreparedHandler>;
    try {
      prepared = this.#handler.prepare(call);
    } catch (error) {
      this.#answerError(call, error);
      return;
    }
    if (!(prepared instanceof Promise)) {
      this.#run(prepared, call);
      return;
    }
    prepared.then(
      (ready) => this.#run(ready, call),
      (error: unknown) => this.#answerError(call, error),
    );
  }

  #run(prepared: PreparedHandler, call: EventCall): void {
    try {
      const result = callHandler(this.#creators, prepared, call);
      // An envelope answers once: with the last value of a stream.
      this.#onResult(prepared, call, this.#rules.style === 'envelope' ? this.#within(result) : result);
    } catch (error) {
      this.#onError(prepared, call, error);
    }
  }

  #onResult(prepared: PreparedHandler, call: EventCall, result: unknown): void {
    if (!isThenable(result)) {
      this.#onValue(prepared, call, result);
      return;
    }
    // A thenable of somebody else's may throw or call back twice; a promise of it does not.
    Promise.resolve(result).then(
      (value) => this.#onValue(prepared, call, value),
      (error: unknown) => this.#onError(prepared, call, error),
    );
  }

  /** Answers with a value, or with each value of a stream; never throws. */
  #onValue(prepared: PreparedHandler, call: EventCall, value: unknown): void {
    try {
      if (isObservable(value)) {
        value.subscribe({
          next: (each) => this.#onValue(prepared, call, each),
          error: (error: unknown) => this.#onError(prepared, call, error),
        });
      } else {
        this.#answer(call, value);
      }
    } catch (error) {
      // The value cannot be encoded, for one.
      this.#onError(prepared, call, error);
    }
  }

  #answer(call: EventCall, value: unknown): void {
    if (this.#rules.style === 'envelope') {
      if (!this.#rules.isAckManual) call.ack?.({ ok: true, data: value ?? null });
    } else if (isWsResponse(value)) {
      call.socket.emit(value.event, value.data);
    } else if (!this.#rules.isAckManual) {
      if (value === undefined) call.ack?.();
      else call.ack?.(value);
    }
  }

  /** Asks the filter there is for the error, and answers; never throws. */
  #onError({ place, enhancers }: PreparedHandler, call: EventCall, exception: unknown): void {
    try {
      const filter = filterFor(enhancers.filters, exception);
      if (filter === undefined) {
        this.#answerError(call, exception);
        return;
      }
      const handled = settle(filter.func(exception, contextFor(place, call.handlerArgs())));
      if (handled instanceof Promise) {
        handled.then(
          (value: unknown) => this.#onFiltered(call, exception, value),
          (error: unknown) => this.#answerError(call, error),
        );
      } else {
        this.#onFiltered(call, exception, handled);
      }
    } catch (error) {
      this.#answerError(call, error);
    }
  }

  /** @param value what the filter returned: what the client is told. */
  #onFiltered(call: EventCall, exception: unknown, value: unknown): void {
    if (call.isAnswered) return;
    if (value !== undefined) this.#tell(call, value);
    // A filter that neither answers nor returns an answer has dealt with the error, not with the client that asked.
    else if (call.ack !== undefined) this.#tell(call, answerFor(exception) ?? internalAnswer());
  }

  #answerError(call: EventCall, exception: unknown): void {
    this.#tell(call, toldOf(this.#logger, call.event, exception));
  }

  /** Tells an error: in the ack of a client that asked for one, else as an `exception` event. */
  #tell(call: EventCall, answer: unknown): void {
    tellError(this.#logger, call.event, answer, (told) => {
      if (call.ack === undefined) emitException(call.socket, call.event, told);
      else call.ack(this.#rules.style === 'envelope' ? { ok: false, error: told } : told);
    });
  }

  /** Bounds what an envelope waits for. */
  #within(result: unknown): unknown {
    const { timeout } = this.#rules;
    const settled = settle(result);
    if (timeout === undefined || !(settled instanceof Promise)) return settled;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new RequestTimeoutException('The handler did not finish in time')),
        timeout,
      );
      const finish = (call: () => void): void => {
        clearTimeout(timer);
        call();
      };
      settled.then(
        (value) => finish(() => resolve(value)),
        (error: unknown) => finish(() => reject(error)),
      );
    });
  }
}

/** Waits for promises and for the last value of streams; a plain value stays one. */
function settle(result: unknown): unknown {
  if (isThenable(result)) return Promise.resolve(result).then(settle);
  if (isObservable(result)) return lastValueFrom(result, { defaultValue: undefined });
  return result;
}

function isWsResponse(value: unknown): value is { event: string; data: unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { event?: unknown }).event === 'string' &&
    'data' in value
  );
}
