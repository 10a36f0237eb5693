import type { DeliveredMessage, DeliveryOffset, DeliveryPage } from '../adapter/index.js';

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

/** What a store has behind a place: its head, and as many entries as were asked for, where there are so many. */
export interface StoredPage {
  readonly head: DeliveryOffset;
  readonly entries: readonly { readonly number: number; readonly bytes: unknown }[];
}

/** How a log reads what its store has. */
export interface RunReader {
  /** Asks the store for the first entries behind a place. */
  page(after: DeliveryOffset): Promise<StoredPage>;
  /** @returns `undefined` for what is no event. */
  decode(bytes: unknown): unknown[] | undefined;
  /** Told of each entry that is none. */
  onMalformed(): void;
}

/** Reads the first messages behind a place, however many entries in front cannot be read. @param limit that of a page. */
export async function readRun(after: DeliveryOffset, limit: number, reader: RunReader): Promise<DeliveryPage> {
  for (let from = after; ;) {
    const { head, entries } = await reader.page(from);
    const placed = entries.map(({ number, bytes }) => {
      const data = reader.decode(bytes);
      if (data === undefined) reader.onMalformed();
      return { number, data };
    });
    const messages = firstRun(placed);
    if (messages.length > 0 || placed.length < limit) return { head, messages };
    from = { epoch: head.epoch, number: placed.at(-1)!.number };
  }
}
