/** How long the pauses between attempts are, in milliseconds. */
export interface BackoffOptions {
  readonly reconnectionDelay: number;
  readonly reconnectionDelayMax: number;
  readonly randomizationFactor: number;
}

/**
 * Returns the pause before an attempt, in milliseconds: it doubles each time, and is spread at random.
 *
 * @param attempt from 0.
 */
export function backoffDelay(attempt: number, options: BackoffOptions): number {
  const { reconnectionDelay, reconnectionDelayMax, randomizationFactor } = options;
  const spread = 1 + randomizationFactor * (2 * Math.random() - 1);
  // More doublings than any clock can wait for.
  return Math.min(Math.floor(reconnectionDelay * 2 ** Math.min(attempt, 40) * spread), reconnectionDelayMax);
}
