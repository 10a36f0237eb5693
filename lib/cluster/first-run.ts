import type { DeliveredMessage } from '../adapter/index.js';

/** What stands at a place of a stream; `data` is missing where it cannot be read. */
export interface PlacedDelivery {
  readonly number: number;
  readonly data: unknown[] | undefined;
}

/**
 * The first messages of a page without a gap.
 *
 * What cannot be read ends them: behind it begins the next page, so that it counts as one that is not kept.
 */
export function firstRun(page: readonly PlacedDelivery[]): DeliveredMessage[] {
  const run: DeliveredMessage[] = [];
  for (const { number, data } of page) {
    const last = run.at(-1);
    if (data !== undefined && (last === undefined || number === last.number + 1)) run.push({ number, data });
    else if (last !== undefined) break;
  }
  return run;
}
