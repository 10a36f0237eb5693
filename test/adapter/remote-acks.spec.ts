import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RemoteAcks } from '../../lib/adapter/remote-acks.js';

describe('the acks of other nodes', () => {
  let acks: RemoteAcks;
  let told: unknown[][];

  beforeEach(() => {
    jest.useFakeTimers();
    acks = new RemoteAcks();
    told = [];
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const ask = (nodes: string[], isExact = true): void =>
    acks.ask('q', { nodes, isExact }, 100, {
      onClientCount: (count) => told.push(['count', count]),
      onAck: (answer) => told.push(['ack', answer]),
      onLost: (missing) => told.push(['lost', missing]),
    });
  const gone = (): void => {
    expect(acks.size).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  };

  it('are passed on, as many as each node has counted', () => {
    ask(['a', 'b']);
    acks.count('q', 'a', 2);
    acks.answer('q', 'a', 1);
    acks.count('q', 'b', 0);
    acks.answer('q', 'b', 'nobody asked');
    acks.answer('q', 'a', 2);
    acks.answer('q', 'a', 'too many');
    expect(told).toEqual([
      ['count', 2],
      ['ack', 1],
      ['count', 0],
      ['ack', 2],
    ]);
    gone();
  });

  it('may overtake the count', () => {
    ask(['a']);
    acks.answer('q', 'a', 1);
    acks.count('q', 'a', 1);
    expect(told).toEqual([
      ['ack', 1],
      ['count', 1],
    ]);
    gone();
  });

  it('are counted once for each node', () => {
    ask(['a', 'b']);
    acks.count('q', 'a', 1);
    acks.count('q', 'a', 5);
    expect(told).toEqual([['count', 1]]);
  });

  it('are not waited for when there is no other node', () => {
    ask([]);
    gone();
  });

  it('are none when their node was not asked, unless others may be than are known', () => {
    ask(['a']);
    acks.count('q', 'newcomer', 1);
    acks.answer('q', 'newcomer', 1);
    expect(told).toEqual([]);
    acks.close();
    told = [];
    ask([], false);
    acks.count('q', 'newcomer', 1);
    acks.answer('q', 'newcomer', 'an answer');
    acks.count('q', undefined, 1);
    acks.answer('q', undefined, 'of whomever');
    expect(told).toEqual([
      ['count', 1],
      ['ack', 'an answer'],
      ['count', 1],
      ['ack', 'of whomever'],
    ]);
  });

  it.each<[string, (acks: RemoteAcks) => void, unknown[][]]>([
    [
      'before it has counted: first the loss',
      () => {},
      [
        ['lost', 0],
        ['count', 0],
      ],
    ],
    [
      'before it has counted, behind an answer',
      (each) => each.answer('q', 'a', 1),
      [
        ['ack', 1],
        ['lost', 0],
        ['count', 1],
      ],
    ],
    [
      'with answers missing',
      (each) => {
        each.count('q', 'a', 3);
        each.answer('q', 'a', 1);
      },
      [
        ['count', 3],
        ['ack', 1],
        ['lost', 2],
      ],
    ],
    ['that had nobody to ask', (each) => each.count('q', 'a', 0), [['count', 0]]],
  ])('are given up for a node that is gone %s', (_when, before, expected) => {
    ask(['a', 'b']);
    before(acks);
    acks.lose('a');
    acks.lose('a');
    acks.count('q', 'a', 7);
    acks.answer('q', 'a', 'late');
    expect(told).toEqual(expected);
    acks.count('q', 'b', 0);
    gone();
  });

  it('are forgotten with their time', () => {
    ask(['a']);
    acks.count('q', 'a', 1);
    jest.advanceTimersByTime(100);
    acks.answer('q', 'a', 'late');
    expect(told).toEqual([['count', 1]]);
    gone();
  });

  it('are given up when the node closes', () => {
    ask(['a', 'b', 'c']);
    acks.count('q', 'a', 2);
    acks.answer('q', 'b', 1);
    acks.close();
    acks.close();
    expect(told.filter(([what]) => what !== 'ack').sort()).toEqual([
      ['count', 0],
      ['count', 1],
      ['count', 2],
      ['lost', 0],
      ['lost', 0],
      ['lost', 2],
    ]);
    gone();
  });
});
