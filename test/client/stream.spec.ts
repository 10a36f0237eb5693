import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Stream } from '../../lib/client/reliable/stream.js';
import { Streams } from '../../lib/client/reliable/streams.js';
import { PacketType, type Packet } from '../../lib/protocol/index.js';
import type { StreamOffset } from '../../lib/shared/index.js';

const name = 'AAAAAAAAAAAAAAAA';

function packetOf({ epoch, number }: StreamOffset): Packet {
  return { type: PacketType.EVENT, nsp: '/', data: ['news', `${epoch}:${number}`] };
}

/** Takes an event, as `Streams` does; what is handed on. */
function take(stream: Stream, epoch: number, number: number): string[] {
  const offset = { epoch, number };
  if (stream.has(offset)) return [];
  stream.hold(offset, packetOf(offset));
  return drain(stream);
}

function drain(stream: Stream): string[] {
  const ready: string[] = [];
  for (let packet = stream.next(); packet !== undefined; packet = stream.next()) {
    ready.push((packet.data as string[])[1]!);
  }
  return ready;
}

describe('a stream of the client', () => {
  it('hands on each event once and in order, in whatever order and how often they come', () => {
    const shuffled = fc.integer({ min: 1, max: 40 }).chain((count) => {
      const all = Array.from({ length: count }, (_, index) => index + 1);
      const order = fc.shuffledSubarray([...all, ...all, ...all], { minLength: 3 * count, maxLength: 3 * count });
      return fc.record({ count: fc.constant(count), order });
    });
    fc.assert(
      fc.property(shuffled, ({ count, order }) => {
        const stream = new Stream({ epoch: 5, number: 0 });
        const got = order.flatMap((number) => take(stream, 5, number));
        expect(got).toEqual(Array.from({ length: count }, (_, index) => `5:${index + 1}`));
        expect(stream.heldCount).toBe(0);
      }),
    );
  });

  it('holds everything until the server has placed it, and begins with the first that came meanwhile', () => {
    const stream = new Stream(null);
    expect([take(stream, 5, 9), take(stream, 5, 11), take(stream, 5, 10)]).toEqual([[], [], []]);
    expect(stream.moveTo({ epoch: 5, number: 10 })).toBe(true);
    expect(drain(stream)).toEqual(['5:9', '5:10', '5:11']);
    expect(take(stream, 5, 10)).toEqual([]);
  });

  it('takes an event from before its place that comes behind it, as long as it has handed on none', () => {
    const stream = new Stream(null);
    stream.moveTo({ epoch: 5, number: 10 });
    expect(take(stream, 5, 10)).toEqual(['5:10']);
    expect([take(stream, 5, 9), take(stream, 5, 11)]).toEqual([[], ['5:11']]);
  });

  it('goes over to a later epoch with its first event, and drops those of an earlier one', () => {
    const stream = new Stream({ epoch: 5, number: 3 });
    expect(take(stream, 7, 2)).toEqual([]);
    expect(take(stream, 5, 4)).toEqual(['5:4']);
    expect(take(stream, 7, 1)).toEqual(['7:1', '7:2']);
    expect([take(stream, 5, 5), take(stream, 6, 1), take(stream, 7, 3)]).toEqual([[], [], ['7:3']]);
  });

  it('lets go of what it holds of an epoch that is over', () => {
    const stream = new Stream({ epoch: 5, number: 3 });
    take(stream, 5, 9);
    expect(take(stream, 7, 1)).toEqual(['7:1']);
    expect(stream.heldCount).toBe(0);
  });

  it('leaves out what is lost, and hands on what it holds behind that', () => {
    const stream = new Stream({ epoch: 5, number: 3 });
    take(stream, 5, 6);
    take(stream, 5, 9);
    expect(stream.moveTo({ epoch: 5, number: 8 })).toBe(true);
    expect(drain(stream)).toEqual(['5:9']);
    expect(stream.heldCount).toBe(0);
  });

  it('goes back only where it was the position it had named', () => {
    const stream = new Stream({ epoch: 5, number: 9 });
    expect(stream.moveTo({ epoch: 5, number: 4 })).toBe(false);
    stream.name();
    expect(stream.moveTo({ epoch: 5, number: 9 })).toBe(false);
    expect(stream.moveTo({ epoch: 5, number: 4 })).toBe(true);
    expect(take(stream, 5, 5)).toEqual(['5:5']);
    // A second answer to the same question.
    expect(stream.moveTo({ epoch: 5, number: 4 })).toBe(false);
    expect(stream.position).toEqual({ epoch: 5, number: 5 });
  });

  it('begins with what is there, where nobody places it', () => {
    const stream = new Stream(null);
    take(stream, 5, 8);
    take(stream, 5, 7);
    stream.beginWithHeld();
    expect(drain(stream)).toEqual(['5:7', '5:8']);
  });
});

describe('the streams of the client', () => {
  it('are no more than they may be: the one that was silent for longest goes', () => {
    const streams = new Streams(2, [['a', { epoch: 1, number: 1 }]]);
    streams.moveTo('b', { epoch: 1, number: 1 });
    streams.take('a', { epoch: 1, number: 2 }, packetOf({ epoch: 1, number: 2 }));
    streams.moveTo('c', { epoch: 1, number: 1 });
    expect(streams.offsets()).toEqual({ a: '1:2', c: '1:1' });
    // What it held is gone with it.
    streams.take('c', { epoch: 1, number: 9 }, packetOf({ epoch: 1, number: 9 }));
    streams.moveTo('a', { epoch: 1, number: 3 });
    streams.moveTo('d', { epoch: 1, number: 1 });
    expect(streams.isWaiting).toBe(false);
  });

  it('hold no more early events than they may, and take up those that they let go of', () => {
    const streams = new Streams(10, [[name, { epoch: 1, number: 0 }]]);
    const takeOne = (number: number): number =>
      streams.take(name, { epoch: 1, number }, packetOf({ epoch: 1, number })).length;
    for (let number = 2; number <= 10_100; number++) expect(takeOne(number)).toBe(0);
    expect(takeOne(1)).toBe(10_001);
    expect(streams.offsets()).toEqual({ [name]: '1:10001' });
    expect(takeOne(10_002)).toBe(1);
  });
});
