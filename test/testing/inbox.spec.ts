import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Inbox } from '../../lib/testing/inbox.js';

/** Whether a promise is settled once everything that is due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  await jest.advanceTimersByTimeAsync(0);
  return settled;
}

describe('an inbox', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('gives packets out in the order they came in', async () => {
    const inbox = new Inbox();
    inbox.push('4a');
    inbox.push(Buffer.from([1]));
    inbox.push('4b');
    expect(await inbox.next(1_000)).toBe('4a');
    expect(await inbox.next(1_000)).toEqual(Buffer.from([1]));
    expect(await inbox.next(1_000)).toBe('4b');
  });

  it('hands packets to those who wait, first come first served', async () => {
    const inbox = new Inbox();
    const both = Promise.all([inbox.next(1_000), inbox.next(1_000)]);
    inbox.push('4a');
    inbox.push('4b');
    expect(await both).toEqual(['4a', '4b']);
  });

  it('takes an empty text for a packet', async () => {
    const inbox = new Inbox();
    inbox.push('');
    expect(await inbox.next(1_000)).toBe('');
  });

  it('rejects when the time is over, and not before', async () => {
    const inbox = new Inbox();
    const packet = inbox.next(1_000);
    packet.catch(() => {});
    await jest.advanceTimersByTimeAsync(999);
    expect(await isSettled(packet)).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    await expect(packet).rejects.toThrow('No packet came within 1000 ms');
  });

  it('keeps a packet for the next one when the first has given up', async () => {
    const inbox = new Inbox();
    const first = inbox.next(10);
    first.catch(() => {});
    const second = inbox.next(1_000);
    await jest.advanceTimersByTimeAsync(10);
    inbox.push('4a');
    await expect(first).rejects.toThrow('10 ms');
    expect(await second).toBe('4a');
  });

  it('leaves no timer behind, whether a packet came or the end', async () => {
    const inbox = new Inbox();
    const answered = inbox.next(1_000);
    const ended = inbox.next(1_000);
    ended.catch(() => {});
    expect(jest.getTimerCount()).toBe(2);
    inbox.push('4a');
    await answered;
    expect(jest.getTimerCount()).toBe(1);
    inbox.end('gone');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('rejects everyone who waits when nothing more will come', async () => {
    const inbox = new Inbox();
    const waiting = Promise.allSettled([inbox.next(1_000), inbox.next(1_000)]);
    inbox.end('code 1006');
    for (const outcome of await waiting) {
      expect(outcome).toMatchObject({ reason: { message: 'The connection is closed: code 1006' } });
    }
  });

  it('still gives out what came before the end, then rejects at once', async () => {
    const inbox = new Inbox();
    inbox.push('4last');
    inbox.end('gone');
    expect(await inbox.next(1_000)).toBe('4last');
    await expect(inbox.next(1_000)).rejects.toThrow('The connection is closed: gone');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('remembers the first reason of its end', async () => {
    const inbox = new Inbox();
    inbox.end('first');
    inbox.end('second');
    await expect(inbox.next(1_000)).rejects.toThrow('first');
  });
});
