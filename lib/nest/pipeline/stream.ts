import { Logger } from '@nestjs/common';
import { isObservable, lastValueFrom, Observable } from 'rxjs';
import { logError } from '../exceptions/error-report.js';
import { isThenable } from './thenable.js';

const logger = new Logger('SocketIoModule');

/** What a handler may return in the place of one value: an Observable or an async iterable; `undefined` for the rest. */
export function streamOf(value: unknown): Observable<unknown> | undefined {
  if (isObservable(value)) return value;
  return isAsyncIterable(value) ? iterated(value) : undefined;
}

/** Whether a value is a stream. */
export function isStream(value: unknown): boolean {
  return isObservable(value) || isAsyncIterable(value);
}

/** Whether a value is one already: nothing to wait for, and no stream. */
export function isPlain(value: unknown): boolean {
  const mayBeMore = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return !mayBeMore || (!isThenable(value) && !isStream(value));
}

/** Waits for promises and for the last value of streams; a plain value stays one. */
export function settle(result: unknown): unknown {
  if (isThenable(result)) return Promise.resolve(result).then(settle);
  const stream = streamOf(result);
  return stream === undefined ? result : lastValueFrom(stream, { defaultValue: undefined });
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** The values of an iterable. Unlike with `from()`, its `return()` is called at once when nobody wants more. */
function iterated(iterable: AsyncIterable<unknown>): Observable<unknown> {
  return new Observable((subscriber) => {
    const iterator = iterable[Symbol.asyncIterator]();
    let isDone = false;
    const fail = (error: unknown): void => {
      isDone = true;
      // Nobody is there to be told.
      if (subscriber.closed) logError(logger, 'stream', error);
      else subscriber.error(error);
    };
    const pull = async (): Promise<void> => {
      while (!subscriber.closed) {
        const { done, value } = await iterator.next();
        if (done === true) {
          isDone = true;
          subscriber.complete();
          return;
        }
        subscriber.next(value);
      }
    };
    pull().catch(fail);
    return () => {
      if (isDone || iterator.return === undefined) return;
      isDone = true;
      try {
        Promise.resolve(iterator.return()).catch(fail);
      } catch (error) {
        fail(error);
      }
    };
  });
}
