import { expect } from '@jest/globals';
import type { Socket } from 'socket.io-client';
import { Clients, next } from '../support/clients.js';

const count = 20;

/** What the published client has to be able to do behind a load balancer that keeps no sessions together. */
export async function expectClientsToWork(url: string): Promise<void> {
  const clients = new Clients(() => url);
  try {
    const polling = await Promise.all(
      Array.from({ length: count }, () => clients.connect('/', { transports: ['polling'] })),
    );
    await expectEchoes(polling);
    const upgrading = await Promise.all(Array.from({ length: count }, () => upgraded(clients)));
    await expectEchoes(upgrading);
    for (const socket of polling) expect(socket.io.engine.transport.name).toBe('polling');
    for (const socket of upgrading) expect(socket.io.engine.transport.name).toBe('websocket');
    await expectRooms([...polling, ...upgrading]);
  } finally {
    await clients.closed();
  }
}

async function upgraded(clients: Clients): Promise<Socket> {
  const socket = clients.create();
  await new Promise<void>((resolve, reject) => {
    socket.once('connect_error', reject);
    socket.io.once('open', () => socket.io.engine.once('upgrade', () => resolve()));
  });
  if (!socket.connected) await next(socket, 'connect');
  return socket;
}

async function expectEchoes(sockets: readonly Socket[]): Promise<void> {
  const bytes = Buffer.from([0, 1, 2, 254, 255]);
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(
      sockets.map((socket, index) => socket.timeout(10_000).emitWithAck('echo', { index, round, bytes })),
    );
    expect(answers).toEqual(sockets.map((_socket, index) => ({ index, round, bytes })));
  }
}

/** Each node has rooms of its own: there is no bus here. */
async function expectRooms(sockets: readonly Socket[]): Promise<void> {
  const pids = (await Promise.all(sockets.map((socket) => socket.emitWithAck('join', 'all')))) as number[];
  expect(new Set(pids).size).toBeGreaterThan(1);
  const speaker = sockets[0]!;
  const listeners = sockets.filter((_socket, index) => pids[index] === pids[0]);
  const said = Promise.all(listeners.map((socket) => next(socket, 'said')));
  speaker.emit('say', 'all', 'hello');
  expect(await said).toEqual(listeners.map(() => ['hello']));
}
