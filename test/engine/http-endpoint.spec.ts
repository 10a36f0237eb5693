import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { EngineServer } from '../../lib/engine/index.js';
import { WebSocketWireClient } from '../../lib/testing/index.js';
import { TestEngine, until } from './support.js';

const query = '?EIO=4&transport=polling';

describe('the path of an engine', () => {
  it.each([
    [{}, '/engine.io/', true],
    [{}, '/engine.io', false],
    [{}, '/engine.io/more', false],
    [{}, '/engine.iox/', false],
    [{}, '/', false],
    [{ addTrailingSlash: false }, '/engine.io', true],
    [{ addTrailingSlash: false }, '/engine.io/', true],
    [{ addTrailingSlash: false }, '/engine.iox', false],
    [{ path: '/live' }, '/live/', true],
    [{ path: '/live/' }, '/live/', true],
    [{ path: '/live' }, '/engine.io/', false],
  ])('with %j: %s is served: %s', async (options, path, isServed) => {
    await using test = await TestEngine.start({}, options);
    const answer = await test.request(path + query);
    expect(answer.status).toBe(isServed ? 200 : 404);
    if (!isServed) expect(answer.body).toBe('elsewhere');
  });

  it('is answered by the engine alone, whenever other listeners came', async () => {
    await using test = await TestEngine.start();
    const seen: string[] = [];
    test.httpServer.prependListener('request', (request: IncomingMessage) => seen.push(request.url!));
    test.httpServer.on('request', (request: IncomingMessage) => seen.push(request.url!));
    expect((await test.request(query)).status).toBe(200);
    expect(seen).toEqual([]);
    await test.request('/elsewhere');
    expect(seen).toEqual(['/elsewhere', '/elsewhere']);
  });

  it('leaves the listeners of the server where they were', async () => {
    const server = createServer();
    const listener = (_request: IncomingMessage, response: ServerResponse): unknown => response.end();
    server.on('request', listener);
    const engine = new EngineServer();
    engine.attach(server);
    expect(server.listeners('request')).toEqual([listener]);
    engine.close();
    expect(server.listeners('upgrade')).toEqual([]);
    expect(Object.hasOwn(server, 'emit') && server.emit !== Object.getPrototypeOf(server).emit).toBe(false);
  });

  it('is given back when the engine closes', async () => {
    await using test = await TestEngine.start();
    test.engine.close();
    expect(await test.request(query)).toMatchObject({ status: 404, body: 'elsewhere' });
  });

  it('goes with the engine to another server', async () => {
    await using test = await TestEngine.start();
    const other = createServer();
    test.engine.attach(other, { path: '/other' });
    expect(await test.request(query)).toMatchObject({ status: 404, body: 'elsewhere' });
    expect(test.engine.httpServer).toBe(other);
  });

  it('closes its sessions with the HTTP server', async () => {
    await using test = await TestEngine.start();
    await test.handshake();
    test.httpServer.close();
    expect((await test.closing())[0]).toBe('forced close');
  });
});

describe('two engines on one server', () => {
  it('each serve their path, polling and upgrades', async () => {
    await using test = await TestEngine.start({}, { path: '/a' });
    const second = new EngineServer();
    second.attach(test.httpServer, { path: '/b' });
    expect((await test.request(`/a/${query}`)).status).toBe(200);
    expect((await test.request(`/b/${query}`)).status).toBe(200);
    const client = await WebSocketWireClient.connect(`${test.url}/b/?EIO=4&transport=websocket`);
    expect(second.clientsCount).toBe(2);
    expect(test.engine.clientsCount).toBe(1);
    second.close();
    await client.closed;
    expect((await test.request(`/a/${query}`)).status).toBe(200);
  });
});

describe('an upgrade for a path that is not served', () => {
  it('is ended after destroyUpgradeTimeout', async () => {
    await using test = await TestEngine.start({}, { destroyUpgradeTimeout: 20 });
    expect(await test.raw(test.upgradeRequest('/elsewhere'))).toBe('');
  });

  it('is left to another listener that answers', async () => {
    await using test = await TestEngine.start({}, { destroyUpgradeTimeout: 20 });
    test.httpServer.on('upgrade', (request, socket) => {
      if (request.url !== '/elsewhere') return;
      socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
      setTimeout(() => socket.end('later'), 60);
    });
    expect(await test.raw(test.upgradeRequest('/elsewhere'))).toMatch(/later$/);
  });

  it('is left open where destroyUpgrade is off', async () => {
    await using test = await TestEngine.start({}, { destroyUpgrade: false, destroyUpgradeTimeout: 1 });
    test.httpServer.on('upgrade', (_request, socket) => {
      setTimeout(() => socket.end('HTTP/1.1 200 OK\r\n\r\n'), 60);
    });
    expect(await test.raw(test.upgradeRequest('/elsewhere'))).toContain('200 OK');
  });

  it('survives a reset', async () => {
    await using test = await TestEngine.start({}, { destroyUpgrade: false });
    const upgrades: unknown[] = [];
    test.httpServer.on('upgrade', (_request, socket) => {
      upgrades.push(socket);
      socket.once('close', () => upgrades.push('closed'));
    });
    const socket = test.tcp();
    socket.on('error', () => {});
    socket.write(test.upgradeRequest('/elsewhere'));
    await until(() => upgrades.length === 1);
    socket.resetAndDestroy();
    await until(() => upgrades.length === 2);
    expect((await test.request(query)).status).toBe(200);
  });
});

describe('transports', () => {
  it('without websocket leave upgrades to others', async () => {
    await using test = await TestEngine.start({ transports: ['polling'] });
    expect(test.httpServer.listenerCount('upgrade')).toBe(0);
    expect((await test.request('?EIO=4&transport=polling')).body).toContain('"upgrades":[]');
  });

  it('without polling refuse it', async () => {
    await using test = await TestEngine.start({ transports: ['websocket'] });
    expect(await test.request(query)).toMatchObject({ status: 400, body: '{"code":0,"message":"Transport unknown"}' });
    expect((await test.webSocket()).handshake.upgrades).toEqual([]);
  });
});

describe('an engine without an HTTP server of its own', () => {
  it('serves what a framework hands to it', async () => {
    const engine = new EngineServer();
    const server = createServer((request, response) => engine.handleRequest(request, response));
    server.on('upgrade', (request, socket, head) => engine.handleUpgrade(request, socket, head));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as { port: number };
    const answer = await fetch(`http://127.0.0.1:${port}/any/path${query}`);
    expect(await answer.text()).toMatch(/^0\{"sid"/);
    const client = await WebSocketWireClient.connect(`http://127.0.0.1:${port}/?EIO=4&transport=websocket`);
    expect(engine.clientsCount).toBe(2);
    engine.close();
    await client.closed;
    server.closeAllConnections();
    server.close();
  });
});
