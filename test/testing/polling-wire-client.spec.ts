import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { Server, Socket } from '../../lib/server/index.js';
import { PollingWireClient, startTestServer, WebSocketWireClient } from '../../lib/testing/index.js';

/** The methods of the requests that come in, in order. */
function methodsSeen(io: Server): string[] {
  const methods: string[] = [];
  io.engine.use((request: IncomingMessage, _response, next) => {
    methods.push(request.method!);
    next();
  });
  return methods;
}

/** The next poll to come in. */
function nextPoll(io: Server): Promise<void> {
  return new Promise((resolve) => {
    io.engine.use((request: IncomingMessage, _response, next) => {
      next();
      if (request.method === 'GET' && request.url!.includes('sid=')) resolve();
    });
  });
}

/** Holds the next POST back; resolves with the function that lets it on. */
function heldPost(io: Server): Promise<() => void> {
  return new Promise((resolve) => {
    let isHeld = false;
    io.engine.use((request, _response, next) => {
      if (isHeld || request.method !== 'POST') {
        next();
        return;
      }
      isHeld = true;
      resolve(() => next());
    });
  });
}

describe('a polling wire client', () => {
  it('polls from the handshake on, so that the server can always answer', async () => {
    await using server = await startTestServer();
    const polled = nextPoll(server.io);
    const client = await PollingWireClient.connect(server.endpoint('polling'));
    await polled;
    expect(server.io.engine.clients[client.sid]!.transport).toMatchObject({ name: 'polling', writable: true });
    const again = nextPoll(server.io);
    server.io.engine.clients[client.sid]!.send('a');
    expect(await client.next()).toBe('4a');
    await again;
    expect(server.io.engine.clients[client.sid]!.writable).toBe(true);
    await client.close();
  });

  it('sends the packets of one tick in one POST, and later ones in another', async () => {
    await using server = await startTestServer((io) => {
      io.on('connection', (socket) => socket.onAny((event: string) => socket.emit(event)));
    });
    const client = await server.connect({ transport: 'polling' });
    await client.join();
    const methods = methodsSeen(server.io);
    client.send('42["a"]');
    client.send('42["b"]');
    client.send('42["c"]');
    for (const event of ['a', 'b', 'c']) expect(await client.next()).toBe(`42["${event}"]`);
    client.send('42["d"]');
    expect(await client.next()).toBe('42["d"]');
    expect(methods.filter((method) => method === 'POST')).toHaveLength(2);
  });

  it('has one POST under way at a time', async () => {
    await using server = await startTestServer();
    const client = await server.connect({ transport: 'polling' });
    await client.join();
    const methods = methodsSeen(server.io);
    const first = heldPost(server.io);
    const heard: string[] = [];
    const second = new Promise<void>((resolve) => {
      server.io.engine.clients[client.sid]!.on('message', (data: string) => {
        heard.push(data);
        if (heard.length === 2) resolve();
      });
    });
    client.send('42["first"]');
    const letOn = await first;
    client.send('42["second"]');
    // Another POST would come in before this request is answered.
    expect((await fetch(server.url)).status).toBe(404);
    expect(methods.filter((method) => method === 'POST')).toHaveLength(1);
    letOn();
    await second;
    expect(heard).toEqual(['2["first"]', '2["second"]']);
  });

  it('keeps the noops of an upgrade to itself', async () => {
    await using server = await startTestServer();
    const client = await server.connect({ transport: 'polling' });
    await client.join();
    const session = server.io.engine.clients[client.sid]!;
    await using webSocket = await WebSocketWireClient.open(server.endpoint('websocket', `sid=${client.sid}`));
    const polledAgain = nextPoll(server.io);
    webSocket.send('2probe');
    expect(await webSocket.next()).toBe('3probe');
    // The poll that was open has been answered, with nothing that is for the test.
    await polledAgain;
    session.send('a');
    expect(await client.next()).toBe('4a');
  });

  it('rejects when the handshake is refused, with status and body', async () => {
    await using server = await startTestServer(undefined, {
      allowRequest: (_request, callback) => callback('not today', false),
    });
    await expect(server.connect({ transport: 'polling' })).rejects.toThrow(
      'The handshake was refused with 403: {"code":4,"message":"not today"}',
    );
  });

  it('rejects when there is no server', async () => {
    const server = await startTestServer();
    await server.close();
    await expect(PollingWireClient.connect(server.endpoint('polling'))).rejects.toThrow('fetch failed');
  });

  it('tells that the server has closed, without a code', async () => {
    await using server = await startTestServer();
    const client = await server.connect({ transport: 'polling' });
    server.io.engine.clients[client.sid]!.close();
    expect(await client.closed).toBeUndefined();
    await expect(client.next()).rejects.toThrow('The connection is closed: closed by the server');
  });

  it('tells the server that it leaves, instead of breaking off its poll', async () => {
    await using server = await startTestServer();
    const connected = once(server.io.sockets as never, 'connection') as Promise<[Socket]>;
    const client = await server.connect({ transport: 'polling' });
    await client.join();
    const [socket] = await connected;
    const left = once(socket as never, 'disconnect');
    await client.close();
    expect((await left)[0]).toBe('transport close');
  });
});
