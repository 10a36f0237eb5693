import type { IncomingMessage, ServerResponse } from 'node:http';

/** Runs for every HTTP request and upgrade; `next(error)` refuses it, answering it ends it. */
export type EngineMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Runs middlewares in order, each once its predecessor has called `next`.
 *
 * A middleware that throws has refused; a second `next` of the same one does nothing.
 */
export function runMiddlewares(
  middlewares: readonly EngineMiddleware[],
  request: IncomingMessage,
  response: ServerResponse,
  done: (error?: unknown) => void,
): void {
  const step = (index: number): void => {
    const middleware = middlewares[index];
    if (middleware === undefined) {
      done();
      return;
    }
    let isDone = false;
    const next = (error?: unknown): void => {
      if (isDone) return;
      isDone = true;
      if (error !== undefined && error !== null) done(error);
      else step(index + 1);
    };
    try {
      middleware(request, response, next);
    } catch (error) {
      next(error ?? new Error('An engine middleware threw nothing'));
    }
  };
  step(0);
}
