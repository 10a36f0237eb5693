import { describe, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';
import dns from 'node:dns';
import {
  Body,
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  Post,
  type DynamicModule,
  type OnApplicationBootstrap,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  Broadcaster,
  MessageBody,
  PublicNamespace,
  SocketIoModule,
  SubscribeMessage,
  WebSocketGateway,
  type SocketIoModuleOptions,
  type SocketIoOptionsFactory,
} from '../../lib/index.js';
import { Clients } from '../support/clients.js';
import { bootError, RecordingLogger, sessionPath, startApp } from './support.js';

@WebSocketGateway()
@PublicNamespace()
class EchoGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() body: unknown): unknown {
    return body;
  }
}

@Controller('numbers')
class NumbersController {
  @Get()
  all(): number[] {
    return [1, 2];
  }
  @Post()
  add(@Body() body: unknown): unknown {
    return { added: body };
  }
}

@Injectable()
class Config {
  readonly path = '/from-config';
}

@Module({ providers: [Config], exports: [Config] })
class ConfigModule {}

@Injectable()
class OptionsService implements SocketIoOptionsFactory {
  createSocketIoOptions(): SocketIoModuleOptions {
    return { path: '/from-class' };
  }
}

@Injectable()
class ConfiguredOptionsService implements SocketIoOptionsFactory {
  constructor(@Inject(Config) private readonly config: Config) {}
  createSocketIoOptions(): Promise<SocketIoModuleOptions> {
    return Promise.resolve({ path: this.config.path });
  }
}

@Module({ imports: [ConfigModule], providers: [ConfiguredOptionsService], exports: [ConfiguredOptionsService] })
class OptionsModule {}

const asynchronous: [how: string, module: () => DynamicModule, path: string][] = [
  [
    'a factory with what it injects',
    () =>
      SocketIoModule.forRootAsync({
        imports: [ConfigModule],
        inject: [Config],
        useFactory: (config: Config) => ({ path: config.path }),
      }),
    '/from-config',
  ],
  [
    'a factory that takes its time',
    () => SocketIoModule.forRootAsync({ useFactory: () => Promise.resolve({ path: '/later' }) }),
    '/later',
  ],
  ['a class', () => SocketIoModule.forRootAsync({ useClass: OptionsService }), '/from-class'],
  [
    'a class with what it injects',
    () => SocketIoModule.forRootAsync({ imports: [ConfigModule], useClass: ConfiguredOptionsService }),
    '/from-config',
  ],
  [
    'a provider that exists',
    () => SocketIoModule.forRootAsync({ imports: [OptionsModule], useExisting: ConfiguredOptionsService }),
    '/from-config',
  ],
];

describe('SocketIoModule', () => {
  it('takes its options as they are', async () => {
    await using running = await startApp({ providers: [EchoGateway], options: { path: '/live' } });
    const socket = await running.clients.connect('/', { path: '/live' });
    expect(await socket.emitWithAck('echo', 1)).toBe(1);
    expect((await fetch(running.url + sessionPath('polling'))).status).toBe(404);
  });

  it('needs no options', async () => {
    await using running = await startApp({ providers: [EchoGateway], socketIo: SocketIoModule.forRoot() });
    expect(await (await running.clients.connect()).emitWithAck('echo', 1)).toBe(1);
  });

  it.each(asynchronous)('takes its options from %s', async (_how, module, path) => {
    await using running = await startApp({ providers: [EchoGateway], socketIo: module() });
    const socket = await running.clients.connect('/', { path });
    expect(await socket.emitWithAck('echo', 2)).toBe(2);
    expect((await fetch(running.url + sessionPath('polling'))).status).toBe(404);
  });

  it('leaves nothing to a factory that fails but an error at boot', async () => {
    const failing = SocketIoModule.forRootAsync({ useFactory: () => Promise.reject(new Error('no configuration')) });
    expect(await bootError({ socketIo: failing })).toMatchObject({ message: 'no configuration' });
  });

  it('says which ways there are when it is given none', () => {
    expect(() => SocketIoModule.forRootAsync({})).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('useFactory') }),
    );
  });

  it('is global: modules that do not import it broadcast too', async () => {
    @Injectable()
    class News {
      constructor(@Inject(Broadcaster) readonly broadcaster: Broadcaster) {}
    }
    @Module({ providers: [News], exports: [News] })
    class NewsModule {}
    await using running = await startApp({ imports: [NewsModule] });
    const socket = await running.clients.connect();
    socket.on('news', (text: string, ack: (answer: string) => void) => ack(`read ${text}`));
    expect(await running.app.get(News).broadcaster.timeout(4_000).emitWithAck('news', 'it')).toEqual(['read it']);
  });

  it('boots where there is no HTTP server, and broadcasts to nobody', async () => {
    @Module({ imports: [SocketIoModule.forRoot()], providers: [EchoGateway] })
    class WorkerModule {}
    const worker = await NestFactory.createApplicationContext(WorkerModule, { logger: new RecordingLogger() });
    expect(await worker.get(Broadcaster).emitWithAck('anyone')).toEqual([]);
    await worker.close();
    const module = await Test.createTestingModule({ imports: [WorkerModule] }).compile();
    await module.init();
    expect(await module.get(Broadcaster).fetchSockets()).toEqual([]);
    await module.close();
  });
});

