import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Server, type ServerOptions } from '../../lib/server/index.js';
import { startTestServer, WebSocketWireClient } from '../../lib/testing/index.js';
import { fetchText, member, next } from './support.js';

async function listening(server: HttpServer): Promise<number> {
  if (!server.listening) await next(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Connects, joins and closes again; rejects when nobody serves the path. */
async function visit(port: number, path = '/socket.io/'): Promise<string> {
  await using client = await WebSocketWireClient.connect(`http://127.0.0.1:${port}${path}?EIO=4&transport=websocket`);
  return await client.join();
}

/** Whatever a test does, its server is closed. */
async function withServer(io: Server, run: (io: Server) => Promise<void>): Promise<void> {
  try {
    await run(io);
  } finally {
    io.httpServer?.closeAllConnections();
    await io.close();
  }
}

describe('a server', () => {
  it('serves the HTTP server it is made with', async () => {
    const httpServer = createServer((_request, response) => response.end('from the application'));
    await withServer(new Server(httpServer), async (io) => {
      httpServer.listen(0, '127.0.0.1');
      const port = await listening(httpServer);
      expect(await visit(port)).toHaveLength(20);
      expect(await fetchText(`http://127.0.0.1:${port}/elsewhere`)).toBe('from the application');
      expect(io.httpServer).toBe(httpServer);
    });
  });

  it.each([
    ['a number', 0],
    ['a string of digits', '0'],
  ])('listens on a port that is %s, and answers not found elsewhere', async (_what, target) => {
    await withServer(new Server(target), async (io) => {
      const port = await listening(io.httpServer!);
      expect(await visit(port)).toHaveLength(20);
      expect((await fetch(`http://127.0.0.1:${port}/elsewhere`)).status).toBe(404);
    });
  });

  it('takes its options first, and is attached later', async () => {
    await withServer(new Server({ path: '/live' }), async (io) => {
      expect(io.httpServer).toBeUndefined();
      expect(io.attach(0)).toBe(io);
      expect(await visit(await listening(io.httpServer!), '/live/')).toHaveLength(20);
    });
  });

  it('is attached to nothing when it is made without a target', async () => {
    expect(new Server().httpServer).toBeUndefined();
    expect(new Server(undefined, { path: '/live' }).path()).toBe('/live');
    expect(new Server(undefined, { path: '/live' }).httpServer).toBeUndefined();
  });

  it('listens by either name', async () => {
    await withServer(new Server(), async (io) => {
      expect(io.listen(0)).toBe(io);
      expect(await visit(await listening(io.httpServer!))).toHaveLength(20);
    });
  });

  it.each([
    ['a request handler', Object.assign(() => {}, { listen: () => {}, on: () => {} })],
    ['an object', {}],
    ['a word', 'port'],
    ['an empty text', ''],
    ['no number', NaN],
    ['half a port', 1.5],
    ['nothing', null],
  ])('refuses to be attached to %s', (_what, target) => {
    const refusal = expect.objectContaining({ code: 'INVALID_ATTACH_TARGET', name: 'RookeryError' });
    expect(() => new Server().attach(target as never)).toThrow(refusal as never);
    expect(() => new Server().listen(target as never)).toThrow(refusal as never);
    // An object that is no server is taken for options.
    if (typeof target !== 'object' || target === null) {
      expect(() => new Server(target as never, {})).toThrow(refusal as never);
    }
  });

  it('says what to pass instead of a request handler', () => {
    expect(() => new Server((() => {}) as never)).toThrow(
      'You are trying to attach socket.io to a request handler function. Please pass an http.Server instance or a port.',
    );
  });

  it('hands its options to the engine', async () => {
    const options: ServerOptions = { pingInterval: 1_234, pingTimeout: 2_345, maxHttpBufferSize: 3_456 };
    await using server = await startTestServer(undefined, options);
    const { handshake } = await server.connect();
    expect(handshake).toMatchObject({ pingInterval: 1_234, pingTimeout: 2_345, maxPayload: 3_456 });
  });

  it('reports what the application throws inside the engine', async () => {
    const reported: unknown[] = [];
    await using server = await startTestServer(undefined, {
      allowRequest: () => {
        throw new Error('broken');
      },
      onError: (error, context) => reported.push([(error as Error).message, context]),
    });
    await expect(server.connect({ transport: 'polling' })).rejects.toThrow('403');
    expect(reported).toEqual([['broken', { event: 'allowRequest' }]]);
  });
});

describe('options that attach() is given', () => {
  it('hold for the engine, behind those of the constructor', async () => {
    const io = new Server({ pingTimeout: 1_234 });
    io.attach(0, { pingTimeout: 1, pingInterval: 4_321, cors: { origin: 'https://page.test' } });
    const { port } = io.httpServer!.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://page.test');
    expect(await answer.text()).toMatch(/"pingInterval":4321,"pingTimeout":1234,/);
    expect(() => io.attach(0, { pingInterval: 1 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    await io.close();
  });

  it('leave middlewares that were added before as they are', async () => {
    const io = new Server();
    const urls: (string | undefined)[] = [];
    io.engine.use((request, _response, next) => {
      urls.push(request.url);
      next();
    });
    io.attach(0, { maxHttpBufferSize: 10 });
    const { port } = io.httpServer!.address() as AddressInfo;
    await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`);
    expect(urls).toHaveLength(1);
    await io.close();
  });
});

describe('the path of a server', () => {
  it.each([
    [undefined, '/socket.io'],
    ['/live', '/live'],
    ['/live/', '/live'],
  ])('given as %s is %s', (path, expected) => {
    expect(new Server({ ...(path !== undefined && { path }) }).path()).toBe(expected);
  });

  it('is set before it is attached', async () => {
    await using server = await startTestServer((io) => {
      expect(io.path('/live/')).toBe(io);
      expect(io.path()).toBe('/live');
      io.attach(io.httpServer!);
    });
    expect(await visit(server.port, '/live/')).toHaveLength(20);
    await expect(visit(server.port, '/socket.io/')).rejects.toThrow();
  });

  it('may be given when it is attached, unless it has one already', async () => {
    await withServer(new Server(), async (io) => {
      io.attach(0, { path: '/late/' });
      expect(io.path()).toBe('/late');
      expect(await visit(await listening(io.httpServer!), '/late/')).toHaveLength(20);
    });
    await withServer(new Server({ path: '/early' }), async (io) => {
      io.attach(0, { path: '/late' });
      expect(io.path()).toBe('/early');
      expect(await visit(await listening(io.httpServer!), '/early/')).toHaveLength(20);
    });
  });

  it('ends with a slash, unless that is left to the client', async () => {
    const query = '?EIO=4&transport=polling';
    await using strict = await startTestServer();
    expect((await fetch(`${strict.url}/socket.io${query}`)).status).toBe(404);
    await using lenient = await startTestServer(undefined, { addTrailingSlash: false });
    expect((await fetch(`${lenient.url}/socket.io${query}`)).status).toBe(200);
    expect((await fetch(`${lenient.url}/socket.io/${query}`)).status).toBe(200);
  });
});

describe('a client that joins nothing', () => {
  it('is closed in time, while others stay', async () => {
    await using server = await startTestServer(undefined, { connectTimeout: 30 });
    const stays = await member(server);
    const [silent, lost] = [await server.connect(), await server.connect()];
    lost.send('40/nowhere');
    expect(await lost.next()).toBe('44/nowhere,{"message":"Invalid namespace"}');
    await Promise.all([silent.closed, lost.closed]);
    stays.socket.emit('still here');
    expect(await stays.client.next()).toBe('42["still here"]');
  });

  it('is closed while a middleware has not decided', async () => {
    await using server = await startTestServer((io) => io.use(() => {}), { connectTimeout: 30 });
    const client = await server.connect();
    client.send('40');
    await expect(client.next()).rejects.toThrow('closed');
  });

  it('is given a time that can be read and set', async () => {
    const io = new Server();
    expect(io.connectTimeout()).toBe(45_000);
    expect(new Server({ connectTimeout: 1_000 }).connectTimeout()).toBe(1_000);
    expect(io.connectTimeout(30)).toBe(io);
    expect(io.connectTimeout()).toBe(30);
    await using server = await startTestServer((configured) => configured.connectTimeout(30));
    await (
      await server.connect()
    ).closed;
  });
});
