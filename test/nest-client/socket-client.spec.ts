import { Injectable, Module, type Provider } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { request, type EventsOf, type Socket } from '../../lib/client/node/index.js';
import {
  Broadcaster,
  ConnectedSocket,
  MessageBody,
  SOCKET_IO_SERVER,
  SubscribeAck,
  WebSocketGateway,
  type Server,
  type Socket as ServerSocket,
} from '../../lib/index.js';
import {
  InjectSocket,
  OnServerConnect,
  OnServerDisconnect,
  OnServerEvent,
  SocketClientHealthIndicator,
  SocketClientModule,
  socketToken,
  type SocketClientModuleOptions,
} from '../../lib/nest-client/index.js';
import { startApp, type TestApp } from '../nest/support.js';
import { until } from '../support/waiting.js';
import { consume, type Consumer } from './support.js';

@WebSocketGateway({ namespace: '/orders' })
class OrdersGateway {
  @SubscribeAck()
  price(@ConnectedSocket() _socket: ServerSocket, @MessageBody() article: string): number {
    return article.length;
  }
}

@Injectable()
class Shop {
  readonly seen: unknown[] = [];
  release: (() => void) | undefined;

  constructor(@InjectSocket('/orders') readonly orders: Socket<Record<never, never>, EventsOf<OrdersGateway>>) {}

  @OnServerConnect({ namespace: '/orders' })
  connected(): void {
    this.seen.push('connected');
  }

  @OnServerDisconnect({ namespace: '/orders' })
  disconnected(reason: string): void {
    this.seen.push(reason);
  }

  @OnServerEvent('stock', { namespace: '/orders' })
  async stock(article: string): Promise<number> {
    if (article === 'nothing') throw new Error('of the inside');
    return article.length;
  }

  @OnServerEvent('count', { namespace: '/orders' })
  @OnServerEvent('tally', { namespace: '/orders' })
  count(...args: unknown[]): void {
    this.seen.push(args);
  }

  @OnServerEvent('slow', { namespace: '/orders' })
  slow(): Promise<string> {
    return new Promise((resolve) => {
      this.release = () => resolve('done');
    });
  }
}

