import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { io, type IoOptions } from '../../lib/client/node/index.js';
import { Server } from '../../lib/server/index.js';
import { HarmfulProxy } from '../support/harmful-proxy.js';
import { startServer, type RunningServer } from './pairs.js';

/** How many parts the messages have; harm is done at the end of each. */
const parts = 7;

let server: RunningServer;
let proxy: HarmfulProxy;
let url: string;

beforeEach(async () => {
  server = await startServer(Server, { pingInterval: 100, pingTimeout: 100, connectTimeout: 1_000 });
  proxy = new HarmfulProxy(Number(new URL(server.url).port));
  url = await proxy.listen();
});

afterEach(async () => {
  await proxy.close();
  await server.close();
});

/** Sends numbered messages with `retries`; returns them as they came, and how often one came again. */
async function sendAll(
  messages: number,
  options: IoOptions,
  harm: () => void,
): Promise<{ order: number[]; repeated: number }> {
  const seen = new Set<number>();
  let repeated = 0;
  const period = Math.floor(messages / parts);
  server.io.on('connection', (peer) =>
    peer.on('message', (id: number, ack: () => void) => {
      if (seen.has(id)) {
        repeated++;
        ack();
        return;
      }
      seen.add(id);
      if (id % period === period - 1) setImmediate(harm);
      ack();
    }),
  );
  const socket = io(url, {
    forceNew: true,
    retries: 1_000,
    ackTimeout: 300,
    timeout: 500,
    reconnectionDelay: 5,
    reconnectionDelayMax: 10,
    ...options,
  });
  let answered = 0;
  const all = new Promise<void>((resolve) => {
    for (let id = 0; id < messages; id++) {
      socket.emit('message', id, (error: Error | null) => {
        if (error === null && ++answered === messages) resolve();
      });
    }
  });
  await all;
  socket.disconnect();
  return { order: [...seen], repeated };
}

const inOrder = (messages: number): number[] => Array.from({ length: messages }, (_, id) => id);

it.each([
  ['cut', 'websocket', 10_000, () => proxy.cut()],
  ['half open', 'websocket', 10_000, () => proxy.forget()],
  ['cut', 'polling', 2_000, () => proxy.cut()],
  ['half open', 'polling', 2_000, () => proxy.forget()],
] as const)(
  'loses nothing and keeps the order with connections that are %s, over %s',
  async (_name, transport, messages, harm) => {
    const { order } = await sendAll(messages, { transports: [transport] }, harm);
    expect(order).toEqual(inOrder(messages));
  },
  60_000,
);

it('loses nothing and keeps the order as a connection is slower than the answers are waited for', async () => {
  const { order, repeated } = await sendAll(3_000, { transports: ['websocket'], ackTimeout: 40 }, () => {
    proxy.delay = 80;
    setTimeout(() => (proxy.delay = 0), 200);
  });
  expect(order).toEqual(inOrder(3_000));
  expect(repeated).toBeGreaterThan(0);
}, 60_000);
