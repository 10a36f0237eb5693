import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { FlushSchedule } from '../../lib/engine/flush-schedule.js';
import type { EngineSocket } from '../../lib/engine/index.js';
import { Frame } from '../../lib/protocol/index.js';
import { TestEngine, until } from './support.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Has each function called in a tick of its own, all in one turn of the event loop; resolves when the turn is over. */
function oneTurn(...ticks: (() => void)[]): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => {
      // What is armed here comes with the next turn, in front of all that its ticks arm.
      for (const tick of ticks) setImmediate(tick);
      setImmediate(() => setImmediate(() => setImmediate(resolve)));
    });
  });
}

/** Sends until turns with several ticks have been seen. */
async function makeBusy(send: () => void): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await oneTurn(send, send, send, send);
}

/** Has turns of two ticks for one session. */
async function makeBusyFor({ tick }: Recorder, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await oneTurn(tick, tick);
}

/** A session that records how many ticks had begun when it was flushed. */
class Recorder {
  readonly schedule = new FlushSchedule((error) => this.errors.push(error));
  readonly errors: unknown[] = [];
  readonly flushed: number[] = [];
  begun = 0;
  #isWaiting = false;
  readonly #session = {
    flush: () => {
      this.#isWaiting = false;
      this.flushed.push(this.begun);
    },
  };

  readonly tick = (): void => {
    this.begun++;
    this.schedule.noteTick();
    if (this.#isWaiting) this.schedule.noteJoin();
    this.#isWaiting = true;
    this.schedule.add(this.#session);
  };

  /** A tick for a session that no other one has something for. */
  readonly tickOfAnother = (): void => {
    this.begun++;
    this.schedule.noteTick();
    this.schedule.add({ flush: () => void this.flushed.push(this.begun) });
  };

  forget(): void {
    this.begun = 0;
    this.flushed.length = 0;
  }
}

describe('a flush schedule', () => {
  it('flushes at the end of a tick that is alone in its turn', async () => {
    const recorder = new Recorder();
    for (let turn = 0; turn < 100; turn++) {
      await new Promise<void>((resolve) => {
        setImmediate(() => {
          recorder.tick();
          process.nextTick(resolve);
        });
      });
      expect(recorder.flushed).toHaveLength(turn + 1);
    }
  });

  it('flushes once in a turn of several ticks, behind the last of them', async () => {
    const recorder = new Recorder();
    await makeBusy(recorder.tick);
    recorder.forget();
    await oneTurn(recorder.tick, recorder.tick, recorder.tick);
    expect(recorder.flushed).toEqual([3, 3, 3]);
  });

  it('arms one immediate for a turn, and none for each tick that is alone', async () => {
    const recorder = new Recorder();
    await makeBusy(recorder.tick);
    const arm = jest.spyOn(globalThis, 'setImmediate');
    await oneTurn(recorder.tick, recorder.tick, recorder.tick);
    const ofTest = 1 + 3 + 3;
    expect(arm).toHaveBeenCalledTimes(ofTest + 1);
    arm.mockRestore();
    const lone = new Recorder();
    const armLone = jest.spyOn(globalThis, 'setImmediate');
    for (let tick = 0; tick < 32; tick++) {
      lone.tick();
      await Promise.resolve();
      await new Promise<void>((resolve) => {
        process.nextTick(resolve);
      });
    }
    expect(lone.flushed).toHaveLength(32);
    expect(armLone.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('flushes at the end of the tick again once ticks are alone', async () => {
    const recorder = new Recorder();
    await makeBusy(recorder.tick);
    for (let turn = 0; turn < 8; turn++) await oneTurn(recorder.tick);
    recorder.forget();
    let afterTick = 0;
    await oneTurn(() => {
      recorder.tick();
      process.nextTick(() => {
        afterTick = recorder.flushed.length;
      });
    });
    expect(afterTick).toBe(1);
  });

  it('tries ever more rarely to hold where that joins nothing, and goes on at once where it does', async () => {
    const recorder = new Recorder();
    const heldTurns = async (turns: number): Promise<number> => {
      let held = 0;
      for (let turn = 0; turn < turns; turn++) {
        recorder.forget();
        await oneTurn(recorder.tickOfAnother, recorder.tickOfAnother);
        // Flushed each at its end, or both behind the second.
        if (recorder.flushed[0] === 2) held++;
      }
      return held;
    };
    // Every trial takes eight turns, the pauses between them double.
    expect(await heldTurns(100)).toBeGreaterThanOrEqual(16);
    expect(await heldTurns(400)).toBeLessThanOrEqual(16);
    // A trial is due some time; it finds something to join, and goes on.
    await makeBusyFor(recorder, 700);
    recorder.forget();
    await oneTurn(recorder.tick, recorder.tick, recorder.tick);
    expect(recorder.flushed).toEqual([3, 3, 3]);
  });

  it('holds nothing for longer than 4 ms', async () => {
    const recorder = new Recorder();
    await makeBusy(recorder.tick);
    recorder.forget();
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const slow = (): void => {
      now += 2;
      recorder.tick();
    };
    await oneTurn(slow, slow, slow, slow, slow);
    // Held since 2, and more than 4 ms old at 8, behind the fourth tick.
    expect(recorder.flushed).toEqual([4, 4, 4, 4, 5]);
  });

  it('goes on behind a session whose flush throws', async () => {
    const recorder = new Recorder();
    const failure = new Error('lost');
    recorder.schedule.noteTick();
    recorder.schedule.add({
      flush() {
        throw failure;
      },
    });
    recorder.tick();
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    expect(recorder.flushed).toEqual([1]);
    expect(recorder.errors).toEqual([failure]);
  });
});

/** The TCP socket below a session, which the transport writes to. */
async function withStream(
  test: TestEngine,
): Promise<{ session: EngineSocket; stream: Duplex; next(): Promise<string> }> {
  const streams: Duplex[] = [];
  const onUpgrade = (_request: unknown, stream: Duplex): void => void streams.push(stream);
  test.httpServer.prependListener('upgrade', onUpgrade);
  const client = await test.webSocket();
  test.httpServer.off('upgrade', onUpgrade);
  return { session: test.sockets.at(-1)!, stream: streams[0]!, next: async () => String(await client.next()) };
}

describe('what many clients send at once', () => {
  it('is passed on to all of them in one write each', async () => {
    await using test = await TestEngine.start();
    const members: Awaited<ReturnType<typeof withStream>>[] = [];
    for (let n = 0; n < 4; n++) members.push(await withStream(test));
    const say = (): void => {
      const frame = new Frame('message', ['said']);
      for (const { session } of members) session.writeFrame(frame, false);
    };
    await makeBusy(say);
    for (const { next } of members) for (let n = 0; n < 40; n++) expect(await next()).toBe('4said');
    const writes = members.map(({ stream }) => jest.spyOn(stream, 'write'));
    await oneTurn(say, say, say, say);
    expect(writes.map((write) => write.mock.calls.length)).toEqual([1, 1, 1, 1]);
    for (const { next } of members) for (let n = 0; n < 4; n++) expect(await next()).toBe('4said');
  });

  it('keeps its order, and volatile packets of each tick', async () => {
    await using test = await TestEngine.start();
    const { session, next } = await withStream(test);
    const send = (text: string, isVolatile: boolean): void =>
      session.writeFrame(new Frame('message', [text]), isVolatile);
    await makeBusy(() => send('busy', false));
    for (let n = 0; n < 40; n++) await next();
    await until(() => session.writable);
    await oneTurn(
      () => {
        send('first', true);
        // Not free any more in this tick.
        send('dropped', true);
      },
      () => send('second', false),
      () => {
        send('third', true);
        send('dropped', true);
        send('fourth', false);
      },
    );
    for (const text of ['first', 'second', 'third', 'fourth']) expect(await next()).toBe(`4${text}`);
  });

  it.each<[string, (session: EngineSocket) => void]>([
    ['closed at once', (session) => session.close(true)],
    ['closed', (session) => session.close()],
    ['given up', (session) => session.onSilence()],
  ])('reaches a session that is %s in the same turn', async (_how, end) => {
    await using test = await TestEngine.start();
    const { session, next } = await withStream(test);
    const send = (text: string): void => session.writeFrame(new Frame('message', [text]), false);
    await makeBusy(() => send('busy'));
    for (let n = 0; n < 40; n++) await next();
    await until(() => session.writable);
    await oneTurn(
      () => send('last'),
      () => end(session),
    );
    expect(await next()).toBe('4last');
  });
});
