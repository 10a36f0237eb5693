import { RequestTimeoutException, type LoggerService } from '@nestjs/common';
import { throwError, timeout as timeoutOf, type Observable } from 'rxjs';
import { filterFor } from '../../nest-common/index.js';
import { answerFor, internalAnswer } from '../exceptions/error-answer.js';
import { emitException, tellError, toldOf } from '../exceptions/error-report.js';
import type { AnswerStyle } from './answer-style.js';
import { ClientStreams } from './client-streams.js';
import { callHandler, type CompiledHandler, type PreparedHandler } from './compiled-handler.js';
import { contextFor } from './enhancers.js';
import type { EventCall } from './event-call.js';
import { HandlerRun } from './handler-run.js';
import { isPlain, settle, streamOf } from './stream.js';
import { isThenable } from './thenable.js';
import type { WsResponse } from './ws-response.js';

/** Where an error goes: into the ack, into an `exception` event, or into both. */
export type ErrorTarget = 'ack' | 'event' | 'both';

/** How a handler answers. */
export interface AnswerRules {
  readonly style: AnswerStyle;
  /** Whether every event is answered once, with the last of several values; else each value counts. */
  readonly alwaysAnswers: boolean;
  /** Where errors go when the client has asked for an answer. */
  readonly errors: ErrorTarget;
  /** How long the handler may take, in milliseconds; for ever when `undefined`. */
  readonly timeout: number | undefined;
  /** The method holds the ack itself: what it returns is not acked. */
  readonly isAckManual: boolean;
}

/** A compiled handler that sees to the answer: whatever happens, a client that asked for one gets it, once. */
export class AnsweringHandler {
  readonly #handler: CompiledHandler;
  readonly #rules: AnswerRules;
  readonly #logger: LoggerService;

  constructor(handler: CompiledHandler, rules: AnswerRules, logger: LoggerService) {
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
      const { timeout, alwaysAnswers } = this.#rules;
      const run = runOf(prepared, timeout);
      const result = callHandler(prepared, call, run);
      if (isPlain(result)) {
        this.#answer(call, result);
        return;
      }
      const bounded = within(timeout, run, alwaysAnswers ? lastOf(result, call, streamRunOf(prepared, run)) : result);
      this.#onResult(prepared, call, bounded, run);
    } catch (error) {
      this.#onError(prepared, call, error);
    }
  }

  #onResult(prepared: PreparedHandler, call: EventCall, result: unknown, run: HandlerRun | undefined): void {
    if (!isThenable(result)) {
      this.#onValue(prepared, call, result, run);
      return;
    }
    // A thenable of somebody else's may throw or call back twice; a promise of it does not.
    Promise.resolve(result).then(
      (value) => this.#onValue(prepared, call, value, run),
      (error: unknown) => this.#onError(prepared, call, error),
    );
  }

  /** Answers with a value, or with each value of a stream while its client is there; never throws. */
  #onValue(prepared: PreparedHandler, call: EventCall, value: unknown, run?: HandlerRun): void {
    try {
      const stream = streamOf(value);
      if (stream !== undefined) {
        const sink = {
          next: (each: unknown) => this.#onValue(prepared, call, each),
          error: (error: unknown) => this.#onError(prepared, call, error),
        };
        ClientStreams.follow(call.socket, stream, sink, streamRunOf(prepared, run));
      } else {
        this.#answer(call, value);
      }
    } catch (error) {
      // The value cannot be encoded, for one.
      this.#onError(prepared, call, error);
    }
  }

  #answer(call: EventCall, value: unknown): void {
    const { style, alwaysAnswers, isAckManual } = this.#rules;
    if (!alwaysAnswers && isWsResponse(value)) call.socket.emit(value.event, value.data);
    else if (!isAckManual && call.isAsked) call.answer(style.success(value));
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
    else if (call.isAsked) this.#tell(call, answerFor(exception) ?? internalAnswer());
  }

  #answerError(call: EventCall, exception: unknown): void {
    this.#tell(call, toldOf(this.#logger, call.event, exception));
  }

  /** Tells an error: in the ack of a client that asked for one, else as an `exception` event. */
  #tell(call: EventCall, answer: unknown): void {
    const { style, errors } = this.#rules;
    tellError(this.#logger, call.event, answer, (told) => {
      if (call.isAsked && errors !== 'event') call.answer(style.failure(told));
      if (!call.isAsked || errors !== 'ack') emitException(call.socket, call.event, told);
    });
  }
}

/** Bounds the time until the first value. @param run is told when it has not come in time. */
function within(timeout: number | undefined, run: HandlerRun | undefined, result: unknown): unknown {
  if (timeout === undefined) return result;
  const tooLate = (): RequestTimeoutException => {
    run?.miss();
    return new RequestTimeoutException('The handler did not finish in time');
  };
  const stream = streamOf(result);
  if (stream !== undefined) {
    return stream.pipe(timeoutOf({ first: timeout, with: () => throwError(tooLate) }));
  }
  if (!isThenable(result)) return result;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(tooLate()), timeout);
    const finish = (call: () => void): void => {
      clearTimeout(timer);
      call();
    };
    Promise.resolve(result).then(
      // Of a promise of a stream, the stream has as long again.
      (value) => finish(() => resolve(within(timeout, run, value))),
      (error: unknown) => finish(() => reject(error)),
    );
  });
}

/** What has to be known of a run of a handler; `undefined` for most. */
function runOf({ enhancers, roomRules }: PreparedHandler, timeout: number | undefined): HandlerRun | undefined {
  const isNeeded = enhancers.interceptors.length > 0 || (timeout !== undefined && roomRules !== undefined);
  return isNeeded ? new HandlerRun() : undefined;
}

/** The run that goes on behind a stream of interceptors; a stream without them is the method's own. */
function streamRunOf({ enhancers }: PreparedHandler, run: HandlerRun | undefined): HandlerRun | undefined {
  return enhancers.interceptors.length > 0 ? run : undefined;
}

/** Waits for promises, and for the last value of streams, which end with the client; a plain value stays one. */
function lastOf(result: unknown, call: EventCall, run: HandlerRun | undefined): unknown {
  if (isThenable(result)) return Promise.resolve(result).then((value) => lastOf(value, call, run));
  const stream = streamOf(result);
  return stream === undefined ? result : lastValueOf(stream, call, run);
}

function lastValueOf(stream: Observable<unknown>, call: EventCall, run: HandlerRun | undefined): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    const next = (value: unknown): void => {
      last = value;
    };
    const error = (thrown: unknown): void => {
      last = undefined;
      reject(thrown);
    };
    // However it ends: where the client has left, nobody waits for more than that.
    const end = (): void => resolve(lastOf(last, call, undefined));
    ClientStreams.follow(call.socket, stream, { next, error }, run).add(end);
  });
}

function isWsResponse(value: unknown): value is WsResponse {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { event?: unknown }).event === 'string' &&
    'data' in value
  );
}
