import { describe, expect, it } from '@jest/globals';
import { TimerNode, TimerWheel, type Clock } from '../../lib/shared/index.js';

/** A clock that moves when it is told to. */
class ManualClock implements Clock {
  time = 1_000;
  armed = 0;
  #callback: (() => void) | null = null;
  #due = Infinity;

  now(): number {
    return this.time;
  }

  setTimeout(callback: () => void, ms: number): unknown {
    this.armed++;
    this.#callback = callback;
    this.#due = this.time + ms;
    return callback;
  }

  clearTimeout(): void {
    this.armed--;
    this.#callback = null;
    this.#due = Infinity;
  }

  advance(ms: number): void {
    const end = this.time + ms;
    while (this.#callback !== null && this.#due <= end) {
      this.time = Math.max(this.time, this.#due);
      this.#fire();
    }
    this.time = end;
  }

  /** The event loop is blocked for `ms`; then the one timer fires. */
  stall(ms: number): void {
    this.time += ms;
    this.#fire();
  }

  #fire(): void {
    const callback = this.#callback;
    this.armed--;
    this.#callback = null;
    this.#due = Infinity;
    callback?.();
  }
}

class Alarm extends TimerNode {
  readonly rang: number[] = [];
  constructor(
    readonly clock: ManualClock,
    readonly then: () => void = () => {},
  ) {
    super();
  }
  onTimer(): void {
    this.rang.push(this.clock.time);
    this.then();
  }
}

function setUp(resolution = 10): { clock: ManualClock; wheel: TimerWheel } {
  const clock = new ManualClock();
  return { clock, wheel: new TimerWheel(resolution, clock) };
}

describe('the timer wheel', () => {
  it('calls a node at its deadline or up to one tick later, never earlier', () => {
    const { clock, wheel } = setUp();
    clock.advance(3);
    const alarms = [0, 1, 9, 10, 11, 95, 5_119, 5_120, 5_121, 60_000].map((delay) => {
      const alarm = new Alarm(clock);
      wheel.schedule(alarm, delay);
      return { alarm, deadline: clock.time + delay };
    });
    clock.advance(70_000);
    for (const { alarm, deadline } of alarms) {
      expect(alarm.rang).toHaveLength(1);
      expect(alarm.rang[0]).toBeGreaterThanOrEqual(deadline);
      expect(alarm.rang[0]).toBeLessThanOrEqual(deadline + 10);
    }
    expect(wheel.size).toBe(0);
  });

  it('arms one timer for any number of nodes, and none when nothing waits', () => {
    const { clock, wheel } = setUp();
    expect(clock.armed).toBe(0);
    const alarms = Array.from({ length: 1_000 }, () => new Alarm(clock));
    for (const alarm of alarms) wheel.schedule(alarm, 50);
    expect(clock.armed).toBe(1);
    for (const alarm of alarms) wheel.cancel(alarm);
    expect(clock.armed).toBe(0);
    expect(wheel.size).toBe(0);
  });

  it('moves a node that is scheduled again', () => {
    const { clock, wheel } = setUp();
    const alarm = new Alarm(clock);
    wheel.schedule(alarm, 50);
    clock.advance(40);
    wheel.schedule(alarm, 50);
    clock.advance(40);
    expect(alarm.rang).toEqual([]);
    clock.advance(20);
    expect(alarm.rang).toHaveLength(1);
  });

  it('lets a node schedule itself again, over and over', () => {
    const { clock, wheel } = setUp();
    const alarm: Alarm = new Alarm(clock, () => wheel.schedule(alarm, 25));
    wheel.schedule(alarm, 25);
    clock.advance(1_000);
    expect(alarm.rang.length).toBeGreaterThanOrEqual(28);
    expect(alarm.rang.length).toBeLessThanOrEqual(40);
    wheel.cancel(alarm);
    expect(clock.armed).toBe(0);
  });

  it('does not call a node that another one cancels in the same tick', () => {
    const { clock, wheel } = setUp();
    const first: Alarm = new Alarm(clock, () => wheel.cancel(second));
    const second: Alarm = new Alarm(clock, () => wheel.cancel(first));
    wheel.schedule(first, 20);
    wheel.schedule(second, 20);
    clock.advance(100);
    expect(first.rang.length + second.rang.length).toBe(1);
  });

  it('calls everything that came due during a stall, once', () => {
    const { clock, wheel } = setUp();
    const alarms = [10, 500, 5_000, 20_000].map((delay) => {
      const alarm = new Alarm(clock);
      wheel.schedule(alarm, delay);
      return alarm;
    });
    const later = new Alarm(clock);
    wheel.schedule(later, 40_000);
    clock.stall(30_000);
    expect(alarms.map((alarm) => alarm.rang.length)).toEqual([1, 1, 1, 1]);
    expect(later.rang).toEqual([]);
    clock.advance(10_010);
    expect(later.rang).toHaveLength(1);
  });

  it('keeps its precision after it has been idle', () => {
    const { clock, wheel } = setUp();
    const alarm = new Alarm(clock);
    wheel.schedule(alarm, 10);
    clock.advance(1_000_003);
    wheel.schedule(alarm, 100);
    clock.advance(99);
    expect(alarm.rang).toHaveLength(1);
    clock.advance(11);
    expect(alarm.rang).toHaveLength(2);
  });

  it('calls what is due together in slices, so that others get their turn', () => {
    const { clock, wheel } = setUp();
    const alarms = Array.from({ length: 100 }, () => new Alarm(clock, () => void (clock.time += 1)));
    for (const alarm of alarms) wheel.schedule(alarm, 50);
    clock.stall(60);
    const first = alarms.filter(({ rang }) => rang.length > 0).length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(50);
    expect(clock.armed).toBe(1);
    const added = new Alarm(clock);
    wheel.schedule(added, 1);
    clock.advance(1_000);
    expect([...alarms, added].map(({ rang }) => rang.length)).toEqual(Array.from({ length: 101 }, () => 1));
    expect(wheel.size).toBe(0);
  });
});