describe.each(['express', 'fastify'] as const)('SocketIoModule on %s', (platform) => {
  it('keeps controllers working beside it, before and after clients come', async () => {
    await using running = await startApp({ platform, providers: [EchoGateway], controllers: [NumbersController] });
    const post = async (): Promise<unknown> =>
      (
        await fetch(`${running.url}/numbers`, {
          method: 'POST',
          body: '{"a":1}',
          headers: { 'content-type': 'application/json' },
        })
      ).json();
    expect(await post()).toEqual({ added: { a: 1 } });
    const socket = await running.clients.connect('/', { transports: ['polling'] });
    expect(await socket.emitWithAck('echo', { b: 2 })).toEqual({ b: 2 });
    expect(await (await fetch(`${running.url}/numbers`)).json()).toEqual([1, 2]);
    expect(await post()).toEqual({ added: { a: 1 } });
    expect((await fetch(`${running.url}/socket.io/elsewhere`)).status).toBe(404);
  });

  it('is served where it is, whatever the global prefix', async () => {
    await using running = await startApp({
      platform,
      providers: [EchoGateway],
      controllers: [NumbersController],
      configure: (app) => app.setGlobalPrefix('api'),
    });
    for (const transport of ['polling', 'websocket'] as const) {
      const socket = await running.clients.connect('/', { transports: [transport] });
      expect(await socket.emitWithAck('echo', transport)).toBe(transport);
    }
    expect((await fetch(`${running.url}/api/numbers`)).status).toBe(200);
    expect((await fetch(`${running.url}/api${sessionPath('polling')}`)).status).toBe(404);
  });

  it('lets no client in before every provider is ready', async () => {
    const order: string[] = [];
    @Injectable()
    class Slow implements OnApplicationBootstrap {
      async onApplicationBootstrap(): Promise<void> {
        await new Promise(setImmediate);
        order.push('ready');
      }
    }
    @WebSocketGateway()
    class Gateway {
      handleConnection(): void {
        order.push('connected');
      }
    }
    await using running = await startApp({ platform, providers: [Slow, Gateway] });
    await running.clients.connect();
    expect(order).toEqual(['ready', 'connected']);
  });

  it('is served on every address that a name stands for', async () => {
    await using running = await startApp({ platform, providers: [EchoGateway], host: 'localhost' });
    const addresses = await dns.promises.lookup('localhost', { all: true });
    // Express listens on the first address alone.
    for (const { address, family } of platform === 'fastify' ? addresses : addresses.slice(0, 1)) {
      const clients = new Clients(() => `http://${family === 6 ? `[${address}]` : address}:${running.port}`);
      const socket = await clients.connect();
      expect(await socket.emitWithAck('echo', address)).toBe(address);
      clients.close();
    }
  });
});

// The whole of 127.0.0.0/8 is the machine itself on Linux alone.
(process.platform === 'linux' ? describe : describe.skip)('SocketIoModule on a second address of Fastify', () => {
  const twoAddresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '127.0.0.2', family: 4 },
  ];

  async function startOnTwo(
    options: SocketIoModuleOptions = {},
    controllers: Type[] = [],
  ): ReturnType<typeof startApp> {
    const { lookup } = dns;
    const spy = jest
      .spyOn(dns, 'lookup')
      .mockImplementation(((name: string, how: { all?: boolean }, done: unknown) =>
        how.all === true && name === 'localhost'
          ? process.nextTick(done as (error: null, addresses: unknown) => void, null, twoAddresses)
          : (lookup as (...args: unknown[]) => void)(name, how, done)) as never);
    try {
      const providers = [EchoGateway];
      return await startApp({ platform: 'fastify', providers, controllers, host: 'localhost', options });
    } finally {
      spy.mockRestore();
    }
  }

  it.each(['polling', 'websocket'] as const)('takes clients over %s', async (transport) => {
    await using running = await startOnTwo();
    const clients = new Clients(() => `http://127.0.0.2:${running.port}`);
    const socket = await clients.connect('/', { transports: [transport] });
    expect(await socket.emitWithAck('echo', transport)).toBe(transport);
    clients.close();
  });

  it('serves the files of the client, with its `cors`, unless `serveClient` is off', async () => {
    const ask = (running: { port: number }, file: string): Promise<Response> =>
      fetch(`http://127.0.0.2:${running.port}/socket.io/${file}`, { headers: { origin: 'https://page.test' } });
    await using running = await startOnTwo({ cors: { origin: 'https://page.test' } });
    for (const file of ['socket.io.js', 'socket.io.esm.min.js', 'socket.io.min.js.map']) {
      const { status, headers } = await ask(running, file);
      expect([file, status, headers.get('access-control-allow-origin')]).toEqual([file, 200, 'https://page.test']);
    }
    expect((await ask(running, 'socket.io.other.js')).status).toBe(404);
    expect((await ask(running, 'index.js')).status).toBe(404);
    await using without = await startOnTwo({ serveClient: false });
    expect((await ask(without, 'socket.io.js')).status).toBe(404);
  });

  it('leaves a file of the client to a route of the application, on all addresses', async () => {
    @Controller('socket.io')
    class FileController {
      @Get('socket.io.js')
      file(): string {
        return 'of the application';
      }
    }
    await using running = await startOnTwo({ serveClient: false }, [FileController]);
    for (const address of ['127.0.0.1', '127.0.0.2']) {
      const answer = await fetch(`http://${address}:${running.port}/socket.io/socket.io.js`);
      expect(await answer.text()).toBe('of the application');
    }
  });

  it('serves the path without its slash where that is asked for', async () => {
    await using running = await startOnTwo({ addTrailingSlash: false });
    for (const path of ['/socket.io/', '/socket.io']) {
      const answer = await fetch(`http://127.0.0.2:${running.port}${path}?EIO=4&transport=polling`);
      expect({ path, status: answer.status }).toEqual({ path, status: 200 });
    }
  });
});
