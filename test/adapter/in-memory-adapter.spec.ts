import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { InMemoryAdapter } from '../../lib/adapter/index.js';
import { PacketType } from '../../lib/protocol/index.js';
import { describeAdapter, options, RecordingHost, RecordingSocket } from '../contract/adapter.contract.js';

describeAdapter('InMemoryAdapter', (host) => new InMemoryAdapter(host));

describe('InMemoryAdapter', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  function setUp(): { adapter: InMemoryAdapter; sockets: RecordingSocket[] } {
    jest.useFakeTimers();
    const host = new RecordingHost();
    const adapter = new InMemoryAdapter(host);
    const sockets = ['a', 'b'].map((id) => {
      const socket = new RecordingSocket(id, () => adapter);
      host.members.set(id, socket);
      adapter.addAll(id, new Set([id]));
      return socket;
    });
    return { adapter, sockets };
  }
  const packet = { type: PacketType.EVENT, nsp: '/chat', data: ['news'] };

  it('lets go of sockets that have not answered when the timeout of a broadcast passes', () => {
    const { adapter, sockets } = setUp();
    adapter.broadcastWithAck(
      packet,
      options([], [], { timeout: 100 }),
      () => {},
      () => {},
    );
    expect(sockets.map((socket) => socket.acks.size)).toEqual([1, 1]);
    jest.advanceTimersByTime(100);
    expect(sockets.map((socket) => socket.acks.size)).toEqual([0, 0]);
  });

  it('holds no timer once everyone has answered', () => {
    const { adapter, sockets } = setUp();
    adapter.broadcastWithAck(
      packet,
      options([], [], { timeout: 100 }),
      () => {},
      () => {},
    );
    for (const socket of sockets) for (const ack of socket.acks.values()) ack();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('holds no timer when nobody was asked', () => {
    const { adapter } = setUp();
    adapter.broadcastWithAck(
      packet,
      options(['empty'], [], { timeout: 100 }),
      () => {},
      () => {},
    );
    expect(jest.getTimerCount()).toBe(0);
  });
});
