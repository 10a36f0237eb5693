import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BroadcastAcks } from '../../lib/server/broadcast-acks.js';

describe('a broadcast with ack, over nodes', () => {
  const listener = jest.fn<(error: Error | null, answers: unknown[]) => void>();
  let acks: BroadcastAcks;

  beforeEach(() => {
    jest.useFakeTimers();
    listener.mockReset();
    acks = new BroadcastAcks(1_000, listener);
  });
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
  const lost = expect.objectContaining({ code: 'ACK_DISCONNECTED' });

  it('ends without the answers of a node that is lost, and says so', () => {
    acks.onClientCount(1);
    acks.onClientCount(2);
    acks.onNodeCount(2);
    acks.onAnswer('here');
    acks.onAnswer('there');
    expect(listener).not.toHaveBeenCalled();
    acks.onNodeLost(1);
    expect(listener.mock.calls).toEqual([[lost, ['here', 'there']]]);
  });

  it('says so too when the node had not counted yet', () => {
    acks.onClientCount(0);
    acks.onNodeCount(2);
    acks.onNodeLost(0);
    expect(listener).not.toHaveBeenCalled();
    acks.onClientCount(0);
    expect(listener.mock.calls).toEqual([[lost, []]]);
  });

  it('still waits for the clients of the others', () => {
    acks.onClientCount(1);
    acks.onClientCount(1);
    acks.onNodeCount(2);
    acks.onNodeLost(1);
    expect(listener).not.toHaveBeenCalled();
    acks.onAnswer('here');
    expect(listener.mock.calls).toEqual([[lost, ['here']]]);
    acks.onAnswer('late');
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('ends though more answer than were counted', () => {
    acks.onClientCount(1);
    acks.onClientCount(0);
    acks.onNodeCount(1);
    acks.onAnswer('here');
    expect(listener.mock.calls).toEqual([[null, ['here']]]);
  });

  it('does not end before it is known how many there are', () => {
    acks.onClientCount(0);
    expect(listener).not.toHaveBeenCalled();
    acks.onNodeCount(1);
    expect(listener.mock.calls).toEqual([[null, []]]);
  });
});
