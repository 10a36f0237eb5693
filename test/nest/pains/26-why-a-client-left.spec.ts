import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  OnDisconnecting,
  SOCKET_IO_SERVER,
  SubscribeMessage,
  WebSocketGateway,
  type DisconnectReason,
  type OnGatewayDisconnect,
  type Server,
  type Socket,
} from '../../../lib/index.js';
import { Gate, startApp, type TestApp } from '../support.js';

let left: Gate;
const hooks: unknown[] = [];

@WebSocketGateway()
class Gateway implements OnGatewayDisconnect {
  handleDisconnect(_socket: Socket, reason: DisconnectReason, details?: unknown): void {
    hooks.push(['left', reason, details]);
    left.open();
  }
  @OnDisconnecting()
  leaving(socket: Socket, reason: DisconnectReason): void {
    hooks.push(['leaving', reason, socket.rooms.has('lobby')]);
  }
  @SubscribeMessage('enter')
  enter(socket: Socket): unknown {
    return socket.join('lobby');
  }
}

type Client = ReturnType<TestApp['clients']['create']>;

describe('nobody knows why a client left (nestjs/nest#15437, nestjs/nest#15451)', () => {
  it.each<[reason: DisconnectReason, leave: (client: Client, server: Server) => unknown, details: unknown]>([
    ['client namespace disconnect', (client) => client.disconnect(), undefined],
    ['server namespace disconnect', (_client, server) => server.disconnectSockets(), undefined],
    ['transport close', (client) => client.io.engine.close(), undefined],
    ['forced close', (client) => client.io.engine.write('what is this?'), expect.any(Error)],
  ])('tells the hooks that it was a %s, and what else there is to know', async (reason, leave, details) => {
    hooks.length = 0;
    left = new Gate();
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect('/', { transports: ['websocket'] });
    await client.emitWithAck('enter');
    leave(client, running.app.get(SOCKET_IO_SERVER));
    await left.opened;
    expect(hooks).toEqual([
      ['leaving', reason, true],
      ['left', reason, details],
    ]);
  });
});
