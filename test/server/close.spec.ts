import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { InMemoryAdapter, type RestoredSession, type SessionToPersist } from '../../lib/adapter/index.js';
import { Server } from '../../lib/server/index.js';
import { startTestServer } from '../../lib/testing/index.js';
import { deferred, join, member, next, ReportedErrors, until } from './support.js';

describe('a server that is closed', () => {
  it('tells every socket that it is shutting down, and every client that the transport is gone', async () => {
    const server = await startTestServer((io) => io.of('/admin'));
    const { client, socket } = await member(server);
    const admin = await join(server, client, '/admin');
    const seen: unknown[] = [];
    for (const each of [socket, admin]) {
      each.on('disconnecting', (reason) => seen.push([each.nsp.name, 'disconnecting', reason, each.rooms.size]));
      each.on('disconnect', (reason) => seen.push([each.nsp.name, 'disconnect', reason, each.rooms.size]));
    }
    await server.close();
    expect(seen).toEqual([
      ['/', 'disconnecting', 'server shutting down', 1],
      ['/', 'disconnect', 'server shutting down', 0],
      ['/admin', 'disconnecting', 'server shutting down', 1],
      ['/admin', 'disconnect', 'server shutting down', 0],
    ]);
    // No DISCONNECT: a client that is told to leave would not come back.
    await expect(client.next()).rejects.toThrow('closed');
    expect(server.io.engine.clientsCount).toBe(0);
    expect(server.io.httpServer!.listening).toBe(false);
  });

  it('says so when it is done', async () => {
    const server = await startTestServer();
    const error = await new Promise((resolve) => void server.io.close(resolve));
    expect(error).toBeUndefined();
    expect(server.io.httpServer!.listening).toBe(false);
  });

  it('is done at once when it was never attached', async () => {
    const io = new Server();
    const calls: unknown[][] = [];
    await expect(io.close((...args) => calls.push(args))).resolves.toBeUndefined();
    expect(calls).toEqual([[undefined]]);
  });

  it('passes on the error of an HTTP server that does not run', async () => {
    const io = new Server(createServer());
    const errors: unknown[] = [];
    await expect(io.close((error) => errors.push(error))).resolves.toBeUndefined();
    expect(errors).toMatchObject([{ code: 'ERR_SERVER_NOT_RUNNING' }]);
    await expect(io.close()).resolves.toBeUndefined();
  });

  it('closes the adapter of each namespace, and waits for it', async () => {
    const closing: string[] = [];
    const closed = deferred();
    class SlowAdapter extends InMemoryAdapter {
      override close(): Promise<void> {
        closing.push(this.nsp.name);
        return closed.promise;
      }
    }
    const server = await startTestServer((io) => io.of('/admin'), { adapter: SlowAdapter });
    let isDone = false;
    const done = server.close().then(() => (isDone = true));
    await until(() => closing.length === 2);
    expect(closing).toEqual(['/', '/admin']);
    expect(server.io.httpServer!.listening).toBe(true);
    expect(isDone).toBe(false);
    closed.resolve();
    await done;
    expect(server.io.httpServer!.listening).toBe(false);
  });

  it.each([
    ['throws', false],
    ['rejects', true],
  ])('closes all the same when an adapter %s', async (_how, isAsync) => {
    class BrokenAdapter extends InMemoryAdapter {
      override close(): Promise<void> {
        const error = new Error(`${this.nsp.name} cannot close`);
        if (isAsync) return Promise.reject(error);
        throw error;
      }
    }
    const { onError, all } = new ReportedErrors();
    const server = await startTestServer((io) => io.of('/admin'), { adapter: BrokenAdapter, onError });
    await server.close();
    expect(all).toMatchObject([
      { error: { message: '/ cannot close' }, event: 'adapter.close' },
      { error: { message: '/admin cannot close' }, event: 'adapter.close' },
    ]);
    expect(server.io.httpServer!.listening).toBe(false);
  });

  it('takes no session and no client while its adapters are closing', async () => {
    const closed = deferred();
    const asked: string[] = [];
    class SlowAdapter extends InMemoryAdapter {
      override persistSession(): void {}
      override restoreSession(pid: string): null {
        asked.push(pid);
        return null;
      }
      override close(): Promise<void> {
        return closed.promise;
      }
    }
    const server = await startTestServer(undefined, { adapter: SlowAdapter, connectionStateRecovery: {} });
    const connected = await server.connect();
    const done = server.close();
    connected.send('40{"pid":"pid","offset":"offset"}');
    const { host } = new URL(server.url);
    const late = new WebSocket(`ws://${host}/socket.io/?EIO=4&transport=websocket`);
    const [refusal] = (await once(late, 'error')) as [Error];
    expect(refusal.message).toBe('Unexpected server response: 503');
    const { status } = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
    expect(status).toBe(503);
    closed.resolve();
    await done;
    expect(asked).toEqual([]);
  });

  it('gives back the session of a client that was on its way in, before the adapter closes', async () => {
    const calls: string[] = [];
    const restoring = deferred<RestoredSession>();
    const session: RestoredSession = { sid: 'sid', pid: 'pid', rooms: [], data: {}, missedPackets: [] };
    class BusAdapter extends InMemoryAdapter {
      override async persistSession({ pid }: SessionToPersist): Promise<void> {
        await new Promise(setImmediate);
        calls.push(`kept ${pid}`);
      }
      override restoreSession(): Promise<RestoredSession> {
        calls.push('asked');
        return restoring.promise;
      }
      override close(): void {
        calls.push('closed');
      }
    }
    const server = await startTestServer(undefined, { adapter: BusAdapter, connectionStateRecovery: {} });
    const client = await server.connect();
    client.send('40{"pid":"pid","offset":"offset"}');
    await until(() => calls.length > 0);
    const done = server.close();
    restoring.resolve(session);
    await done;
    expect(calls).toEqual(['asked', 'kept pid', 'closed']);
  });

  it('lets nobody in whose middleware is still thinking', async () => {
    const asked = deferred<() => void>();
    const server = await startTestServer((io) => {
      io.use((_socket, proceed) => asked.resolve(() => proceed()));
      io.on('connection', () => connections++);
    });
    let connections = 0;
    const client = await server.connect();
    client.send('40');
    const proceed = await asked.promise;
    await server.close();
    proceed();
    expect(connections).toBe(0);
    expect(server.io.sockets.sockets.size).toBe(0);
    await expect(client.next()).rejects.toThrow('closed');
  });

  it('may be closed from the listener of a socket that leaves', async () => {
    const server = await startTestServer();
    const { client, socket } = await member(server);
    const done = new Promise<void>((resolve) => {
      socket.on('disconnect', () => void server.io.close(() => resolve()));
    });
    client.send('41');
    await client.closed;
    await done;
  });
});

