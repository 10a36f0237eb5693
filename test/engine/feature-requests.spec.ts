import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { EngineServer, type EngineSocket } from '../../lib/engine/index.js';
import { WebSocketWireClient } from '../../lib/testing/index.js';
import { TestEngine, until } from './support.js';

describe('the query of a request', () => {
  it('is what a layer before the engine has made of it', async () => {
    const engine = new EngineServer();
    const server = createServer((request, response) => {
      Object.assign(request, { _query: { EIO: '4', transport: 'polling', from: 'the framework' } });
      engine.handleRequest(request, response);
    });
    server.on('upgrade', (request, socket, head) => {
      Object.assign(request, { _query: { EIO: '4', transport: 'websocket' } });
      engine.handleUpgrade(request, socket, head);
    });
    const sessions: EngineSocket[] = [];
    engine.on('connection', (session: EngineSocket) => sessions.push(session));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as { port: number };
    // Neither URL says anything of the protocol.
    expect(await (await fetch(`http://127.0.0.1:${port}/a`)).text()).toMatch(/^0\{"sid"/);
    const client = await WebSocketWireClient.connect(`http://127.0.0.1:${port}/b`);
    expect(sessions.map(({ transport }) => transport.name)).toEqual(['polling', 'websocket']);
    expect(sessions[0]!.request).toMatchObject({ _query: { from: 'the framework' } });
    engine.close();
    await client.closed;
    server.closeAllConnections();
    server.close();
  });

  it('is read from the URL where nobody has, and shown to the application', async () => {
    await using test = await TestEngine.start();
    await test.webSocket('&a=1&b=%20x&a=2');
    expect(test.sockets[0]!.request).toMatchObject({ _query: { a: '2', b: ' x', transport: 'websocket' } });
  });
});

describe('an engine', () => {
  it('shows its options, its sessions and how many there are', async () => {
    await using test = await TestEngine.start({ pingInterval: 12_345 });
    expect(test.engine.opts).toMatchObject({ pingInterval: 12_345, pingTimeout: 20_000 });
    expect(test.engine.httpServer).toBe(test.httpServer);
    const client = await test.webSocket();
    expect(Object.keys(test.engine.clients)).toEqual([client.sid]);
    expect(test.engine.clients[client.sid]).toBe(test.sockets[0]);
    expect(test.engine.clientsCount).toBe(1);
    await client.close();
    await until(() => test.engine.clientsCount === 0);
    expect(Object.keys(test.engine.clients)).toEqual([]);
  });

  it('tells which transports a session may go on to', () => {
    const transports = ['polling', 'websocket', 'webtransport'] as const;
    const engine = new EngineServer({ transports });
    expect(transports.map((name) => engine.upgrades(name))).toEqual([['websocket', 'webtransport'], [], []]);
    expect(new EngineServer({ transports, allowUpgrades: false }).upgrades('polling')).toEqual([]);
    expect(new EngineServer({ transports: ['polling'] }).upgrades('polling')).toEqual([]);
  });
});

describe('a message of bytes', () => {
  const bytes = Uint8Array.of(0, 1, 2, 3, 4);
  it.each<[string, ArrayBuffer | ArrayBufferView]>([
    ['a Buffer', Buffer.from(bytes)],
    ['a part of a Buffer', Buffer.of(9, ...bytes, 9).subarray(1, 6)],
    ['an ArrayBuffer', bytes.buffer],
    ['a Uint8Array', bytes],
    ['a DataView', new DataView(Uint8Array.of(9, ...bytes).buffer, 1)],
  ])('may be %s', async (_what, data) => {
    await using test = await TestEngine.start();
    const webSocket = await test.webSocket();
    test.sockets[0]!.send(data);
    expect(await webSocket.next()).toEqual(Buffer.from(bytes));
    const sid = await test.handshake();
    test.engine.clients[sid]!.send(data);
    expect((await test.get(sid)).body).toBe(`b${Buffer.from(bytes).toString('base64')}`);
  });
});

describe('an engine that closes while a POST is coming in', () => {
  it('ends the session, and the request with it', async () => {
    await using test = await TestEngine.start();
    const sid = await test.handshake();
    const socket = test.tcp();
    const ended = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
    });
    const seen = test.requests();
    socket.write(
      `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n4a`,
    );
    await until(() => seen.length === 1);
    test.engine.close();
    expect((await test.closing())[0]).toBe('forced close');
    socket.end('aaaaaaa');
    socket.resume();
    await ended;
    expect(test.messages).toEqual([]);
  });
});
