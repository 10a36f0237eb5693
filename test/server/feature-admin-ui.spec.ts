import { describe, expect, it } from '@jest/globals';
import { instrument } from '@socket.io/admin-ui';
import type { Socket as ClientSocket } from 'socket.io-client';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { Clients, next } from '../support/clients.js';
import { member, until } from './support.js';

/** A server that the package instruments as it is, and its page's connection. */
async function instrumented(
  run: (server: TestServer, admin: ClientSocket, heard: unknown[][]) => Promise<void>,
): Promise<void> {
  await using server = await startTestServer((io) => instrument(io as never, { auth: false, mode: 'development' }));
  const clients = new Clients(() => server.url);
  try {
    const admin = clients.create('/admin', { transports: ['websocket'] });
    const heard: unknown[][] = [];
    admin.onAny((...args) => heard.push(args));
    await next(admin, 'all_sockets');
    await run(server, admin, heard);
  } finally {
    clients.close();
  }
}

const named = (heard: unknown[][], event: string): unknown[][] => heard.filter(([name]) => name === event);

describe('the admin UI', () => {
  it('is told of the server, and of each socket with its rooms and events', async () => {
    await instrumented(async (server, _admin, heard) => {
      const { client, socket } = await member(server);
      const connections = () => named(heard, 'socket_connected').map(([, connected]) => connected);
      await until(() => connections().some((connected) => (connected as { nsp: string }).nsp === '/'));
      expect(connections()).toContainEqual(
        expect.objectContaining({ id: socket.id, nsp: '/', transport: 'websocket', rooms: [socket.id] }),
      );
      await socket.join('room');
      client.send('42["from the client",1]');
      socket.emit('from the server', 2);
      await until(() => named(heard, 'event_sent').length > 0 && named(heard, 'event_received').length > 0);
      expect(named(heard, 'room_joined').map((args) => args.slice(1, 4))).toContainEqual(['/', 'room', socket.id]);
      expect(named(heard, 'event_received')[0]![3]).toEqual(['from the client', 1]);
      expect(named(heard, 'event_sent')[0]![3]).toEqual(['from the server', 2]);
      (socket.data as { name?: string }).name = 'ada';
      await until(() => named(heard, 'socket_updated').length > 0);
      await client.close();
      await until(() => named(heard, 'socket_disconnected').length === 1);
      expect(named(heard, 'socket_disconnected')[0]!.slice(1, 3)).toEqual(['/', socket.id]);
      await until(() => named(heard, 'server_stats').length > 0);
      expect(named(heard, 'server_stats')[0]![1]).toMatchObject({ clientsCount: expect.any(Number) });
    });
  });

  it('may emit, move and disconnect sockets', async () => {
    await instrumented(async (server, admin) => {
      const { client, socket } = await member(server);
      admin.emit('emit', '/', socket.id, 'hi', 'there');
      expect(await client.next()).toBe('42["hi","there"]');
      admin.emit('join', '/', 'room', socket.id);
      await until(() => socket.rooms.has('room'));
      admin.emit('leave', '/', 'room', socket.id);
      await until(() => !socket.rooms.has('room'));
      admin.emit('_disconnect', '/', false, socket.id);
      expect(await client.next()).toBe('41');
    });
  });
});
