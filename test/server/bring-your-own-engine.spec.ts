import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { attach, listen, parser, protocol, Server as Engine, Socket, transports } from '../../lib/engine/index.js';
import { Server } from '../../lib/server/index.js';
import { WebSocketWireClient } from '../../lib/testing/index.js';

describe('an engine of the application', () => {
  it('is bound to a server, which serves its sessions', async () => {
    const httpServer = createServer();
    const engine = attach(httpServer, { path: '/own', maxHttpBufferSize: 1_234 });
    const io = new Server().bind(engine);
    expect(io.engine).toBe(engine);
    io.on('connection', (socket) => socket.on('hi', (answer: (text: string) => void) => answer('there')));
    await new Promise<void>((resolve) => {
      httpServer.listen(0, '127.0.0.1', resolve);
    });
    const { port } = httpServer.address() as AddressInfo;
    const client = await WebSocketWireClient.connect(`http://127.0.0.1:${port}/own/?EIO=4&transport=websocket`);
    expect(client.handshake.maxPayload).toBe(1_234);
    await client.join();
    client.send('421["hi"]');
    expect(await client.next()).toBe('431["there"]');
    engine.close();
    await client.closed;
    await new Promise((resolve) => {
      httpServer.close(resolve);
    });
  });
});

describe('rookery/engine', () => {
  it('has the names of a published engine', () => {
    expect([Engine.name, Socket.name, protocol]).toEqual(['EngineServer', 'EngineSocket', 4]);
    expect(Object.keys(transports)).toEqual(['polling', 'websocket', 'webtransport']);
    for (const Transport of Object.values(transports)) expect(Transport.prototype).toHaveProperty('send');
  });

  it.each([[true], [false]])(
    'listens on a port, and answers 501 to everything else; with options: %s',
    async (given) => {
      let engine!: Engine;
      await new Promise<void>((resolve) => {
        engine = given ? listen(0, { path: '/own' }, resolve) : listen(0, resolve);
      });
      const { port } = engine.httpServer!.address() as AddressInfo;
      const elsewhere = await fetch(`http://127.0.0.1:${port}/elsewhere`);
      expect([elsewhere.status, await elsewhere.text()]).toEqual([501, 'Not Implemented']);
      const path = given ? '/own/' : '/engine.io/';
      expect((await fetch(`http://127.0.0.1:${port}${path}?EIO=4&transport=polling`)).status).toBe(200);
      engine.httpServer!.closeAllConnections();
      await new Promise((resolve) => {
        engine.httpServer!.close(resolve);
      });
    },
  );

  it('has the published shape of the parser', () => {
    const encoded: unknown[] = [];
    parser.encodePacket({ type: 'message', data: 'a' }, true, (each) => encoded.push(each));
    parser.encodePayload([{ type: 'ping', data: '' }], (each) => encoded.push(each));
    expect(encoded).toEqual(['4a', '2']);
    expect(parser.decodePacket('4a')).toEqual({ type: 'message', data: 'a' });
    expect(parser.decodePacket('')).toEqual({ type: 'error', data: 'parser error' });
    expect(parser.decodePayload('4a\x1ex\x1e4b')).toEqual([
      { type: 'message', data: 'a' },
      { type: 'error', data: 'parser error' },
    ]);
    expect(parser.protocol).toBe(4);
  });
});
