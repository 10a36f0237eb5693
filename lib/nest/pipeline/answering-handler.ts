import { RequestTimeoutException, type LoggerService } from '@nestjs/common';
import { isObservable, lastValueFrom, type Observable } from 'rxjs';
import type { AnswerStyle } from '../decorators/metadata.js';
import { answerFor, internalAnswer } from '../exceptions/error-answer.js';
import type { ErrorAnswer } from '../exceptions/ws.exception.js';
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
    let result: unknown;
    try {
      result = callHandler(this.#creators, prepared, call);
      // An envelope answers once: with the last value of a stream.
      if (this.#rules.style === 'envelope') result = this.#within(result);
    } catch (error) {
      void this.#onError(prepared, call, error);
      return;
    }
    this.#onResult(prepared, call, result);
  }

  #onResult(prepared: PreparedHandler, call: EventCall, result: unknown): void {
    if (isThenable(result)) {
      result.then(
        (value) => this.#onResult(prepared, call, value),
        (error: unknown) => void this.#onError(prepared, call, error),
      );
    } else if (isObservable(result)) {
      (result as Observable<unknown>).subscribe({
        next: (value) => this.#answer(prepared, call, value),
        error: (error: unknown) => void this.#onError(prepared, call, error),
      });
    } else {
      this.#answer(prepared, call, result);
    }
  }

  #answer(prepared: PreparedHandler, call: EventCall, value: unknown): void {
    try {
      if (this.#rules.style === 'envelope') {
        if (!this.#rules.isAckManual) call.ack?.({ ok: true, data: value ?? null });
      } else if (isWsResponse(value)) {
        call.socket.emit(value.event, value.data);
      } else if (!this.#rules.isAckManual) {
        if (value === undefined) call.ack?.();
        else call.ack?.(value);
      }
    } catch (error) {
      // The value cannot be encoded.
      void this.#onError(prepared, call, error);
    }
  }

  async #onError(prepared: PreparedHandler, call: EventCall, exception: unknown): Promise<void> {
    const { place, enhancers } = prepared;
    const filter = filterFor(enhancers.filters, exception);
    if (filter === undefined) {
      this.#answerError(call, exception);
      return;
    }
    try {
      const handled = await filter.func(exception, contextFor(place, call.handlerArgs()));
      const value = isObservable(handled) ? await lastValueFrom(handled as Observable<unknown>) : handled;
      if (call.isAnswered || call.ack === undefined) return;
      // A filter that neither answers nor returns an answer has dealt with the error, not with the client.
      if (value === undefined) this.#sendError(call, answerFor(exception) ?? internalAnswer());
      else this.#acknowledgeError(call, value);
    } catch (error) {
      this.#answerError(call, error);
    }
  }

  /** Answers with what the client may know; an error that was not made for clients is logged, once and in full. */
  #answerError(call: EventCall, exception: unknown): void {
    const answer = answerFor(exception);
    if (answer === undefined) {
      const isError = exception instanceof Error;
      this.#logger.error(
        `"${call.event}" failed: ${isError ? exception.message : String(exception)}`,
        isError ? exception.stack : undefined,
      );
    }
    this.#sendError(call, answer ?? internalAnswer());
  }

  #sendError(call: EventCall, answer: ErrorAnswer): void {
    try {
      if (call.ack === undefined) call.socket.emit('exception', { ...answer, event: call.event });
      else this.#acknowledgeError(call, answer);
    } catch (error) {
      // What the application wanted to tell cannot be encoded: something can always be told.
      this.#logger.error(`The error of "${call.event}" cannot be sent: ${String(error)}`);
      this.#acknowledgeError(call, internalAnswer());
    }
  }

  #acknowledgeError(call: EventCall, error: unknown): void {
    call.ack?.(this.#rules.style === 'envelope' ? { ok: false, error } : error);
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
  if (isObservable(result)) return lastValueFrom(result as Observable<unknown>, { defaultValue: undefined });
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
