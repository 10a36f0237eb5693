import { afterEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Module } from '@nestjs/common';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import express from 'express';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { io } from 'socket.io-client';
import { SocketIoModule, SOCKET_IO_SERVER, SubscribeAck, WebSocketGateway, type Server } from '../../lib/index.js';
import { transportLists } from '../support/clients.js';
import { startApp, type TestApp } from './support.js';

@WebSocketGateway()
class Gateway {
  @SubscribeAck('hi')
  hi(): string {
    return 'there';
  }
}

let app: TestApp | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

describe("attach: 'middleware'", () => {
  it.each(transportLists)('serves clients over %s', async (_name, transports) => {
    app = await startApp({ options: { attach: 'middleware' }, providers: [Gateway] });
    const client = await app.clients.connect('/', { transports });
    expect(await client.emitWithAck('hi')).toEqual({ ok: true, data: 'there' });
  });

  it('has requests pass the middlewares of the application first', async () => {
    const passed: string[] = [];
    const configure = (nest: TestApp['app']): void => {
      nest.enableCors({ origin: 'https://page.test' });
      nest.use((request: IncomingMessage, _response: ServerResponse, next: () => void) => {
        passed.push(request.url!);
        next();
      });
    };
    app = await startApp({ options: { attach: 'middleware' }, providers: [Gateway], configure });
    const answer = await fetch(`${app.url}/socket.io/?EIO=4&transport=polling`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://page.test');
    expect(passed).toEqual(['/socket.io/?EIO=4&transport=polling']);
    const [conn] = Object.values(app.app.get<Server>(SOCKET_IO_SERVER).engine.clients);
    expect(conn!.request!.url).toBe('/socket.io/?EIO=4&transport=polling');
    await app.close();

    passed.length = 0;
    app = await startApp({ providers: [Gateway], configure });
    const past = await fetch(`${app.url}/socket.io/?EIO=4&transport=polling`);
    expect(past.headers.get('access-control-allow-origin')).toBeNull();
    expect(passed).toEqual([]);
  });

  it('leaves other paths to the application', async () => {
    app = await startApp({ options: { attach: 'middleware' }, providers: [Gateway] });
    expect((await fetch(`${app.url}/socket.io/other?EIO=4&transport=polling`)).status).toBe(404);
    expect((await fetch(`${app.url}/socket.io?EIO=4&transport=polling`)).status).toBe(404);
  });
});

describe('earlyClients', () => {
  @Injectable()
  class Slow implements OnModuleInit {
    static finish: () => void;
    static reached: () => void;
    async onModuleInit(): Promise<void> {
      Slow.reached();
      await new Promise<void>((resolve) => {
        Slow.finish = resolve;
      });
    }
  }

  /** An application on an HTTP server that listens already, stopped in the middle of its start. */
  async function startSlowly(earlyClients: 'reject' | 'hold' | undefined) {
    @Module({
      imports: [
        SocketIoModule.forRoot({ defaultAccess: 'allow', ...(earlyClients !== undefined && { earlyClients }) }),
      ],
    })
    class App {}
    // Its hook comes behind that of the modules it imports.
    @Module({ imports: [App], providers: [Slow, Gateway] })
    class Root {}
    const handler = express();
    const nest = await NestFactory.create(Root, new ExpressAdapter(handler), { logger: false });
    const server = nest.getHttpServer() as ReturnType<typeof createServer>;
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const reached = new Promise<void>((resolve) => {
      Slow.reached = resolve;
    });
    const started = nest.init();
    await reached;
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { nest, url, started };
  }

  it.each(['reject', undefined] as const)('%s: they are refused until the application has started', async (policy) => {
    const { nest, url, started } = await startSlowly(policy);
    const early = await fetch(`${url}/socket.io/?EIO=4&transport=polling`);
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1']);
    Slow.finish();
    await started;
    expect((await fetch(`${url}/socket.io/?EIO=4&transport=polling`)).status).toBe(200);
    await nest.close();
  });

  it('hold: they are let in as soon as it has', async () => {
    const { nest, url, started } = await startSlowly('hold');
    const client = io(url, { transports: ['websocket'], forceNew: true });
    const server = nest.get<Server>(SOCKET_IO_SERVER);
    const asked = new Promise<void>((resolve) => {
      nest.getHttpServer().once('upgrade', () => resolve());
    });
    await asked;
    expect(server.engine.clientsCount).toBe(0);
    Slow.finish();
    await started;
    expect(await client.timeout(2_000).emitWithAck('hi')).toEqual({ ok: true, data: 'there' });
    client.disconnect();
    await nest.close();
  });
});
