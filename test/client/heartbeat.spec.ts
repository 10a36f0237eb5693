import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { io, Transport, type OutgoingPacket } from '../../lib/client/node/index.js';

const open = JSON.stringify({
  sid: 'engine',
  upgrades: [],
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxPayload: 1e6,
});
let hear: (type: 'ping' | 'message', data: string) => void;
let sent: string[];

/** A transport that lets everybody in, and is silent until the test speaks. */
class SilentTransport extends Transport {
  static override readonly transportName = 'silent';

  protected override start(): void {
    hear = (type, data) => this.received(() => ({ type, data }));
    this.opened();
    this.received(() => ({ type: 'open', data: open }));
  }

  protected override write(packets: readonly OutgoingPacket[]): void {
    for (const { type, data } of packets) sent.push(`${type} ${String(data)}`);
    queueMicrotask(() => {
      this.drained();
      if (sent.at(-1)?.startsWith('message 0')) hear('message', '0{"sid":"one"}');
    });
  }

  protected override release(): void {}
}

beforeEach(() => {
  sent = [];
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

async function connect() {
  const socket = io('http://server.test', { transports: [SilentTransport], forceNew: true, reconnection: false });
  const reasons: unknown[] = [];
  socket.on('disconnect', (reason) => reasons.push(reason));
  await jest.advanceTimersByTimeAsync(1);
  expect(socket.connected).toBe(true);
  return { socket, reasons };
}

it('closes after pingInterval and pingTimeout without a ping, and no earlier', async () => {
  const { reasons } = await connect();
  await jest.advanceTimersByTimeAsync(44_990);
  expect(reasons).toEqual([]);
  await jest.advanceTimersByTimeAsync(10);
  expect(reasons).toEqual(['ping timeout']);
});

it('answers a ping, and waits anew', async () => {
  const { socket, reasons } = await connect();
  await jest.advanceTimersByTimeAsync(40_000);
  hear('ping', '');
  expect(sent.at(-1)).toBe('pong ');
  await jest.advanceTimersByTimeAsync(44_000);
  expect(reasons).toEqual([]);
  socket.disconnect();
});

it('keeps an event back where the timer was held up', async () => {
  const { socket, reasons } = await connect();
  jest.setSystemTime(Date.now() + 60_000);
  socket.emit('late');
  expect(socket.sendBuffer).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(0);
  expect(reasons).toEqual(['ping timeout']);
});
