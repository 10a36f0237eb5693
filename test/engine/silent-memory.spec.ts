import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket as TcpSocket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { ServerProcess } from '../soak/server-process.js';

const count = 2_000;
const together = 50;
// 2,000 connections, and garbage that is collected twice, on a busy machine.
const patience = 120_000;
// Longer than the test: nothing ends meanwhile.
const options = { pingInterval: 300_000, pingTimeout: 300_000, connectTimeout: 300_000 };

async function inGroups(work: () => Promise<unknown>, total: number): Promise<void> {
  const next = async (): Promise<void> => {
    while (total-- > 0) await work();
  };
  await Promise.all(Array.from({ length: together }, next));
}

/** The bytes of heap that each of many takes, of a server that has seen some already. */
async function heapOfEach(server: ServerProcess, open: () => Promise<unknown>): Promise<number> {
  await inGroups(open, 200);
  const before = await server.measure();
  await inGroups(open, count);
  const after = await server.measure();
  expect(after.counts.opened - before.counts.opened).toBe(count);
  expect(after.counts.closed).toBe(0);
  return (after.heap - before.heap) / count;
}

describe('the heap of a session that says nothing', () => {
  it(
    'is below 5 kB of one that polls',
    async () => {
      await using server = await ServerProcess.start(options);
      const agent = new Agent({ keepAlive: true, maxSockets: together });
      const open = (): Promise<void> =>
        new Promise((resolve, reject) => {
          request(`${server.url}/socket.io/?EIO=4&transport=polling`, { agent }, (response) =>
            response.resume().on('end', resolve),
          )
            .on('error', reject)
            .end();
        });
      const heap = await heapOfEach(server, open);
      agent.destroy();
      expect(heap).toBeLessThan(5_000);
    },
    patience,
  );

  it(
    'is below 7 kB of one with a WebSocket',
    async () => {
      await using server = await ServerProcess.start(options);
      const { port } = new URL(server.url);
      const sockets: TcpSocket[] = [];
      const open = async (): Promise<void> => {
        const socket = connect(Number(port), '127.0.0.1');
        sockets.push(socket);
        socket.write(
          'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
            'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
        );
        await once(socket, 'data');
      };
      const heap = await heapOfEach(server, open);
      for (const socket of sockets) socket.destroy();
      expect(heap).toBeLessThan(7_000);
    },
    patience,
  );
});
