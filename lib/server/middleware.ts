import { runInOrder } from '../shared/index.js';
import type { ErrorBoundary } from './error-boundary.js';

/** A step on the way of a socket or an event; `next(error)` refuses it. */
export type Middleware<Subject> = (subject: Subject, next: (error?: Error) => void) => unknown;

/** Told to a client whose middleware failed instead of refusing. */
export const internalError = 'Internal server error';

/**
 * Runs middlewares in order.
 *
 * A middleware that throws or rejects has failed: that is reported, and the subject is refused with a text that tells
 * nothing of the inside.
 *
 * @param done called once at most; never when a middleware never calls `next`.
 */
export function runMiddlewares<Subject>(
  middlewares: readonly Middleware<Subject>[],
  subject: Subject,
  boundary: ErrorBoundary,
  context: { readonly event: string; readonly socket: object },
  done: (error?: Error) => void,
): void {
  if (middlewares.length === 0) {
    done();
    return;
  }
  runInOrder<Middleware<Subject>, Error>(
    middlewares,
    (middleware, next) => {
      const fail = (error: unknown): void => {
        boundary.report(error, context);
        next(new Error(internalError));
      };
      try {
        const result = middleware(subject, next);
        if (result instanceof Promise) result.catch(fail);
      } catch (error) {
        fail(error);
      }
    },
    done,
  );
}
