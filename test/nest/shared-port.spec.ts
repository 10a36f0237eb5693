import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { once } from 'node:events';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Server as PublishedServer } from 'socket.io';
import { WebSocket, WebSocketServer } from 'ws';
import { SubscribeMessage, WebSocketGateway } from '../../lib/index.js';
import { Server } from '../../lib/server/index.js';
import { Clients, next, transportLists } from '../support/clients.js';
import { sessionPath, startApp, upgradeByHand, type TestApp } from './support.js';

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('who')
  who(): string {
    return 'we';
  }
}

/** A WebSocket server on another path, as graphql-ws and Vite have it. @param delay before it answers. */
function otherPath(path: string, delay?: Promise<unknown>): (server: HttpServer) => void {
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`other: ${String(data)}`)));
  return (server) => {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (request.url !== path) return;
      void (delay ?? Promise.resolve()).then(() =>
        sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request)),
      );
    });
  };
}

async function echoOf({ port }: TestApp, path: string): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  await once(socket, 'open');
  socket.send('hello');
  const [data] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  await once(socket, 'close');
  return data.toString();
}

type Attach = (server: HttpServer) => unknown;

/** An application whose HTTP server somebody else uses too, before or after us. */
async function sharing(
  platform: 'express' | 'fastify',
  order: 'before' | 'after',
  attach: Attach,
  options = {},
): Promise<TestApp> {
  const running = await startApp({
    platform,
    options,
    providers: [Gateway],
    configure: (app) => {
      if (order === 'before') attach(app.getHttpServer() as HttpServer);
    },
  });
  if (order === 'after') attach(running.app.getHttpServer() as HttpServer);
  return running;
}

async function servesUs(running: TestApp): Promise<void> {
  for (const [, transports] of transportLists) {
    expect(await (await running.clients.connect('/', { transports })).emitWithAck('who')).toBe('we');
  }
}

describe.each([
  ['express', 'before'],
  ['express', 'after'],
  ['fastify', 'before'],
  ['fastify', 'after'],
] as const)('on %s, somebody who came to the HTTP server %s us', (platform, order) => {
  it('has a WebSocket server on a path of its own', async () => {
    await using running = await sharing(platform, order, otherPath('/graphql'));
    expect(await echoOf(running, '/graphql')).toBe('other: hello');
    await servesUs(running);
    expect(await echoOf(running, '/graphql')).toBe('other: hello');
  });

  it.each(['rookery', 'socket.io'])('has a second Socket.IO path, of %s', async (which) => {
    let engine!: { clientsCount: number };
    await using running = await sharing(platform, order, (server) => {
      const second =
        which === 'rookery'
          ? new Server(server, { path: '/second' })
          : new PublishedServer(server, { path: '/second' });
      ({ engine } = second);
      second.on('connection', (socket: { on(event: string, listener: (ack: (who: string) => void) => void): void }) => {
        socket.on('who', (ack) => ack('they'));
      });
    });
    await servesUs(running);
    for (const [, transports] of transportLists) {
      const client = await running.clients.connect('/', { transports, path: '/second' });
      expect(await client.emitWithAck('who')).toBe('they');
      client.disconnect();
    }
    await servesUs(running);
    // They are not ours to let go at shutdown.
    while (engine.clientsCount > 0) await new Promise(setImmediate);
  });

  it('keeps an upgrade that it answers at once for as long as it likes', async () => {
    await using running = await sharing(platform, order, otherPath('/slow'), { destroyUpgradeTimeout: 1 });
    const socket = new WebSocket(`ws://127.0.0.1:${running.port}/slow`);
    await once(socket, 'open');
    // Ours has been looked after, and ended, by then.
    expect((await upgradeByHand(running, '/nobody')).answer).toBe('');
    socket.send('still here');
    expect(String((await once(socket, 'message'))[0])).toBe('other: still here');
    socket.terminate();
  });

  it('may take its time where nobody destroys upgrades', async () => {
    let answer!: () => void;
    const delay = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const options = { destroyUpgrade: false, destroyUpgradeTimeout: 1 };
    await using running = await sharing(platform, order, otherPath('/slow', delay), options);
    const echoed = echoOf(running, '/slow');
    await servesUs(running);
    answer();
    expect(await echoed).toBe('other: hello');
  });

  it('does not end what belongs to the application when it closes', async () => {
    let ended = 0;
    const running = await sharing(platform, order, (server) => server.on('close', () => ended++));
    await servesUs(running);
    await running.close();
    expect(ended).toBe(1);
  });
});

describe('fastify on every address of a name', () => {
  it.each(transportLists)('is reached over %s on each of them', async (_name, transports) => {
    const running = await startApp({ platform: 'fastify', host: 'localhost', providers: [Gateway] });
    const fastify = running.app.getHttpAdapter().getInstance() as { addresses(): AddressInfo[] };
    const hosts = fastify.addresses().map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address));
    const told: Promise<unknown>[] = [];
    for (const host of hosts) {
      const clients = new Clients(() => `http://${host}:${running.port}`);
      const client = await clients.connect('/', { transports });
      expect(await client.emitWithAck('who')).toBe('we');
      told.push(next(client, 'disconnect'));
      expect((await fetch(`http://${host}:${running.port}${sessionPath('polling')}`)).status).toBe(200);
    }
    expect(hosts).toContain('127.0.0.1');
    await running.app.close();
    await Promise.all(told);
  });
});