describe('SocketClientModule', () => {
  let server: TestApp;
  let consumers: Consumer[];
  const options = (more: Partial<SocketClientModuleOptions> = {}): SocketClientModuleOptions => ({
    url: server.url,
    namespaces: ['/orders'],
    transports: ['websocket'],
    startTimeout: 2_000,
    reconnectionDelay: 10,
    reconnectionDelayMax: 20,
    ...more,
  });
  const start = async (
    more?: Partial<SocketClientModuleOptions>,
    providers: Provider[] = [Shop],
  ): Promise<Consumer> => {
    const consumer = await consume([SocketClientModule.forRoot(options(more))], providers);
    consumers.push(consumer);
    return consumer;
  };
  const orders = (): ReturnType<Broadcaster['of']> => server.app.get(Broadcaster).of('/orders');

  beforeEach(async () => {
    consumers = [];
    server = await startApp({ providers: [OrdersGateway] });
  });

  afterEach(async () => {
    for (const each of consumers) await each.close();
    await server.close();
  });

  it('is connected when the application has started, where it waits', async () => {
    const consumer = await start();
    const shop = consumer.get<Shop>(Shop);
    expect(shop.orders.connected).toBe(true);
    expect(await request(shop.orders, 'price', 'soap')).toBe(4);
    expect(shop.seen).toEqual(['connected']);
  });

  it('answers the server with what a handler returns', async () => {
    await start();
    expect(await orders().timeout(1_000).emitWithAck('stock', 'soap')).toEqual([4]);
  });

  it('answers 500 for what a handler throws, and logs it with a code', async () => {
    const { logger } = await start();
    expect(await orders().timeout(1_000).emitWithAck('stock', 'nothing')).toEqual([
      { status: 500, message: 'Internal server error' },
    ]);
    expect(logger.errors[0]![0]).toBe('SERVER_EVENT_FAILED: Shop.stock(), "stock" of /orders, failed: of the inside');
  });

  it("tells onError of it instead, whose own errors are nobody's", async () => {
    const codes: string[] = [];
    const { logger } = await start({
      onError: ({ code }) => {
        codes.push(code);
        throw new Error('once more');
      },
    });
    await orders().timeout(1_000).emitWithAck('stock', 'nothing');
    expect(codes).toEqual(['SERVER_EVENT_FAILED']);
    expect(logger.errors).toEqual([]);
  });

  it('calls a method for each event it is decorated with', async () => {
    const consumer = await start();
    orders().emit('count', 1, 2);
    orders().emit('tally');
    await until(() => consumer.get<Shop>(Shop).seen.length === 3);
    expect(consumer.get<Shop>(Shop).seen.slice(1)).toEqual([[1, 2], []]);
  });

  it('gets what was sent reliably while it was away, where it is told to', async () => {
    await server.close();
    server = await startApp({ options: { reliableDelivery: true }, providers: [OrdersGateway] });
    const io = server.app.get<Server>(SOCKET_IO_SERVER);
    io.of('/orders').on('connection', (socket) => void socket.join('r'));
    const saved = new Map<string, string>();
    const storage = {
      getItem: (key: string) => saved.get(key) ?? null,
      setItem: (key: string, value: string) => void saved.set(key, value),
    };
    const consumer = await start({ reliable: { storage, storageKey: 'a:' } });
    const { seen } = consumer.get<Shop>(Shop);
    await orders().to('r').emitReliable('count', 1);
    await until(() => seen.length === 2);
    for (const socket of io.of('/orders').sockets.values()) socket.conn.close();
    await orders().to('r').emitReliable('count', 2);
    await until(() => seen.some((each) => Array.isArray(each) && each[0] === 2));
    expect(seen.filter((each) => Array.isArray(each))).toEqual([[1], [2]]);
    await consumer.close();
    expect([...saved.keys()]).toEqual(['a:/orders']);
  });

  it('tells of a lost connection, and of the next one', async () => {
    const consumer = await start();
    const { seen } = consumer.get<Shop>(Shop);
    const io = server.app.get<Server>(SOCKET_IO_SERVER);
    for (const socket of io.of('/orders').sockets.values()) socket.conn.close();
    await until(() => seen.length === 3);
    expect(seen).toEqual(['connected', 'transport close', 'connected']);
  });

  it('answers what runs before it leaves, and then tells why', async () => {
    const consumer = await start();
    const shop = consumer.get<Shop>(Shop);
    const answered = orders().timeout(2_000).emitWithAck('slow');
    await until(() => shop.release !== undefined);
    consumers.length = 0;
    const closed = consumer.close();
    shop.release!();
    expect(await answered).toEqual(['done']);
    await closed;
    expect(shop.seen).toEqual(['connected', 'io client disconnect']);
  });

  it('does not wait for handlers longer than closeTimeout', async () => {
    const consumer = await start({ closeTimeout: 20 });
    const shop = consumer.get<Shop>(Shop);
    orders().emit('slow');
    await until(() => shop.release !== undefined);
    consumers.length = 0;
    const begin = performance.now();
    await consumer.close();
    expect(performance.now() - begin).toBeLessThan(1_000);
    expect(shop.orders.connected).toBe(false);
  });

  it('connects behind the start where it does not wait, and says what its health is', async () => {
    const consumer = await start({ startTimeout: undefined });
    const health = consumer.get<SocketClientHealthIndicator>(SocketClientHealthIndicator);
    expect(health.isHealthy()).toEqual({ 'socket-client': { status: 'down', namespaces: { '/orders': false } } });
    await until(() => health.isHealthy('orders').orders.status === 'up');
  });

  it('starts without its server, logs that once, and goes on trying', async () => {
    const { logger } = await start({ url: 'http://127.0.0.1:1', startTimeout: undefined });
    await until(() => logger.warnings.length > 0);
    expect(logger.warnings).toEqual([
      ['/orders cannot be connected to: websocket error; it is tried again', 'SocketClient:default'],
    ]);
  });

  it('does not start without its server where it waits', async () => {
    await expect(start({ url: 'http://127.0.0.1:1', startTimeout: 50 })).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: 'SocketClient "default" was not let into /orders within 50 ms',
    });
  });

  it('does not start when a namespace refuses it', async () => {
    server.app
      .get<Server>(SOCKET_IO_SERVER)
      .of('/orders')
      .use((_socket, next) => next(new Error('members only')));
    await expect(start()).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: 'SocketClient "default" is refused by /orders: members only',
    });
  });

  it('is there several times, under different names, with options of a factory', async () => {
    @Module({ providers: [{ provide: 'URL', useFactory: () => server.url }], exports: ['URL'] })
    class Addresses {}

    @Injectable()
    class Both {
      readonly seen: string[] = [];
      constructor(@InjectSocket('/', 'second') readonly second: Socket) {}
      @OnServerConnect({ client: 'second' })
      connected(): void {
        this.seen.push('second');
      }
    }
    const second = SocketClientModule.forRootAsync({
      name: 'second',
      imports: [Addresses],
      inject: ['URL'],
      useFactory: (url: string) => ({ url, startTimeout: 2_000 }),
    });
    const consumer = await consume([SocketClientModule.forRoot(options()), second], [Shop, Both]);
    consumers.push(consumer);
    expect(consumer.get<Shop>(Shop).seen).toEqual(['connected']);
    expect(consumer.get<Both>(Both).seen).toEqual(['second']);
    expect(consumer.get<Socket>(socketToken('/', 'second')).id).not.toBe(consumer.get<Shop>(Shop).orders.id);
    const health = consumer.get<SocketClientHealthIndicator>(SocketClientHealthIndicator);
    expect(health.isHealthy('it', { client: 'second' })).toEqual({ it: { status: 'up', namespaces: { '/': true } } });
  });

  it.each([
    [{ namespace: '/elsewhere' }, 'Lost.hear() is for "/elsewhere"; add it to the `namespaces`'],
    [{ client: 'nobody' }, 'Lost.hear() is for a client "nobody", which no SocketClientModule has'],
  ])('does not start with a handler that nothing calls: %p', async (where, message) => {
    @Injectable()
    class Lost {
      @OnServerEvent('news', where)
      hear(): void {}
    }
    const error = (await start({}, [Lost]).catch((caught: unknown) => caught)) as Error & { code: string };
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toContain(message);
  });
});
