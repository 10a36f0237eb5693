import { from, isObservable, type Observable } from 'rxjs';

/** What a handler may return in the place of one value: an Observable or an async iterable; `undefined` for the rest. */
export function streamOf(value: unknown): Observable<unknown> | undefined {
  if (isObservable(value)) return value;
  return isAsyncIterable(value) ? from(value) : undefined;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
