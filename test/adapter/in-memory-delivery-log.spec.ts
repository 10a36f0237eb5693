import { describe, expect, it } from '@jest/globals';
import { InMemoryAdapter, InMemoryDeliveryLog, type DeliveryLog } from '../../lib/adapter/index.js';
import { RecordingHost } from '../contract/adapter.contract.js';
import { describeDeliveryLog } from '../contract/delivery-log.contract.js';
import { MemoryBus, Node } from './memory-bus.js';

describeDeliveryLog('the memory of a process', 1, () => ({
  open: (_namespace, limits) => new InMemoryAdapter(new RecordingHost()).openDeliveryLog(limits)!,
  close: () => {},
}));

const unknown = { epoch: 0, number: 0 };
const limits = { maxAge: 1_000, maxMessagesPerStream: 100, maxMessages: 1_000 };

describe('InMemoryDeliveryLog', () => {
  /** A log whose clock stands still until it is moved. */
  function setUp(given: Partial<typeof limits> = {}): { log: InMemoryDeliveryLog; clock: { now: number } } {
    const clock = { now: 5_000 };
    return { log: new InMemoryDeliveryLog({ ...limits, ...given }, () => clock.now), clock };
  }

  async function valuesIn(log: DeliveryLog, stream: string): Promise<unknown[]> {
    return (await log.read(stream, unknown, 1_000)).messages.map(({ data }) => data[1]);
  }

  it('lets go of each message at its time, and of its stream with the last one', async () => {
    const { log, clock } = setUp();
    await log.append('r', ['news', 1]);
    clock.now += 600;
    await log.append('r', ['news', 2]);
    clock.now += 399;
    expect(await valuesIn(log, 'r')).toEqual([1, 2]);
    clock.now += 1;
    expect(await valuesIn(log, 'r')).toEqual([2]);
    expect(await log.heads(['r'])).toEqual([{ epoch: 5_000, number: 2 }]);
    clock.now += 600;
    expect(await log.heads(['r'])).toEqual([unknown]);
    expect([log.messageCount, log.streamCount]).toEqual([0, 0]);
    log.close();
  });

  it('begins again with a later epoch, even in the same millisecond', async () => {
    const { log } = setUp({ maxMessages: 1 });
    const first = await log.append('r', ['news', 1]);
    await log.append('other', ['news', 1]);
    const second = await log.append('r', ['news', 2]);
    expect(first).toEqual({ epoch: 5_000, number: 1 });
    expect(second).toEqual({ epoch: 5_001, number: 1 });
    log.close();
  });

  it('keeps no more messages of all streams than it may: the oldest go', async () => {
    const { log } = setUp({ maxMessages: 10 });
    for (let value = 0; value < 30; value++) await log.append(`r${value % 3}`, ['news', value]);
    expect(log.messageCount).toBe(10);
    const kept = [...(await valuesIn(log, 'r0')), ...(await valuesIn(log, 'r1')), ...(await valuesIn(log, 'r2'))];
    expect(kept.sort((a, b) => Number(a) - Number(b))).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
    log.close();
  });

  it('keeps the message of a quiet stream while many of a busy one come and go', async () => {
    const { log } = setUp({ maxMessagesPerStream: 1, maxMessages: 10 });
    await log.append('quiet', ['news', 'kept']);
    // The message of the quiet stream stands in front of all that are gone.
    for (let value = 0; value < 20_000; value++) await log.append('busy', ['news', value]);
    expect(await valuesIn(log, 'quiet')).toEqual(['kept']);
    expect(await valuesIn(log, 'busy')).toEqual([19_999]);
    expect(log.messageCount).toBe(2);
    log.close();
  });

  it('rejects what JSON cannot hold, and gives it no number', async () => {
    const { log } = setUp();
    const circle: unknown[] = [];
    circle.push(circle);
    await expect(log.append('r', ['news', circle])).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    await expect(log.append('r', ['news', 1n])).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    expect((await log.append('r', ['news', 1])).number).toBe(1);
    log.close();
  });

  it('forgets everything when it is closed', async () => {
    const { log } = setUp();
    await log.append('r', ['news', 1]);
    log.close();
    log.close();
    expect([log.messageCount, log.streamCount]).toEqual([0, 0]);
  });
});

describe('the delivery log of an InMemoryAdapter', () => {
  it('is none where its class reaches other nodes by ways of its own', () => {
    class OwnBus extends InMemoryAdapter {
      override serverSideEmit(): void {}
    }
    expect(new OwnBus(new RecordingHost()).openDeliveryLog(limits)).toBeUndefined();
  });
});

describe('the delivery log of a ClusterAdapter', () => {
  it('is that of its link', async () => {
    const made = new InMemoryDeliveryLog(limits);
    const asked: unknown[] = [];
    const openDeliveryLog = (given: unknown): DeliveryLog => {
      asked.push(given);
      return made;
    };
    const node = await Node.start(new MemoryBus(), {}, { openDeliveryLog });
    expect(node.adapter.openDeliveryLog(limits)).toBe(made);
    expect(asked).toEqual([limits]);
    made.close();
    await node.adapter.close();
  });

  it('is none where the link keeps no messages', async () => {
    const node = await Node.start(new MemoryBus());
    expect(node.adapter.openDeliveryLog(limits)).toBeUndefined();
    await node.adapter.close();
  });
});
