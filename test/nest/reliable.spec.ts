import { afterEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  io,
  receiveReliably,
  type DefaultEventsMap,
  type Manager,
  type Socket as Client,
} from '../../lib/client/node/index.js';
import {
  Broadcaster,
  OnConnect,
  UseNamespaceMiddleware,
  WebSocketGateway,
  type Socket,
  type SocketIoModuleOptions,
} from '../../lib/index.js';
import { until } from '../support/waiting.js';
import { startApp, type TestApp } from './support.js';

/** Takes whoever the client says it is. */
function trusting(socket: Socket, proceed: () => void): void {
  Object.assign(socket, { user: { id: socket.handshake.auth['id'] as unknown } });
  proceed();
}

@WebSocketGateway()
@UseNamespaceMiddleware(trusting)
class InboxGateway {
  @OnConnect()
  connected(socket: Socket): void {
    void socket.join('everyone');
  }
}

type ClientSocket = Client<DefaultEventsMap, DefaultEventsMap, Manager>;

const sockets: ClientSocket[] = [];

/** A client of the user 7, and what it gets. */
function client(app: TestApp): { socket: ClientSocket; got: unknown[] } {
  const socket = io(app.url, { forceNew: true, transports: ['websocket'], reconnectionDelay: 1, auth: { id: 7 } });
  sockets.push(socket);
  receiveReliably(socket);
  const got: unknown[] = [];
  socket.on('news', (...args) => got.push(args));
  return { socket, got };
}

function start(options: SocketIoModuleOptions): Promise<TestApp> {
  return startApp({ options, providers: [InboxGateway] });
}

describe('reliable delivery of an application', () => {
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect();
  });

  it('keeps what is sent to a user who has never been there, and nothing else for newcomers', async () => {
    await using app = await start({ reliableDelivery: true });
    const broadcaster = app.app.get(Broadcaster);
    await broadcaster.toUser(7).emitReliable('news', 'for the user', 1);
    await broadcaster.to('everyone').emitReliable('news', 'for everyone', 1);
    const { socket, got } = client(app);
    await until(() => got.length === 1);
    await broadcaster.to('everyone').emitReliable('news', 'for everyone', 2);
    await until(() => got.length === 2);
    socket.io.engine.close();
    await broadcaster.toUser(7).emitReliable('news', 'for the user', 2);
    await until(() => got.length === 3);
    expect(got).toEqual([
      ['for the user', 1],
      ['for everyone', 2],
      ['for the user', 2],
    ]);
  });

  it('asks `newcomers` of the application instead', async () => {
    await using app = await start({
      reliableDelivery: { newcomers: (room) => (room === 'everyone' ? 'all' : 'none') },
    });
    const broadcaster = app.app.get(Broadcaster);
    await broadcaster.toUser(7).emitReliable('news', 'for the user');
    await broadcaster.to('everyone').emitReliable('news', 'for everyone');
    const { got } = client(app);
    await until(() => got.length === 1);
    expect(got).toEqual([['for everyone']]);
  });

  it('is off unless it is turned on', async () => {
    await using app = await start({});
    const emitting = app.app.get(Broadcaster).toUser(7).emitReliable('news');
    await expect(emitting).rejects.toMatchObject({ code: 'DELIVERY_OFF' });
    await using off = await start({ reliableDelivery: false });
    await expect(off.app.get(Broadcaster).toUser(7).emitReliable('news')).rejects.toMatchObject({
      code: 'DELIVERY_OFF',
    });
  });
});
