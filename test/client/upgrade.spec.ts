import { expect, it } from '@jest/globals';
import * as all from '../../lib/client/node/index.js';
import { Server, type Socket as ServerSocket } from '../../lib/server/index.js';
import { next, startServer } from './pairs.js';

it('stays with polling where the upgrade fails, and says so', async () => {
  class BrokenWebSocket extends all.WebSocket {
    protected override start(): void {
      queueMicrotask(() => this.fail('broken'));
    }
  }
  const server = await startServer(Server);
  server.io.on('connection', (peer: ServerSocket) => peer.on('echo', (data, ack) => ack(data)));
  const socket = all.io(server.url, { transports: ['polling', BrokenWebSocket], forceNew: true });
  const [failure] = await new Promise<unknown[]>((resolve) => {
    socket.io.engine.on('upgradeError', (error) => resolve([error]));
  });
  expect(failure).toMatchObject({ message: 'broken', transport: 'websocket' });
  if (!socket.connected) await next(socket, 'connect');
  expect(await socket.emitWithAck('echo', 7)).toBe(7);
  expect(socket.io.engine.transport.name).toBe('polling');
  socket.disconnect();
  await server.close();
});
