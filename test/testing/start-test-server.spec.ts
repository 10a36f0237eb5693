import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Server, type Socket } from '../../lib/server/index.js';
import { PollingWireClient, startTestServer, WebSocketWireClient } from '../../lib/testing/index.js';

describe('a test server', () => {
  it('listens on a free port of this machine, and tells where', async () => {
    await using first = await startTestServer();
    await using second = await startTestServer();
    expect(first.port).not.toBe(second.port);
    expect(first.url).toBe(`http://127.0.0.1:${first.port}`);
    expect(first.io.httpServer!.address()).toMatchObject({ address: '127.0.0.1', port: first.port });
  });

  it('lets the server be configured before it listens', async () => {
    const seen: unknown[] = [];
    await using server = await startTestServer((io) => {
      seen.push(io instanceof Server, io.httpServer!.listening);
      io.use((_socket, next) => next(new Error('no')));
    });
    expect(seen).toEqual([true, false]);
    await using client = await server.connect();
    client.send('40');
    expect(await client.next()).toBe('44{"message":"no"}');
  });

  it('gives the server its options', async () => {
    await using server = await startTestServer(undefined, { path: '/live', pingInterval: 1_234 });
    expect(server.endpoint('polling')).toBe(`${server.url}/live/?EIO=4&transport=polling`);
    const client = await server.connect();
    expect(client.handshake.pingInterval).toBe(1_234);
  });

  it('knows the URL of its path, for requests made by hand', async () => {
    await using server = await startTestServer();
    expect(server.endpoint('websocket')).toBe(`${server.url}/socket.io/?EIO=4&transport=websocket`);
    expect(server.endpoint('polling', 'sid=a&b=c')).toBe(`${server.url}/socket.io/?EIO=4&transport=polling&sid=a&b=c`);
    const answer = await fetch(server.endpoint('polling', 'sid=unknown'));
    expect(await answer.json()).toEqual({ code: 1, message: 'Session ID unknown' });
  });

  it('answers 404 to what is not its path', async () => {
    await using server = await startTestServer();
    const answer = await fetch(`${server.url}/elsewhere`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe('');
  });

  it('connects over WebSocket unless it is told otherwise', async () => {
    await using server = await startTestServer();
    const [first, second] = [await server.connect(), await server.connect({ transport: 'polling' })];
    expect(first).toBeInstanceOf(WebSocketWireClient);
    expect(second).toBeInstanceOf(PollingWireClient);
    expect(server.io.engine.clients[first.sid]!.transport.name).toBe('websocket');
    expect(server.io.engine.clients[second.sid]!.transport.name).toBe('polling');
  });

  it.each(['websocket', 'polling'] as const)('connects over %s with more of the query', async (transport) => {
    await using server = await startTestServer();
    const connected = once(server.io.sockets as never, 'connection') as Promise<[Socket]>;
    const client = await server.connect({ transport, query: 'token=a&flavour=b' });
    await client.join();
    const [socket] = await connected;
    expect(socket.handshake.query).toMatchObject({ token: 'a', flavour: 'b', transport });
  });

  it.each(['websocket', 'polling'] as const)('tells the client over %s how to behave', async (transport) => {
    await using server = await startTestServer(undefined, { pingInterval: 20, pingTimeout: 2_000 });
    const client = await server.connect({ transport, answerPings: false });
    expect(await client.next()).toBe('2');
    const hasty = await server.connect({ transport, timeout: 100 });
    await expect(hasty.next()).rejects.toThrow('No packet came within 100 ms');
  });

  it('closes its clients with itself, whatever they are over', async () => {
    const server = await startTestServer();
    const clients = [await server.connect(), await server.connect({ transport: 'polling' })];
    const sockets = clients.map(async (client) => {
      const connected = once(server.io.sockets as never, 'connection') as Promise<[Socket]>;
      await client.join();
      return (await connected)[0];
    });
    const reasons = (await Promise.all(sockets)).map(async (socket) => (await once(socket as never, 'disconnect'))[0]);
    await server.close();
    expect(await Promise.all(reasons)).toEqual(['server shutting down', 'server shutting down']);
    await Promise.all(clients.map((client) => client.closed));
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
  });

  it('does not wait for clients that were closed before', async () => {
    await using server = await startTestServer();
    const client = await server.connect();
    await client.close();
    await server.close();
    expect(server.io.httpServer!.listening).toBe(false);
  });

  it('cuts requests that nobody answers', async () => {
    const server = await startTestServer((io) => {
      io.engine.use(() => {});
    });
    const asked = once(server.io.httpServer as never, 'connection');
    const request = fetch(server.endpoint('polling'));
    request.catch(() => {});
    await asked;
    await server.close();
    await expect(request).rejects.toThrow('fetch failed');
  });

  it('can be closed twice', async () => {
    const server = await startTestServer();
    await server.close();
    await expect(server.close()).resolves.toBeUndefined();
  });

  it('ends with its scope', async () => {
    let url = '';
    {
      await using server = await startTestServer();
      url = server.url;
      expect((await fetch(url)).status).toBe(404);
    }
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });
});
