import type { StoredMessage } from './jetstream.js';

/** The first message of a subject at a place of a stream or behind it. */
export type NextMessage = (seq: number) => Promise<StoredMessage | undefined>;

/** The messages of a subject between two places, and where it goes on behind them. */
export interface Walk {
  readonly found: readonly StoredMessage[];
  readonly next: number;
}

/** How many messages one is to find; each is a round trip. */
const usualWalk = 8;
/** How many one finds at most: messages may stand close together. */
const longestWalk = 4 * usualWalk;

/**
 * Reads the messages of a subject from a place up to, and without, another one, or the first of them.
 *
 * Each message tells where the next may stand, and nothing else does: several begin at places in between.
 *
 * @param count how many messages are expected, from 1.
 */
export async function walkSubject(next: NextMessage, from: number, end: number, count: number): Promise<Walk> {
  const walkers = Math.min(Math.ceil(count / usualWalk), end - from);
  const places = Array.from({ length: walkers + 1 }, (_, n) => from + Math.floor(((end - from) * n) / walkers));
  const walks = await Promise.all(places.slice(1).map((place, n) => walk(next, places[n]!, place)));
  // Behind one that has not come to its end nothing is known.
  const short = walks.findIndex((each, n) => each.next < places[n + 1]!);
  const whole = short === -1 ? walks : walks.slice(0, short + 1);
  return { found: whole.flatMap(({ found }) => found), next: whole.at(-1)!.next };
}

async function walk(next: NextMessage, from: number, end: number): Promise<Walk> {
  const found: StoredMessage[] = [];
  let seq = from;
  while (seq < end && found.length < longestWalk) {
    const stored = await next(seq);
    if (stored === undefined || stored.seq >= end) return { found, next: end };
    found.push(stored);
    seq = stored.seq + 1;
  }
  return { found, next: seq };
}
