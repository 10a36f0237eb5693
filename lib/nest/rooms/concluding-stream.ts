import { concatMap, Observable, of } from 'rxjs';
import { streamOf } from '../pipeline/stream.js';

/**
 * The values of a stream, of which the last one waits for `conclude`, and gives way to its error.
 *
 * A value is held back until it is known whether it is the last. A stream that fails is not concluded.
 */
export function concludingStream(
  stream: Observable<unknown>,
  conclude: (last: unknown) => void | Promise<void>,
): Observable<unknown> {
  return new Observable((subscriber) => {
    let held: { readonly value: unknown } | undefined;
    const release = (): void => {
      if (held !== undefined) subscriber.next(held.value);
    };
    const finish = (): void => {
      release();
      subscriber.complete();
    };
    const fail = (error: unknown): void => subscriber.error(error);
    return flat(stream).subscribe({
      next: (value) => {
        release();
        held = { value };
      },
      error: (error: unknown) => {
        release();
        fail(error);
      },
      complete: () => {
        try {
          const concluded = conclude(held?.value);
          if (concluded === undefined) finish();
          else concluded.then(finish, fail);
        } catch (error) {
          fail(error);
        }
      },
    });
  });
}

/** An interceptor makes a stream of an async iterable: a stream of one stream. */
function flat(stream: Observable<unknown>): Observable<unknown> {
  return stream.pipe(
    concatMap((value) => {
      const inner = streamOf(value);
      return inner === undefined ? of(value) : flat(inner);
    }),
  );
}
