import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { io as publishedIo } from 'socket.io-client';
import { SOCKET_IO_SERVER, type Server } from '../../lib/index.js';
import { startApp, type TestApp } from '../nest/support.js';
import { until } from '../support/waiting.js';
import { announce, follow, OrdersGateway, OrdersService } from './examples/delivery.js';

describe('the example of docs/delivery.md', () => {
  let app: TestApp;
  const ending: (() => void)[] = [];

  beforeEach(async () => {
    app = await startApp({ options: { reliableDelivery: true }, providers: [OrdersService, OrdersGateway] });
  });

  afterEach(async () => {
    for (const end of ending.splice(0)) end();
    await app.close();
  });

  const ship = (order: string): Promise<void> => app.app.get(OrdersService).ship('ann', order);

  it('shows what was shipped before, meanwhile and between two pages', async () => {
    const saved = new Map<string, string>();
    const storage = {
      getItem: (key: string) => saved.get(key) ?? null,
      setItem: (key: string, value: string) => void saved.set(key, value),
    };
    const page = (shown: string[]): { end(): void } => {
      const { socket, reception } = follow(app.url, 'ann', storage, (order) => shown.push(order));
      const end = (): void => {
        reception.stop();
        socket.disconnect();
      };
      ending.push(end);
      return { end };
    };
    await ship('1');
    const first: string[] = [];
    const { end } = page(first);
    await until(() => first.length === 1);
    await ship('2');
    await until(() => first.length === 2);
    end();
    await ship('3');
    const second: string[] = [];
    page(second);
    await until(() => second.length === 1);
    expect([first, second]).toEqual([['1', '2'], ['3']]);
  });

  it('lets the published client say what it has', async () => {
    const socket = publishedIo(app.url, {
      forceNew: true,
      transports: ['websocket'],
      reconnectionDelay: 1,
      auth: { user: 'ann' },
    });
    ending.push(() => void socket.disconnect());
    announce(socket);
    const orders: string[] = [];
    socket.on('shipped', (order: string) => orders.push(order));
    await ship('1');
    await until(() => orders.length === 1);
    const io = app.app.get<Server>(SOCKET_IO_SERVER);
    for (const each of io.sockets.sockets.values()) each.conn.close();
    await ship('2');
    await until(() => orders.length === 2);
    expect(orders).toEqual(['1', '2']);
  });
});