describe('a server that is drained', () => {
  it('lets go of every client, and leaves the HTTP server as it is', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const left = next(socket, 'disconnect');
    await server.io.drain(1_000);
    expect((await left)[0]).toBe('server shutting down');
    await expect(client.next()).rejects.toThrow('closed');
    expect(server.io.engine.clientsCount).toBe(0);
    expect(server.io.httpServer!.listening).toBe(true);
  });

  it('closes its adapters', async () => {
    const closed: string[] = [];
    class ClosedAdapter extends InMemoryAdapter {
      override close(): void {
        closed.push(this.nsp.name);
      }
    }
    await using server = await startTestServer(undefined, { adapter: ClosedAdapter });
    await server.io.drain(1_000);
    expect(closed).toEqual(['/']);
  });

  it('cuts a client that does not answer the closing handshake in time', async () => {
    await using server = await startTestServer();
    const webSocket = new WebSocket(server.endpoint('websocket').replace('http', 'ws'));
    await next(webSocket, 'message');
    webSocket.pause();
    await server.io.drain(20);
    expect(server.io.engine.clientsCount).toBe(0);
    webSocket.terminate();
  });
});

describe('a namespace that is closed', () => {
  it('lets those say goodbye who want to, before its adapter is closed; what one throws is reported', async () => {
    const order: string[] = [];
    const errors: unknown[] = [];
    const server = await startTestServer(undefined, { onError: (error, { event }) => errors.push([error, event]) });
    const namespace = server.io.of('/');
    const failure = new Error('of a listener');
    namespace.adapter.close = () => void order.push('adapter');
    namespace.onClose(() => {
      throw failure;
    });
    namespace.onClose(() => order.push(`goodbye of ${namespace.sockets.size}`));
    namespace.onClose(() => order.push('taken back'))();
    await (await server.connect()).join();
    await server.close();
    expect(order).toEqual(['goodbye of 0', 'adapter']);
    expect(errors).toEqual([[failure, 'close']]);
  });
});
