import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { WebSocket } from 'ws';
import { TestEngine } from './support.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Counts what is handed to the system by the TCP socket of the next upgrade. */
function countWrites({ httpServer }: TestEngine): () => number {
  const counted: { mock: { calls: unknown[] } }[] = [];
  httpServer.prependOnceListener('upgrade', ({ socket }: IncomingMessage) => {
    counted.push(jest.spyOn(socket, '_write'), jest.spyOn(socket as Required<Socket>, '_writev'));
  });
  return () => counted.reduce((sum, { mock }) => sum + mock.calls.length, 0);
}

describe('a WebSocket that connects', () => {
  it('gets the 101, the handshake and the initial packet in one write', async () => {
    await using test = await TestEngine.start({ initialPacket: 'welcome' });
    const writes = countWrites(test);
    const client = await test.webSocket();
    expect(await client.next()).toBe('4welcome');
    expect(writes()).toBe(1);
  });

  it('gets all of it when a session is refused in the middle of it', async () => {
    await using test = await TestEngine.start();
    const failure = new Error('of the application');
    test.engine.on('connection', () => {
      throw failure;
    });
    const client = await test.webSocket();
    expect(client.sid).toMatch(/^[A-Za-z0-9_-]{24}$/);
    expect(test.errors).toEqual([failure]);
  });

  it('costs no response where there are no middlewares', async () => {
    await using test = await TestEngine.start();
    const writeHead = jest.spyOn(ServerResponse.prototype, 'writeHead');
    await test.webSocket();
    expect(writeHead).not.toHaveBeenCalled();
    test.engine.use((_request, _response, next) => next());
    await test.webSocket();
    expect(writeHead).toHaveBeenCalledTimes(1);
  });

  it.each(['message', 'close', 'error'])('shares its listener of %s with the others', async (event) => {
    await using test = await TestEngine.start();
    const on = jest.spyOn(WebSocket.prototype, 'on');
    await test.webSocket();
    await test.webSocket();
    const listened = on.mock.contexts.flatMap((webSocket, index) => {
      const isOurs = (webSocket as unknown as { _isServer: boolean })._isServer;
      const [name, listener] = on.mock.calls[index]!;
      // ws forgets its clients with a listener of its own.
      return isOurs && name === event && listener.name.startsWith('#') ? [listener] : [];
    });
    expect(listened).toHaveLength(2);
    expect(new Set(listened).size).toBe(1);
  });

  it.each([
    'EIO=4&transport=websocket&a=1&a=2&b&&c==d',
    'EIO=4&transport=websocket&%61=%20x+y',
    'EIO=4&transport=websocket&?=&=',
  ])('has the query of %s as URLSearchParams reads it', async (query) => {
    await using test = await TestEngine.start();
    await test.webSocket(query.slice('EIO=4&transport=websocket'.length));
    const { _query: read } = test.sockets[0]!.request as IncomingMessage & { _query: object };
    expect({ ...read }).toEqual(Object.fromEntries(new URLSearchParams(query)));
  });
});
