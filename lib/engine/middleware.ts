import type { IncomingMessage, ServerResponse } from 'node:http';
import { runInOrder } from '../shared/index.js';

/** Runs for every HTTP request and upgrade; `next(error)` refuses it, answering it ends it. */
export type EngineMiddleware = {
  // A method, so that middlewares of Express fit as they are: their types want more of a request than it has here.
  run(request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): unknown;
}['run'];

/**
 * Runs middlewares in order; one that throws or rejects has refused.
 *
 * @param report takes what one has thrown or rejected with; an error that it passes on is its answer.
 */
export function runMiddlewares(
  middlewares: readonly EngineMiddleware[],
  request: IncomingMessage,
  response: ServerResponse,
  report: (error: unknown, middleware: EngineMiddleware) => void,
  done: (error?: unknown) => void,
): void {
  runInOrder<EngineMiddleware, unknown>(
    middlewares,
    (middleware, next) => {
      const fail = (error: unknown): void => {
        report(error, middleware);
        next(error ?? new Error('An engine middleware failed with nothing'));
      };
      try {
        const result: unknown = middleware(request, response, next);
        if (result instanceof Promise) result.catch(fail);
      } catch (error) {
        fail(error);
      }
    },
    done,
  );
}
