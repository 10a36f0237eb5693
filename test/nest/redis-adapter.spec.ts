import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';
import { Module, type DynamicModule, type OnModuleDestroy, type Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Redis } from 'ioredis';
import { redisAdapter, type RedisAdapterOptions } from '../../lib/cluster/redis/index.js';
import {
  Broadcaster,
  EmitterModule,
  OnDisconnect,
  SOCKET_ADAPTER,
  SocketIoHealthIndicator,
  SocketIoModule,
  WebSocketGateway,
  type SocketIoHealth,
} from '../../lib/index.js';
import { eventually } from '../interop/published-adapters/cluster.js';
import { Reroute } from '../interop/published-adapters/reroute.js';
import { next } from '../support/clients.js';
import { debian, describeWith } from '../support/debian.js';
import { startRedis, type Redis as RedisDaemon } from '../support/redis.js';
import { bootError, RecordingLogger, startApp, type TestApp, type TestAppOptions } from './support.js';

/** An injected client, which the application closes. */
class RedisClient extends Redis implements OnModuleDestroy {
  onModuleDestroy(): void {
    this.disconnect();
  }
}

@WebSocketGateway()
class Leaving {
  constructor(readonly broadcaster: Broadcaster) {}

  @OnDisconnect()
  onDisconnect(): void {
    this.broadcaster.emit('someone left');
  }
}
Reflect.defineMetadata('design:paramtypes', [Broadcaster], Leaving);

