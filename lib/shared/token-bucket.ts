import { positive } from './positive.js';

/** How often something may happen. */
export interface Rate {
  /** How many per second, in the long run. */
  readonly perSecond: number;
  /** How many at once, after a pause. */
  readonly burst: number;
}

/**
 * Checks an option that is a rate.
 *
 * @throws RookeryError `INVALID_OPTION` unless both of its numbers are above 0.
 */
export function resolveRate(option: string, rate: Rate | false): Rate | false {
  if (rate === false) return false;
  return {
    perSecond: positive(`${option}.perSecond`, rate?.perSecond),
    burst: Math.max(1, positive(`${option}.burst`, rate?.burst)),
  };
}

/** Counts what happens against a rate, without a timer: a bucket fills with time, and each event takes a token out of it. */
// hot: two numbers and no allocation per event.
export class TokenBucket {
  readonly #perMillisecond: number;
  /** How many there may be at once. */
  readonly burst: number;
  #tokens: number;
  #filledAt: number;

  /** @param now a monotonic time in milliseconds, here and in the calls. */
  constructor({ perSecond, burst }: Rate, now: number) {
    this.#perMillisecond = perSecond / 1_000;
    this.burst = burst;
    this.#tokens = burst;
    this.#filledAt = now;
  }

  /** Takes a token, if there is one. */
  take(now: number): boolean {
    this.#fill(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes a token whether there is one or not. @returns how many are owed now; 0 when there was one. */
  spend(now: number): number {
    this.#fill(now);
    this.#tokens -= 1;
    return this.#tokens < 0 ? -this.#tokens : 0;
  }

  /** How long until there is a token, in milliseconds; 0 when there is. */
  wait(now: number): number {
    this.#fill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) / this.#perMillisecond);
  }

  /** Whether it holds as much as it can: nothing happened for a while, and it could be made anew. */
  isFull(now: number): boolean {
    this.#fill(now);
    return this.#tokens >= this.burst;
  }

  #fill(now: number): void {
    // A clock that stands still, or is read out of order, takes nothing away.
    if (now <= this.#filledAt) return;
    this.#tokens = Math.min(this.burst, this.#tokens + (now - this.#filledAt) * this.#perMillisecond);
    this.#filledAt = now;
  }
}
