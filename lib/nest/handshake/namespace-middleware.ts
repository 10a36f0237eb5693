import type { Socket } from '../../server/index.js';
import { isThenable } from '../pipeline/thenable.js';
import type { EntryStep } from './arrival.js';
import type { InstanceFor } from './named-injectable.js';
import { PassedError } from './refusal.js';

/** Goes on; with an error, refuses the client. */
export type NextFunction = (error?: Error | null) => void;

/** A middleware of a namespace, as a provider: `next()` has to be called for the client to come in. */
export interface NamespaceMiddleware<S = Socket> {
  use(socket: S, next: NextFunction): unknown;
}

/** A middleware of a namespace, as a function. */
export type NamespaceMiddlewareFunction<S = Socket> = (socket: S, next: NextFunction) => unknown;

/** Runs a middleware. */
export function middlewareStep(instanceFor: InstanceFor<NamespaceMiddleware>): EntryStep {
  return async (arrival) => {
    const middleware = await instanceFor(arrival);
    await new Promise<void>((resolve, reject) => {
      const next: NextFunction = (error) => {
        if (error === undefined || error === null) resolve();
        else reject(new PassedError(error));
      };
      const result = middleware.use(arrival.socket, next);
      if (isThenable(result)) result.then(undefined, reject);
    });
  };
}
