import { describe, expect, it } from '@jest/globals';
import { startTestServer } from '../../lib/testing/index.js';
import { Clients, next as nextOf } from '../support/clients.js';
import { ManualPolling, member, next, received, until } from './support.js';

describe('what is sent to a client that is away', () => {
  it('is dropped: it gets at most what was sent while it was there', async () => {
    await using server = await startTestServer();
    const first = await member(server);
    await first.socket.join('room');
    await first.client.close();
    await until(() => first.socket.disconnected);
    first.socket.emit('to the socket');
    server.io.to('room').to(first.socket.id).emit('to its rooms');
    expect(await received(await member(server))).toEqual([]);
    expect(server.io.sockets.adapter.rooms.size).toBe(1);
  });

  it('is dropped for an id that nobody has', async () => {
    await using server = await startTestServer();
    const other = await member(server);
    expect(server.io.to('nobody').emit('hi')).toBe(true);
    expect(await received(other)).toEqual([]);
  });
});

describe('what a published client sends with retries', () => {
  it('comes again until it is answered, and then what waits behind it', async () => {
    await using server = await startTestServer();
    const clients = new Clients(() => server.url);
    try {
      const connected = next(server.io, 'connection');
      const client = clients.create('/', { retries: 3, ackTimeout: 50, transports: ['websocket'] });
      const [socket] = (await connected) as [Awaited<ReturnType<typeof member>>['socket']];
      const seen: unknown[] = [];
      const isDone = new Promise<void>((resolve) => {
        socket.on('offer', (value: string, answer: () => void) => {
          seen.push(value);
          // The first one is lost, as far as its client knows.
          if (seen.length > 1) answer();
          if (value === 'b') resolve();
        });
      });
      client.emit('offer', 'a');
      client.emit('offer', 'b');
      await isDone;
      expect(seen[0]).toBe('a');
      expect(seen.at(-1)).toBe('b');
      expect(seen.filter((value) => value === 'a').length).toBeGreaterThan(1);
    } finally {
      clients.close();
    }
  });
});

describe('what a server sends to a client that says where it was', () => {
  it('is told by the application from there on', async () => {
    const log = ['a', 'b', 'c'];
    await using server = await startTestServer((io) => {
      io.on('connection', (socket) => {
        const { offset = 0 } = socket.handshake.auth as { offset?: number };
        for (const [index, each] of log.entries()) if (index >= offset) socket.emit('entry', each, index + 1);
      });
    });
    const clients = new Clients(() => server.url);
    try {
      const client = clients.create('/', { auth: { offset: 2 } });
      expect(await nextOf(client, 'entry')).toEqual(['c', 3]);
    } finally {
      clients.close();
    }
  });
});

describe('a volatile event with bytes', () => {
  it('is dropped as a whole, or sent as a whole', async () => {
    await using server = await startTestServer();
    const polling = await ManualPolling.open(server);
    const socket = await polling.join(server);
    socket.volatile.emit('dropped', Buffer.of(1), Buffer.of(2));
    socket.emit('kept');
    expect(await polling.poll()).toBe('42["kept"]');
    const poll = polling.poll();
    await until(() => socket.conn.transport.writable);
    socket.volatile.emit('sent', Buffer.of(1), Buffer.of(2));
    const placeholders = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}';
    expect(await poll).toBe(`452-["sent",${placeholders}]\x1ebAQ==\x1ebAg==`);
  });
});

describe('maxHttpBufferSize', () => {
  it.each([['polling'], ['websocket']] as const)(
    'limits what clients send, not what the server sends over %s',
    async (transport) => {
      await using server = await startTestServer(undefined, { maxHttpBufferSize: 1_000 });
      const { client, socket } = await member(server, { transport });
      const large = 'x'.repeat(100_000);
      socket.emit('large', large);
      expect(await client.next()).toBe(`42["large","${large}"]`);
    },
  );
});
