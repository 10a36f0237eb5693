import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  ConnectedSocket,
  RoomGuard,
  SubscribeAck,
  UseNamespaceMiddleware,
  WebSocketGateway,
  type Socket,
} from '../../../lib/index.js';
import { next } from '../../support/clients.js';
import { refusal } from '../refusal.js';
import { startApp } from '../support.js';

/** Takes whoever the client says it is. */
function trusting(socket: Socket, proceed: () => void): void {
  Object.assign(socket, { user: socket.handshake.auth });
  proceed();
}

let onGone: () => void = () => {};

@WebSocketGateway()
@UseNamespaceMiddleware(trusting)
class Gateway {
  handleDisconnect(): void {
    onGone();
  }
  @SubscribeAck('join')
  join(@ConnectedSocket() socket: Socket): unknown {
    return socket.join('room:a');
  }
  @SubscribeAck('send')
  @RoomGuard('room:{room}')
  send(): string {
    return 'sent';
  }
}

function nextGone(): Promise<void> {
  return new Promise((resolve) => {
    onGone = resolve;
  });
}

const ann = { auth: { id: 'ann' } };

describe('rooms and the number of connections are nobody’s to guard (EarnQuest#1694, ManageHub#1481)', () => {
  it('a handler is for the members of the room that its payload names', async () => {
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect('/', ann);
    expect(await client.emitWithAck('send', { room: 'a' })).toMatchObject({ ok: false, error: { status: 403 } });
    await client.emitWithAck('join');
    expect(await client.emitWithAck('send', { room: 'a' })).toEqual({ ok: true, data: 'sent' });
  });

  it('a connection more than a user may have is refused with 429, until another one has gone', async () => {
    await using running = await startApp({ options: { maxConnectionsPerUser: 1 }, providers: [Gateway] });
    const first = await running.clients.connect('/', ann);
    const gone = nextGone();
    const data = { status: 429, message: 'Too many connections' };
    expect(await refusal(running.clients, '/', ann)).toEqual({ message: data.message, data });
    first.disconnect();
    await gone;
    expect((await running.clients.connect('/', ann)).connected).toBe(true);
  });

  it('or the oldest one makes room', async () => {
    await using running = await startApp({
      options: { maxConnectionsPerUser: 1, onTooManyConnections: 'disconnect-oldest' },
      providers: [Gateway],
    });
    const first = await running.clients.connect('/', ann);
    const told = Promise.all([next(first, 'exception'), next(first, 'disconnect')]);
    const second = await running.clients.connect('/', ann);
    const [[exception], [reason]] = await told;
    expect([exception, reason]).toEqual([
      { status: 429, message: 'Too many connections', event: 'connection' },
      'io server disconnect',
    ]);
    expect(await second.emitWithAck('join')).toMatchObject({ ok: true });
  });
});
