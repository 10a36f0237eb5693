import { beforeEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Global, Inject, Injectable, Module, type OnModuleDestroy, type Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { WebSocketGateway as NestGateway, WebSocketServer as NestServer } from '@nestjs/websockets';
import { InMemoryAdapter, type BroadcastOptions } from '../../lib/adapter/index.js';
import { Broadcaster, EmitterModule, SOCKET_ADAPTER, SocketIoModule } from '../../lib/index.js';
import type { Packet } from '../../lib/protocol/index.js';
import type { AdapterConstructor, Server } from '../../lib/server/index.js';
import { freePort } from '../support/cluster-process.js';
import { bootError, RecordingLogger, startApp } from './support.js';

const log: unknown[] = [];
beforeEach(() => {
  log.length = 0;
});

/** Stands for the client of a bus, which an application makes once and injects. */
@Injectable()
class Bus implements OnModuleDestroy {
  static async connect(): Promise<Bus> {
    log.push('connected');
    return new Bus();
  }
  publish(event: unknown): void {
    log.push(event);
  }
  onModuleDestroy(): void {
    log.push('bus closed');
  }
}

/** Makes adapters as published packages do: of clients, for each namespace. */
function createAdapter(bus: Bus, answers: () => Promise<number> = async () => 1): AdapterConstructor {
  return class extends InMemoryAdapter {
    override broadcast(packet: Packet, options: BroadcastOptions): void {
      bus.publish((packet.data as unknown[])[0]);
      super.broadcast(packet, options);
    }
    override serverCount(): Promise<number> {
      return answers();
    }
    override close(): void {
      log.push('adapter closed');
    }
  };
}

const bus: Provider = { provide: Bus, useFactory: () => Bus.connect() };
const adapter: Provider = {
  provide: SOCKET_ADAPTER,
  inject: [Bus],
  useFactory: (client: Bus) => createAdapter(client),
};

@Module({ providers: [bus, adapter], exports: [Bus, SOCKET_ADAPTER] })
class BusModule {}

@Global()
@Module({ imports: [BusModule], exports: [BusModule] })
class GlobalBusModule {}

describe('the adapter of an application', () => {
  it.each([
    [
      'the option, made with an injected client',
      SocketIoModule.forRootAsync({
        imports: [BusModuleWithoutAdapter()],
        inject: [Bus],
        useFactory: (client: Bus) => ({ adapter: createAdapter(client) }),
      }),
      [],
    ],
    [
      'the option, which injects',
      SocketIoModule.forRoot({
        adapter: { imports: [BusModuleWithoutAdapter()], inject: [Bus], useFactory: createAdapter },
      }),
      [],
    ],
    [
      'a provider of a module that forRootAsync() imports',
      SocketIoModule.forRootAsync({ imports: [BusModule], useFactory: () => ({}) }),
      [],
    ],
    ['a provider of a global module', SocketIoModule.forRoot(), [GlobalBusModule]],
  ])('is %s, and is closed before its client', async (_how, socketIo, imports) => {
    const running = await startApp({ socketIo, imports });
    running.app.get(Broadcaster).emit('news');
    expect(log).toEqual(['connected', 'news']);
    await running.close();
    expect(log.slice(2)).toEqual(['adapter closed', 'bus closed']);
  });

  it.each<[what: string, provider: Provider, message: string]>([
    [
      'cannot be made',
      { provide: SOCKET_ADAPTER, useFactory: () => Promise.reject(new Error('ECONNREFUSED')) },
      'ECONNREFUSED',
    ],
    [
      'has a bus that fails',
      { provide: SOCKET_ADAPTER, useValue: createAdapter(new Bus(), () => Promise.reject(new Error('ECONNREFUSED'))) },
      'The adapter does not work: ECONNREFUSED; see whether its bus can be reached',
    ],
    [
      'has a bus that does not answer',
      { provide: SOCKET_ADAPTER, useValue: createAdapter(new Bus(), () => new Promise(() => {})) },
      'The adapter does not work: it has not answered within 20 ms; see whether its bus can be reached',
    ],
    [
      'fails to start',
      {
        provide: SOCKET_ADAPTER,
        useValue: class extends InMemoryAdapter {
          override async init(): Promise<void> {
            throw new Error('NOAUTH');
          }
        },
      },
      'The adapter does not work: NOAUTH; see whether its bus can be reached',
    ],
  ])('keeps the application from starting when it %s', async (_what, provider, message) => {
    const error = await bootError({
      socketIo: SocketIoModule.forRootAsync({
        imports: [{ module: class AdapterModule {}, providers: [provider], exports: [SOCKET_ADAPTER] }],
        useFactory: () => ({ adapterTimeout: 20 }),
      }),
    });
    expect(error).toMatchObject({ message });
  });

  it('is one: a second keeps the application from starting, and both are named', async () => {
    const twice = { options: { adapter: InMemoryAdapter }, imports: [GlobalBusModule] };
    expect(await bootError(twice)).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('the option `adapter` and SOCKET_ADAPTER of BusModule give one each'),
    });
    @Module({ providers: [{ provide: SOCKET_ADAPTER, useValue: InMemoryAdapter }] })
    class OtherModule {}
    expect(await bootError({ imports: [GlobalBusModule, OtherModule] })).toMatchObject({
      message: expect.stringMatching(/SOCKET_ADAPTER of (BusModule and SOCKET_ADAPTER of OtherModule|OtherModule and)/),
    });
  });

  it('is not passed over where its module is out of sight', async () => {
    @Module({ providers: [{ provide: SOCKET_ADAPTER, useValue: InMemoryAdapter }], exports: [SOCKET_ADAPTER] })
    class OutOfSightModule {}
    expect(await bootError({ imports: [OutOfSightModule] })).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('SOCKET_ADAPTER of OutOfSightModule is undefined, or out of sight'),
    });
  });

  it('is that of gateways of @nestjs/websockets with a port of their own, too', async () => {
    @NestGateway(await freePort())
    class Gateway {
      @NestServer() server!: Server;
    }
    await using running = await startApp({ imports: [GlobalBusModule], providers: [Gateway] });
    running.app.get(Gateway).server.emit('news');
    expect(log).toEqual(['connected', 'news']);
  });

  it('is that of workers that only broadcast, too', async () => {
    @Injectable()
    class Worker {
      constructor(@Inject(Broadcaster) readonly broadcaster: Broadcaster) {}
    }
    const start = async (imports: (new () => object)[]): Promise<() => Promise<void>> => {
      const app = await Test.createTestingModule({
        imports: [EmitterModule.forRoot(), ...imports],
        providers: [Worker],
      })
        .setLogger(new RecordingLogger())
        .compile();
      await app.init();
      app.get(Worker).broadcaster.emit('news');
      return () => app.close();
    };
    const close = await start([GlobalBusModule]);
    await close();
    const injected = { imports: [BusModuleWithoutAdapter()], inject: [Bus], useFactory: createAdapter };
    const other = await Test.createTestingModule({ imports: [EmitterModule.forRoot({ adapter: injected })] })
      .setLogger(new RecordingLogger())
      .compile();
    await other.init();
    other.get(Broadcaster).emit('injected');
    await other.close();
    expect(log).toContain('injected');
    expect(log).toContain('news');
    await expect(start([])).rejects.toThrow('EmitterModule needs the adapter of the nodes that have the clients');
    const silent = createAdapter(new Bus(), () => new Promise(() => {}));
    const app = await Test.createTestingModule({
      imports: [EmitterModule.forRoot({ adapter: silent, adapterTimeout: 20 })],
    }).compile();
    await expect(app.init()).rejects.toMatchObject({ code: 'ADAPTER_FAILED' });
  });

  it('is closed with an application that does not start without it', async () => {
    const silent = createAdapter(new Bus(), () => new Promise(() => {}));
    const options = { adapter: silent, adapterTimeout: 20 };
    for (const module of [EmitterModule.forRoot(options), SocketIoModule.forRoot(options)]) {
      log.length = 0;
      const app = await Test.createTestingModule({ imports: [module] })
        .setLogger(new RecordingLogger())
        .compile();
      await expect(app.createNestApplication().init()).rejects.toMatchObject({ code: 'ADAPTER_FAILED' });
      expect(log).toEqual(['adapter closed']);
    }
  });
});

function BusModuleWithoutAdapter() {
  return { module: class PlainBusModule {}, providers: [bus], exports: [Bus] };
}
