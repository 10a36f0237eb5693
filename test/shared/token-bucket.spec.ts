import { describe, expect, it } from '@jest/globals';
import { TokenBucket } from '../../lib/shared/index.js';

describe('a token bucket', () => {
  it('lets a burst through at once, and then one per interval', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 1_000);
    expect([1, 2, 3, 4].map(() => bucket.take(1_000))).toEqual([true, true, true, false]);
    expect(bucket.take(1_099)).toBe(false);
    expect(bucket.take(1_100)).toBe(true);
    expect(bucket.take(1_100)).toBe(false);
  });

  it('holds no more than a burst, however long nothing happens', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, 0);
    bucket.take(0);
    expect(bucket.isFull(0)).toBe(false);
    expect(bucket.isFull(3_600_000)).toBe(true);
    expect([1, 2, 3].map(() => bucket.take(3_600_000))).toEqual([true, true, false]);
  });

  it('tells how long to wait', () => {
    const bucket = new TokenBucket({ perSecond: 4, burst: 1 }, 0);
    expect(bucket.wait(0)).toBe(0);
    bucket.take(0);
    expect(bucket.wait(0)).toBe(250);
    expect(bucket.wait(100)).toBe(150);
    expect(bucket.wait(250)).toBe(0);
  });

  it('may be overdrawn: what is owed has to be waited for', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, 0);
    expect([1, 2, 3, 4].map(() => bucket.spend(0))).toEqual([0, 0, 1, 2]);
    expect(bucket.take(200)).toBe(false);
    expect(bucket.wait(200)).toBe(100);
    expect(bucket.spend(300)).toBe(0);
  });

  it('loses nothing when the time it is told goes back', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 1 }, 1_000);
    expect(bucket.take(500)).toBe(true);
    expect(bucket.wait(500)).toBe(100);
    expect(bucket.take(1_100)).toBe(true);
  });

  it('lets through on the whole what its rate says', () => {
    const bucket = new TokenBucket({ perSecond: 100, burst: 5 }, 0);
    let passed = 0;
    for (let now = 0; now <= 10_000; now++) if (bucket.take(now)) passed++;
    // Ten seconds of a hundred each, and the burst it began with.
    expect(passed).toBeGreaterThanOrEqual(1_004);
    expect(passed).toBeLessThanOrEqual(1_005);
  });
});
