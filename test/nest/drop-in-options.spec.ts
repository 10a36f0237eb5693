import { beforeEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Inject, Injectable, type OnModuleDestroy, type Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway, type GatewayMetadata } from '@nestjs/websockets';
import {
  Namespace,
  SocketIoModule,
  WebSocketGateway as OwnGateway,
  type SocketIoModuleOptions,
} from '../../lib/index.js';
import { Clients, next } from '../support/clients.js';
import { bootError, sessionPath, startApp } from './support.js';

/** An untouched gateway with options in its decorator. */
function gatewayOn(port: number, options: GatewayMetadata): new () => object {
  @WebSocketGateway(port, options)
  class Gateway {
    @SubscribeMessage('event')
    event(): string {
      return `port ${port}`;
    }
  }
  return Gateway;
}

async function freePort(): Promise<number> {
  const reserved = createServer().listen(0, '127.0.0.1');
  await once(reserved, 'listening');
  const { port } = reserved.address() as AddressInfo;
  reserved.close();
  await once(reserved, 'close');
  return port;
}

describe('an untouched gateway with a port of its own', () => {
  let port: number;
  const url = (): string => `http://127.0.0.1:${port}`;
  beforeEach(async () => {
    port = await freePort();
  });

  it('is served there, with the options of its decorator, until the application ends', async () => {
    await using running = await startApp({ providers: [gatewayOn(port, { path: '/live', cors: { origin: '*' } })] });
    const clients = new Clients(url);
    const client = await clients.connect('/', { path: '/live' });
    expect(await client.emitWithAck('event')).toBe(`port ${port}`);
    const answer = await fetch(`${url()}/live/?EIO=4&transport=polling`, { headers: { origin: 'https://a.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const elsewhere = await fetch(url() + sessionPath('polling'));
    expect(elsewhere.status).toBe(404);
    const told = next(client, 'disconnect');
    await running.app.close();
    await told;
    clients.close();
    await expect(fetch(url())).rejects.toThrow();
  });

  it('has the options of the module where its decorator says nothing', async () => {
    await using _ = await startApp({
      options: { path: '/module', pingInterval: 1_234, pingTimeout: 999 },
      providers: [gatewayOn(port, { pingTimeout: 4_321 })],
    });
    const opened = await (await fetch(`${url()}/module/?EIO=4&transport=polling`)).text();
    expect(JSON.parse(opened.slice(1))).toMatchObject({ pingInterval: 1_234, pingTimeout: 4_321 });
  });

  it('shares it with gateways that ask for the same', async () => {
    const options = { path: '/live' };
    await using _ = await startApp({
      providers: [gatewayOn(port, options), gatewayOn(port, { ...options, namespace: 'second' })],
    });
    const clients = new Clients(url);
    const second = await clients.connect('/second', options);
    expect(await second.emitWithAck('event')).toBe(`port ${port}`);
    clients.close();
  });

  it('keeps the application from starting when it asks for something else than the first one there', async () => {
    const providers = [gatewayOn(port, { path: '/first' }), gatewayOn(port, { path: '/second' })];
    expect(await bootError({ providers })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: expect.stringMatching(new RegExp(`path on port ${port}`)),
    });
  });

  it('keeps the application from starting when its port is in use', async () => {
    const other = createServer().listen(port);
    await once(other, 'listening');
    const Gateway = gatewayOn(port, {});
    expect(await bootError({ providers: [Gateway] })).toMatchObject({
      code: 'PORT_UNAVAILABLE',
      message: `${Gateway.name} asks for port ${port}, which cannot be listened on: it is in use`,
    });
    other.close();
    await once(other, 'close');
    await using running = await startApp({ providers: [Gateway] });
    expect((await fetch(url() + sessionPath('polling'))).status).toBe(200);
    expect(running.logger.errors).toEqual([]);
  });

  it('is closed when something else keeps the application from starting', async () => {
    const Gateway = gatewayOn(port, {});
    @OwnGateway({ namespace: '/a' })
    @Namespace('/b')
    class Contradicting {}
    await expect(listeningAfterFailure([Gateway, Contradicting])).rejects.toThrow('fetch failed');
  });

  /** The answer of the port when an application could not start and nobody has closed it. */
  async function listeningAfterFailure(providers: Provider[]): Promise<Response> {
    const module = await Test.createTestingModule({ imports: [SocketIoModule.forRoot()], providers }).compile();
    await expect(module.createNestApplication({ logger: false }).init()).rejects.toThrow();
    return fetch(url() + sessionPath('polling'));
  }

  it.each([true, false])('serves the browser files where its decorator says so: %s', async (serveClient) => {
    await using _ = await startApp({ providers: [gatewayOn(port, { serveClient })] });
    expect((await fetch(`${url()}/socket.io/socket.io.js`)).status).toBe(serveClient ? 200 : 404);
  });

  it('is named, with the first one there, when both ask for different things in one namespace', async () => {
    @WebSocketGateway(port, { cors: { origin: 'https://a.example' } })
    class Prices {}
    @WebSocketGateway(port, { cors: { origin: 'https://b.example' } })
    class News {}
    @WebSocketGateway(port, { serveClient: false })
    class Files {}
    expect(await bootError({ providers: [Prices, News] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      // Which of them comes first is for Nest to say.
      message: expect.stringMatching(new RegExp(`^(?:News asks .* as Prices wants|Prices asks .* as News wants) it`)),
    });
    expect(await bootError({ providers: [Prices, Files] })).toMatchObject({
      message: expect.stringMatching(/^(Files|Prices) asks for its own .* on port/),
    });
  });

  it('has its providers when it hears of the shutdown', async () => {
    let wasThere: boolean | undefined;
    @Injectable()
    class Database implements OnModuleDestroy {
      isOpen = true;
      onModuleDestroy(): void {
        this.isOpen = false;
      }
    }
    @WebSocketGateway(port)
    class Gateway {
      constructor(@Inject(Database) private readonly database: Database) {}
      handleDisconnect(): void {
        wasThere = this.database.isOpen;
      }
    }
    const running = await startApp({ providers: [Database, Gateway] });
    const clients = new Clients(url);
    const client = await clients.connect();
    const told = next(client, 'disconnect');
    await running.app.close();
    await told;
    expect(wasThere).toBe(true);
  });
});

describe("an untouched gateway on the application's port", () => {
  it('has the options of its decorator where the module says nothing', async () => {
    const Gateway = gatewayOn(0, { path: '/live', cors: { origin: 'https://a.example' }, serveClient: false });
    await using running = await startApp({ providers: [Gateway, gatewayOn(0, { path: '/live' })] });
    const client = await running.clients.connect('/', { path: '/live' });
    expect(await client.emitWithAck('event')).toBe('port 0');
    const url = `${running.url}/live/?EIO=4&transport=polling`;
    const answer = await fetch(url, { headers: { origin: 'https://a.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://a.example');
    expect((await fetch(`${running.url}/live/socket.io.js`)).status).toBe(404);
  });

  it('is named when it wants something else than the first one', async () => {
    @WebSocketGateway({ cors: { origin: 'https://a.example' } })
    class Prices {}
    @WebSocketGateway({ namespace: 'news', cors: { origin: 'https://b.example' } })
    class News {}
    expect(await bootError({ providers: [Prices, News] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: expect.stringMatching(/^News asks for its own cors on the application's port/),
    });
  });

  it.each<[what: string, asked: GatewayMetadata, module: SocketIoModuleOptions]>([
    ['a path', { path: '/live' }, { path: '/elsewhere' }],
    ['cors', { cors: { origin: 'https://a.example' } }, { cors: { origin: 'https://b.example' } }],
    [
      'who is let in',
      { allowRequest: (_request, done) => done(null, false) },
      { allowRequest: (_, done) => done(null, true) },
    ],
    ['no browser files', { serveClient: false }, { serveClient: true }],
    ['a namespace and transports', { namespace: 'chat', transports: ['websocket'] }, { transports: ['polling'] }],
  ])('keeps the application from starting when it asks for %s of its own', async (_what, asked, options) => {
    const { namespace: _namespace, ...conflicting } = asked;
    expect(await bootError({ options, providers: [gatewayOn(0, asked)] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: expect.stringContaining(`its own ${Object.keys(conflicting).join()} on the application's port`),
    });
  });

  it.each<[what: string, asked: GatewayMetadata, module: SocketIoModuleOptions]>([
    ['what the module says', { cors: { origin: ['https://a.example'] } }, { cors: { origin: ['https://a.example'] } }],
    ['a default', { path: '/socket.io/', pingInterval: 25_000, connectTimeout: 45_000 }, { pingInterval: undefined }],
    ['that something is off', { serveClient: false, allowEIO3: false }, { serveClient: false }],
    ['that something is on', { serveClient: true, destroyUpgrade: true, httpCompression: true }, {}],
  ])('may say %s', async (_what, asked, options) => {
    await using running = await startApp({ options, providers: [gatewayOn(0, { ...asked, namespace: 'chat' })] });
    expect(await (await running.clients.connect('/chat')).emitWithAck('event')).toBe('port 0');
  });
});
