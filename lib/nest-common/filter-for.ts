import type { FilterEntry } from './nest-internals.js';

/** Chooses the filter for an exception: the first whose types it is of. */
export function filterFor(filters: readonly FilterEntry[], exception: unknown): FilterEntry | undefined {
  return filters.find(
    ({ exceptionMetatypes }) =>
      exceptionMetatypes.length === 0 || exceptionMetatypes.some((metatype) => exception instanceof metatype),
  );
}
