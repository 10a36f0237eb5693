import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ClusterRequests, type ClusterTimeoutError } from '../../lib/adapter/cluster-requests.js';

describe('a question to the other nodes', () => {
  let requests: ClusterRequests;
  let settled: [error: ClusterTimeoutError | null, answers: unknown[]][];

  beforeEach(() => {
    jest.useFakeTimers();
    requests = new ClusterRequests(100);
    settled = [];
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const ask = (count: number, known: string[]): void =>
    requests.ask('q', { count, known }, (error, answers) => settled.push([error, answers]));
  const gone = (): void => {
    expect(requests.size).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  };

  it('is settled at once where there is nobody to ask', () => {
    ask(0, []);
    expect(settled).toEqual([[null, []]]);
    gone();
  });

  it('takes one answer of each node', () => {
    ask(2, ['a', 'b']);
    requests.answer('q', 'a', [1, 2]);
    requests.answer('q', 'a', [3]);
    expect(settled).toEqual([]);
    requests.answer('q', 'b', [4]);
    expect(settled).toEqual([[null, [1, 2, 4]]]);
    gone();
  });

  it('takes answers of any number', () => {
    ask(1, ['a']);
    const many = Array.from({ length: 300_000 }, (_, index) => index);
    requests.answer('q', 'a', many);
    expect(settled[0]![1]).toHaveLength(many.length);
  });

  it('names the nodes that did not answer in time, and has the answers of the others', () => {
    ask(4, ['a', 'b', 'c']);
    requests.answer('q', 'b', ['b']);
    jest.advanceTimersByTime(99);
    expect(settled).toEqual([]);
    jest.advanceTimersByTime(1);
    const [error, answers] = settled[0]!;
    expect(error).toMatchObject({ code: 'CLUSTER_TIMEOUT', missingNodes: ['a', 'c'], responses: ['b'] });
    expect(error!.message).toBe('No answer in 100 ms from a, c, 1 whose id is not known');
    expect(answers).toEqual(['b']);
    requests.answer('q', 'a', ['late']);
    expect(settled).toHaveLength(1);
    gone();
  });

  it('does not wait for a node that is gone', () => {
    ask(2, ['a', 'b']);
    requests.forgive('a');
    requests.forgive('a');
    expect(settled).toEqual([]);
    requests.answer('q', 'b', ['b']);
    expect(settled).toEqual([[null, ['b']]]);
    gone();
  });

  it('is settled by the last node that leaves', () => {
    ask(2, ['a', 'b']);
    requests.answer('q', 'a', ['a']);
    requests.forgive('b');
    expect(settled).toEqual([[null, ['a']]]);
    gone();
  });

  it('still waits for those it has asked when one answers that it has not, or that was gone', () => {
    ask(2, ['a', 'b']);
    requests.forgive('b');
    requests.answer('q', 'b', ['b']);
    requests.answer('q', 'newcomer', ['newcomer']);
    expect(settled).toEqual([]);
    requests.answer('q', 'a', ['a']);
    expect(settled).toEqual([[null, ['b', 'newcomer', 'a']]]);
  });

  it('counts answers where the bus counts nodes, known or not', () => {
    // One of those that are known is gone, one that is there is not known.
    ask(2, ['a', 'gone', 'b']);
    requests.answer('q', 'a', ['a']);
    requests.answer('q', 'newcomer', ['newcomer']);
    expect(settled).toEqual([[null, ['a', 'newcomer']]]);
  });

  it('counts answers whose node is not told', () => {
    ask(2, []);
    requests.answer('q', undefined, [1]);
    requests.answer('q', undefined, [2]);
    expect(settled).toEqual([[null, [1, 2]]]);
  });

  it('is settled with what has come when the table is closed', () => {
    ask(2, ['a', 'b']);
    requests.answer('q', 'a', ['a']);
    requests.close();
    expect(settled).toEqual([[null, ['a']]]);
    gone();
  });

  it('is none of another id', () => {
    ask(1, ['a']);
    requests.answer('other', 'a', ['a']);
    expect(settled).toEqual([]);
  });
});