describeWith([debian.redis], 'an application with redisAdapter()', () => {
  let redis: RedisDaemon;
  let reroute: Reroute;
  /** Where Redis is, past what the tests cut. */
  let via: string;
  const running: TestApp[] = [];
  jest.setTimeout(60_000);

  beforeAll(async () => {
    redis = await startRedis();
    reroute = await Reroute.start();
    via = `redis://127.0.0.1:${new URL(reroute.url).port}`;
  });

  afterEach(async () => {
    reroute.resume();
    lead();
    await Promise.all(running.splice(0).map((app) => app.close()));
  });

  afterAll(async () => {
    await reroute?.stop();
    await redis?.stop();
  });

  const lead = (): void => reroute.lead(`http://127.0.0.1:${redis.port}`);
  const start = async (options: TestAppOptions): Promise<TestApp> => {
    const app = await startApp(options);
    running.push(app);
    return app;
  };
  const healthOf = async ({ app }: TestApp): Promise<SocketIoHealth> =>
    (await app.get(SocketIoHealthIndicator).isHealthy())['socket.io'];

  /** What injects a client that has a name, and connects to a port. */
  const clientOf = (name: string, port = (): number => redis.port): Provider => ({
    provide: RedisClient,
    useFactory: () => new RedisClient(port(), '127.0.0.1', { connectionName: name, lazyConnect: false }),
  });
  const moduleOf = (providers: Provider[], exported: NonNullable<DynamicModule['exports']>): DynamicModule => {
    @Module({})
    class RedisModule {}
    return { module: RedisModule, providers, exports: exported };
  };
  const adapterOf = (client: RedisClient, options: RedisAdapterOptions = {}) => redisAdapter({ client, ...options });

  /** The three ways to give the module its adapter, each with connections of one name. */
  const ways: [how: string, socketIo: (name: string) => DynamicModule][] = [
    [
      'as an option of forRoot()',
      (name) =>
        SocketIoModule.forRoot({
          defaultAccess: 'allow',
          adapter: redisAdapter({ connection: { port: redis.port, host: '127.0.0.1', connectionName: name } }),
        }),
    ],
    [
      'as an option of forRootAsync(), with an injected client',
      (name) =>
        SocketIoModule.forRootAsync({
          imports: [moduleOf([clientOf(name)], [RedisClient])],
          inject: [RedisClient],
          useFactory: (client: RedisClient) => ({ adapter: adapterOf(client), defaultAccess: 'allow' }),
        }),
    ],
    [
      'as the provider SOCKET_ADAPTER, with an injected client',
      (name) => {
        const useFactory = (client: RedisClient) => adapterOf(client);
        const adapter: Provider = { provide: SOCKET_ADAPTER, inject: [RedisClient], useFactory };
        const module = moduleOf([clientOf(name), adapter], [SOCKET_ADAPTER]);
        return SocketIoModule.forRootAsync({ imports: [module], useFactory: () => ({ defaultAccess: 'allow' }) });
      },
    ],
  ];

  it.each(ways)(
    'reaches other nodes as soon as it listens, and closes all after its clients left: %s',
    async (_how, socketIo) => {
      const name = `app-${Math.random().toString(36).slice(2)}`;
      const other = await start({ options: { adapter: redisAdapter({ url: `redis://127.0.0.1:${redis.port}` }) } });
      const there = await other.clients.connect('/');
      const app = await startApp({ socketIo: socketIo(name), providers: [Leaving] });
      // No heartbeat is waited for: it listens to Redis already.
      const client = await app.clients.connect('/');
      const told = next(client, 'news');
      other.app.get(Broadcaster).emit('news', 1);
      expect(await told).toEqual([1]);
      expect(await healthOf(app)).toEqual({ status: 'up', clients: 1, servers: 2, failedPublishes: 0 });

      const left = next(there, 'someone left');
      await app.app.close();
      await left;
      expect(await healthOf(other)).toMatchObject({ status: 'up', servers: 1 });
      const inspect = new Redis(redis.port, '127.0.0.1');
      await eventually('its connections are closed', async () => !String(await inspect.client('LIST')).includes(name));
      inspect.disconnect();
    },
  );

  it('lets nobody in before Redis is reached', async () => {
    lead();
    reroute.freeze();
    let isStarted = false;
    const starting = start({ options: { adapter: redisAdapter({ url: via }) } }).then((app) => {
      isStarted = true;
      return app;
    });
    // Longer than it takes without Redis in its way.
    const unhindered = await start({ options: { adapter: redisAdapter({ url: `redis://127.0.0.1:${redis.port}` }) } });
    expect([await healthOf(unhindered), isStarted]).toMatchObject([{ status: 'up', servers: 1 }, false]);
    reroute.resume();
    expect(await healthOf(await starting)).toMatchObject({ status: 'up', servers: 2 });
  });

  it.each<[how: string, socketIo: () => DynamicModule]>([
    [
      'refuses connections',
      () => SocketIoModule.forRoot({ adapter: redisAdapter({ url: 'redis://127.0.0.1:1', connectTimeout: 300 }) }),
    ],
    [
      'refuses an injected client',
      () =>
        SocketIoModule.forRootAsync({
          imports: [moduleOf([clientOf('refused', () => 1)], [RedisClient])],
          inject: [RedisClient],
          useFactory: (client: RedisClient) => {
            client.on('error', () => {});
            return { adapter: adapterOf(client, { connectTimeout: 300 }) };
          },
        }),
    ],
  ])('does not start when Redis %s, and says why', async (_how, socketIo) => {
    expect(await bootError({ socketIo: socketIo() })).toMatchObject({
      code: 'ADAPTER_FAILED',
      message: expect.stringMatching(
        /Redis did not answer in 300 ms: .*ECONNREFUSED.*see whether its bus can be reached/,
      ),
    });
  });

  it('does not start when Redis hangs, or wants a password', async () => {
    lead();
    reroute.freeze();
    const hanging = { adapter: redisAdapter({ url: via, connectTimeout: 300 }) };
    expect(await bootError({ options: hanging })).toMatchObject({
      code: 'ADAPTER_FAILED',
      message: expect.stringContaining('Redis did not answer in 300 ms'),
    });
    const locked = await startRedis(['--requirepass', 'secret']);
    const url = `redis://127.0.0.1:${locked.port}`;
    expect(await bootError({ options: { adapter: redisAdapter({ url, connectTimeout: 300 }) } })).toMatchObject({
      code: 'ADAPTER_FAILED',
      message: expect.stringContaining('NOAUTH'),
    });
    await locked.stop();
  });

  it('goes on without Redis, says so, and works again by itself', async () => {
    lead();
    const app = await start({ options: { adapter: redisAdapter({ url: via }) } });
    const other = await start({ options: { adapter: redisAdapter({ url: `redis://127.0.0.1:${redis.port}` }) } });
    const [here, there] = [await app.clients.connect('/'), await other.clients.connect('/')];
    reroute.cut();
    await eventually('it is told', async () => (await healthOf(app)).status === 'down');
    expect((await healthOf(other)).status).toBe('up');
    const local = next(here, 'local');
    app.app.get(Broadcaster).emit('local');
    await local;
    lead();
    await eventually('it is up', async () => (await healthOf(app)).status === 'up');
    const back = next(there, 'back');
    const pause = setInterval(() => app.app.get(Broadcaster).emit('back'), 20);
    await back;
    clearInterval(pause);
  });

  it('is reached by a worker without a server, which starts, fails and ends in the same way', async () => {
    const url = `redis://127.0.0.1:${redis.port}`;
    const app = await start({ options: { adapter: redisAdapter({ url }) } });
    const client = await app.clients.connect('/');
    const create = async (adapter: ReturnType<typeof redisAdapter>) =>
      Test.createTestingModule({ imports: [EmitterModule.forRoot({ adapter })] })
        .setLogger(new RecordingLogger())
        .compile();
    const working = await (await create(redisAdapter({ url }))).init();
    const told = next(client, 'news');
    working.get(Broadcaster).emit('news', 1);
    expect(await told).toEqual([1]);
    await working.close();
    await eventually('it has left', async () => (await healthOf(app)).servers === 1);
    const failing = await create(redisAdapter({ url: 'redis://127.0.0.1:1', connectTimeout: 300 }));
    await expect(failing.init()).rejects.toMatchObject({
      code: 'ADAPTER_FAILED',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    // Nest 11 closes no application that has not started.
    await failing.close().catch(() => {});
  });
});
