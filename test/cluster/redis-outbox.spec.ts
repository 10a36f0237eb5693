import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { deferred, type Deferred } from '../../lib/cluster/deferred.js';
import { Outbox } from '../../lib/cluster/redis-common/outbox.js';
import type { Outgoing, RedisDriver } from '../../lib/cluster/redis-common/redis-driver.js';

/** A Redis that answers when it is told to. */
class SlowRedis {
  readonly batches: string[] = [];
  readonly answers: Deferred<void>[] = [];

  publish(batch: readonly Outgoing[]): Promise<void> {
    this.batches.push(batch.map(({ message }) => String(message)).join(' '));
    const answer = deferred();
    this.answers.push(answer);
    return answer.promise;
  }
}

let redis: SlowRedis;
let outbox: Outbox;

beforeEach(() => {
  jest.useFakeTimers();
  redis = new SlowRedis();
  outbox = new Outbox(redis as unknown as RedisDriver, false, 3);
  outbox.setReachable(true);
});
afterEach(() => {
  jest.useRealTimers();
});

const say = (...words: string[]): Promise<void>[] => words.map((word) => outbox.publish('channel', word));

describe('what is published to Redis', () => {
  it('goes out together when it comes in one turn of the event loop', async () => {
    void say('a', 'b');
    expect(redis.batches).toEqual([]);
    await jest.advanceTimersByTimeAsync(0);
    expect(redis.batches).toEqual(['a b']);
  });

  it('goes out together when it comes while Redis has not answered, as soon as it has', async () => {
    void say('a');
    await jest.advanceTimersByTimeAsync(0);
    void say('b');
    await jest.advanceTimersByTimeAsync(1);
    void say('c');
    expect(redis.batches).toEqual(['a']);
    redis.answers[0]!.resolve();
    await jest.advanceTimersByTimeAsync(0);
    expect(redis.batches).toEqual(['a', 'b c']);
  });

  it('goes on when those before were refused', async () => {
    const [first] = say('a');
    await jest.advanceTimersByTimeAsync(0);
    const [second] = say('b');
    const refused = expect(first).rejects.toThrow('no');
    redis.answers[0]!.reject(new Error('no'));
    await jest.advanceTimersByTimeAsync(0);
    await refused;
    expect(redis.batches).toEqual(['a', 'b']);
    redis.answers[1]!.resolve();
    await expect(second).resolves.toBeUndefined();
  });

  it('waits two milliseconds for an answer at most, and keeps its order', async () => {
    void say('a');
    await jest.advanceTimersByTimeAsync(0);
    void say('b');
    await jest.advanceTimersByTimeAsync(1);
    expect(redis.batches).toEqual(['a']);
    await jest.advanceTimersByTimeAsync(1);
    expect(redis.batches).toEqual(['a', 'b']);
    // One of two answers is not enough.
    void say('c');
    redis.answers[0]!.resolve();
    await jest.advanceTimersByTimeAsync(0);
    expect(redis.batches).toEqual(['a', 'b']);
    redis.answers[1]!.resolve();
    await jest.advanceTimersByTimeAsync(0);
    expect(redis.batches).toEqual(['a', 'b', 'c']);
  });

  it('is refused when too much waits for a Redis that is away, on its way or not', async () => {
    outbox.setReachable(false);
    void say('a', 'b');
    await jest.advanceTimersByTimeAsync(0);
    const [, late] = say('c', 'd');
    await expect(late).rejects.toThrow('cannot be reached');
    redis.answers[0]!.resolve();
    await jest.advanceTimersByTimeAsync(0);
    expect(redis.batches).toEqual(['a b', 'c']);
  });
});
