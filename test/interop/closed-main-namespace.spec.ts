import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  MessageBody,
  PublicNamespace,
  SOCKET_IO_SERVER,
  SubscribeAck,
  WebSocketGateway,
  type Server,
} from '../../lib/index.js';
import { startApp, type TestApp } from '../nest/support.js';
import { ask, foreignClients, ForeignSockets, next } from './fixtures/foreign-clients.js';

@WebSocketGateway({ namespace: '/chat' })
@PublicNamespace()
class ChatGateway {
  @SubscribeAck('echo')
  echo(@MessageBody() text: string): string {
    return text;
  }
}

const closed = { status: 403, message: 'Forbidden namespace' };

/** They are in the main namespace without asking for it. */
const clients = foreignClients.filter(({ revision }) => revision === 3);

describe.each(clients)('in the preset strict without a gateway on /, the published client $version', (client) => {
  let running: TestApp;
  let sockets: ForeignSockets;

  beforeEach(async () => {
    running = await startApp({
      // Whoever is refused once for what he asks is gone.
      options: { security: 'strict', allowEIO3: true, maxFailedConnects: 1 },
      providers: [ChatGateway],
    });
    sockets = new ForeignSockets(() => running.url);
  });

  afterEach(async () => {
    sockets.close();
    await running.close();
  });

  const refusedTooOften = (): number =>
    running.app.get<Server>(SOCKET_IO_SERVER).engine.limits.counts.get('maxFailedConnects')!;

  it.each(['polling', 'websocket'])('is refused there, over %s', async (transport) => {
    const socket = sockets.create(client, '/', { transports: [transport] });
    expect(await next(socket, client.refusal)).toEqual([closed]);
    expect(refusedTooOften()).toBe(0);
  });

  it.each(['polling', 'websocket'])('gets into the namespace it asks for, over %s', async (transport) => {
    const socket = sockets.create(client, '/chat', { transports: [transport] });
    await next(socket, 'connect');
    expect(await ask(socket, 'echo', 'hello')).toEqual([{ ok: true, data: 'hello' }]);
    expect(refusedTooOften()).toBe(0);
  });

  it('is gone when it asks for one that does not let it in', async () => {
    const socket = sockets.create(client, '/none', { transports: ['websocket'] });
    expect(await next(socket, 'disconnect')).toBeDefined();
    expect(refusedTooOften()).toBe(1);
  });
});
