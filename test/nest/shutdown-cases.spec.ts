import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { Injectable, Module, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SubscribeMessage as NestMessage, WebSocketGateway as NestGateway } from '@nestjs/websockets';
import { OnDisconnect, SocketIoModule, SubscribeMessage, WebSocketGateway } from '../../lib/index.js';
import { Clients, next } from '../support/clients.js';
import { Gate, sessionPath, startApp } from './support.js';

const platforms = ['express', 'fastify'] as const;

@WebSocketGateway()
class Echo {
  @SubscribeMessage('echo')
  echo(_socket: unknown, body: unknown): unknown {
    return body;
  }
}

async function freePort(): Promise<number> {
  const reserved = createServer().listen(0, '127.0.0.1');
  await once(reserved, 'listening');
  const { port } = reserved.address() as AddressInfo;
  reserved.close();
  await once(reserved, 'close');
  return port;
}

describe.each(platforms)('SIGTERM to a process with shutdown hooks, on %s', (platform) => {
  it('lets its clients go, waits for the disconnect hooks, and ends it by the signal', async () => {
    const child = spawn(
      process.execPath,
      ['--import', './test/support/run-typescript.mjs', 'test/support/signalled-app.ts', platform],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const exited = once(child, 'exit');
    const port = String((await lines.next()).value).replace('port: ', '');
    const clients = new Clients(() => `http://127.0.0.1:${port}`);
    const client = await clients.connect('/', { transports: ['websocket'] });
    const told = next(client, 'disconnect');
    child.kill('SIGTERM');
    expect((await told)[0]).toBe('transport close');
    expect((await lines.next()).value).toBe('left: server shutting down');
    expect(await exited).toEqual([null, 'SIGTERM']);
  }, 30_000);
});

describe.each(platforms)('app.close() on %s', (platform) => {
  it('with forceCloseConnections lets clients go as without, hooks included', async () => {
    const order: string[] = [];
    @WebSocketGateway()
    class Gateway {
      @OnDisconnect()
      async left(_socket: unknown, reason: string): Promise<void> {
        await new Promise(setImmediate);
        order.push(reason);
      }
    }
    @Module({ imports: [SocketIoModule.forRoot({ defaultAccess: 'allow' })], providers: [Gateway] })
    class App {}
    const options = { logger: false, forceCloseConnections: true } as const;
    const app =
      platform === 'express'
        ? await NestFactory.create(App, options)
        : await NestFactory.create(App, new FastifyAdapter({ forceCloseConnections: true }) as never, options);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const clients = new Clients(() => `http://127.0.0.1:${port}`);
    const sockets = [
      await clients.connect('/', { transports: ['websocket'] }),
      await clients.connect('/', { transports: ['polling'] }),
    ];
    const told = Promise.all(sockets.map((socket) => next(socket, 'disconnect')));
    await app.close();
    expect((await told).map(([reason]) => reason)[0]).toBe('transport close');
    expect(order).toEqual(['server shutting down', 'server shutting down']);
  });

  it('during the start is followed by the end, and neither hangs', async () => {
    const gate = new Gate();
    const reached = new Gate();
    @Injectable()
    class Slow implements OnModuleInit, OnApplicationBootstrap {
      async onModuleInit(): Promise<void> {
        reached.open();
        await gate.opened;
      }
      onApplicationBootstrap(): void {}
    }
    @Module({ imports: [SocketIoModule.forRoot({ defaultAccess: 'allow' })], providers: [Echo, Slow] })
    class App {}
    const app = await NestFactory.create(App, ...((platform === 'express' ? [] : [new FastifyAdapter()]) as []), {
      logger: false,
    });
    const starting = app.init();
    await reached.opened;
    const closing = app.close();
    gate.open();
    await Promise.allSettled([starting, closing]);
    await app.close();
    expect((app.getHttpServer() as HttpServer).listening).toBe(false);
  });

  it('leaves the HTTP server to Nest: it still answers while a disconnect hook runs', async () => {
    const gate = new Gate();
    const entered = new Gate();
    @WebSocketGateway()
    class Gateway {
      @OnDisconnect()
      left(): Promise<void> {
        entered.open();
        return gate.opened;
      }
    }
    const running = await startApp({ platform, providers: [Gateway] });
    await running.clients.connect('/', { transports: ['websocket'] });
    const server = running.app.getHttpServer() as HttpServer;
    const closed = running.app.close();
    await entered.opened;
    expect(server.listening).toBe(true);
    gate.open();
    await closed;
    expect(server.listening).toBe(false);
  });
});

describe.each(platforms)('hot reload on %s', (platform) => {
  it('serves again on the same ports, and leaves no listener, handle or timer behind', async () => {
    const [port, ownPort] = [await freePort(), await freePort()];
    @NestGateway(ownPort)
    class OwnPort {
      @NestMessage('echo')
      echo(_socket: unknown, body: unknown): unknown {
        return body;
      }
    }
    const left: { listeners: unknown; handles: number[] }[] = [];
    for (let round = 0; round < 4; round++) {
      const running = await startApp({
        platform,
        port,
        providers: [Echo, OwnPort],
        configure: (app) => void app.enableShutdownHooks(['SIGUSR2']),
      });
      const own = new Clients(() => `http://127.0.0.1:${ownPort}`);
      for (const clients of [running.clients, own]) {
        const client = await clients.connect('/', { transports: ['websocket'] });
        expect(await client.emitWithAck('echo', round)).toBe(round);
      }
      const server = running.app.getHttpServer() as HttpServer;
      own.close();
      await running.close();
      await expect(fetch(`http://127.0.0.1:${ownPort}${sessionPath('polling')}`)).rejects.toThrow();
      left.push({
        listeners: {
          ofProcess: process.eventNames().map((name) => [name, process.listenerCount(name as never)]),
          upgrades: server.listenerCount('upgrade'),
        },
        handles: ['TCPServerWrap', 'TCPSocketWrap', 'Timeout'].map(
          (kind) => process.getActiveResourcesInfo().filter((each) => each === kind).length,
        ),
      });
    }
    // The first round loads what stays.
    const [, second, third, last] = left;
    expect(last!.listeners).toEqual(second!.listeners);
    // Timers of the platform and of clients may still run behind a round; what stays of each grows with each.
    const most = second!.handles.map((count, index) => Math.max(count, third!.handles[index]!));
    for (const [index, count] of last!.handles.entries()) expect(count).toBeLessThanOrEqual(most[index]!);
  });
});
