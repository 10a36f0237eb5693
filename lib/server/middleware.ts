import { type ErrorBoundary } from './error-boundary.js';

/** A step on the way of a socket or an event; `next(error)` refuses it. */
export type Middleware<Subject> = (subject: Subject, next: (error?: Error) => void) => unknown;

/** Told to a client whose middleware failed instead of refusing. */
export const internalError = 'Internal server error';

/**
 * Runs middlewares in order, each once its predecessor has called `next`.
 *
 * A middleware that throws or rejects has failed: that is reported, and the subject is refused with a text that tells
 * nothing of the inside. A second `next` of the same middleware does nothing.
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
  const step = (index: number): void => {
    const middleware = middlewares[index];
    if (middleware === undefined) {
      done();
      return;
    }
    let isDone = false;
    const next = (error?: Error): void => {
      if (isDone) return;
      isDone = true;
      if (error !== undefined && error !== null) done(error);
      else step(index + 1);
    };
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
  };
  step(0);
}
