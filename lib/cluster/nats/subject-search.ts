/** A place in a stream of JetStream, and the number of the message there. */
export interface NumberedPlace {
  readonly seq: number;
  readonly number: number;
}

/** How many messages it may be too early: they are read all the same. */
export const tolerance = 8;

/**
 * A place that is at or little before the one of a number.
 *
 * Numbers of a subject rise with their places, but others' messages stand in between: places are guessed where the number
 * is to be expected, and in the middle in turn, so that it ends soon wherever the messages stand.
 *
 * @param low a place before the number; @param high one behind it.
 * @param next the first message of the subject at a place or behind it; its number may be missing.
 */
export async function placeBefore(
  number: number,
  low: NumberedPlace,
  high: NumberedPlace,
  next: (seq: number) => Promise<{ readonly seq: number; readonly number: number | undefined } | undefined>,
): Promise<number> {
  for (let isExpected = true; number - low.number > tolerance && high.seq - low.seq > 1; isExpected = !isExpected) {
    const share = isExpected ? (number - low.number) / (high.number - low.number) : 0.5;
    const step = Math.floor((high.seq - low.seq) * share);
    const guess = low.seq + Math.min(Math.max(step, 1), high.seq - low.seq - 1);
    const found = await next(guess);
    if (found !== undefined && found.number === undefined && found.seq < high.seq) {
      low = { seq: found.seq, number: low.number };
    } else if (found?.number !== undefined && found.number < number) {
      low = { seq: found.seq, number: found.number };
    } else {
      high = { seq: guess, number: found?.number ?? high.number };
    }
  }
  return low.seq;
}
