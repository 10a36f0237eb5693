import { beforeEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Inject, Injectable, NotFoundException, Scope, type CanActivate } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  UseConnectionGuards,
  UseNamespaceMiddleware,
  WebSocketGateway,
  WsException,
  type NamespaceMiddleware,
  type NextFunction,
  type Socket,
} from '../../lib/index.js';
import { refusal } from './refusal.js';
import { bootError, startApp, type TestApp } from './support.js';

const order: unknown[] = [];

beforeEach(() => {
  order.length = 0;
});

function startBehind(...middlewares: Parameters<typeof UseNamespaceMiddleware>): Promise<TestApp> {
  @WebSocketGateway({ namespace: '/chat' })
  @UseNamespaceMiddleware(...middlewares)
  class Gateway {}
  return startApp({ providers: [Gateway] });
}

describe('a namespace middleware (nestjs/nest#637)', () => {
  it('injects what it needs, and sees the socket before its client is connected', async () => {
    @Injectable()
    class Locales {
      readonly known = ['en'];
    }
    @Injectable()
    class Locale implements NamespaceMiddleware {
      constructor(@Inject(Locales) readonly locales: Locales) {}
      use(socket: Socket, next: NextFunction): void {
        socket.data.locale = this.locales.known[0];
        order.push(socket.connected);
        next();
      }
    }
    @WebSocketGateway({ namespace: '/chat' })
    @UseNamespaceMiddleware(Locale)
    class Gateway {
      handleConnection(socket: Socket): void {
        order.push(socket.data.locale);
      }
    }
    await using running = await startApp({ providers: [Locales, Gateway] });
    await running.clients.connect('/chat');
    expect(order).toEqual([false, 'en']);
  });

  it('is of its namespace alone', async () => {
    await using running = await startBehind((_socket, next) => {
      order.push('called');
      next();
    });
    await running.clients.connect('/');
    expect(order).toEqual([]);
    await running.clients.connect('/chat');
    expect(order).toEqual(['called']);
  });

  it('comes in order, whether a class, an instance or a function, and before the guards', async () => {
    @Injectable()
    class First implements NamespaceMiddleware {
      use(_socket: Socket, next: NextFunction): void {
        order.push('class');
        setImmediate(next);
      }
    }
    const instance: NamespaceMiddleware = {
      async use(_socket, next) {
        order.push('instance');
        next();
      },
    };
    const guard: CanActivate = { canActivate: () => order.push('guard') > 0 };
    @WebSocketGateway()
    @UseConnectionGuards(guard)
    @UseNamespaceMiddleware(First, instance, (_socket, next) => {
      order.push('function');
      next();
    })
    class Gateway {}
    @WebSocketGateway()
    @UseNamespaceMiddleware((_socket, next) => {
      order.push('of the other gateway');
      next();
    })
    class Other {}
    await using running = await startApp({ providers: [Gateway, Other] });
    await running.clients.connect();
    expect(order).toEqual(['class', 'instance', 'function', 'of the other gateway', 'guard']);
  });

  it('is made per connection when it is request-scoped', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped implements NamespaceMiddleware {
      constructor(@Inject(REQUEST) readonly request: Socket) {}
      use(socket: Socket, next: NextFunction): void {
        order.push(this.request === socket);
        next();
      }
    }
    await using running = await startBehind(Scoped);
    await running.clients.connect('/chat');
    await running.clients.connect('/chat');
    expect(order).toEqual([true, true]);
  });

  it.each<[what: string, error: Error, told: object]>([
    ['an error as it is', new Error('not today'), { message: 'not today', data: undefined }],
    [
      'the data of an error',
      Object.assign(new Error('not today'), { data: { until: 5 } }),
      { message: 'not today', data: { until: 5 } },
    ],
    [
      'an HttpException',
      new NotFoundException('no room'),
      { message: 'no room', data: { status: 404, message: 'no room' } },
    ],
    ['a WsException', new WsException('no room'), { message: 'no room', data: { status: 400, message: 'no room' } }],
  ])('refuses with next(), which tells %s', async (_what, error, told) => {
    await using running = await startBehind((_socket, next) => next(error));
    expect(await refusal(running.clients, '/chat')).toEqual(told);
    expect(running.logger.errors).toEqual([]);
  });

  it('refuses with an HttpException that it throws', async () => {
    await using running = await startBehind(async () => {
      throw new NotFoundException('no room');
    });
    expect(await refusal(running.clients, '/chat')).toMatchObject({ data: { status: 404, message: 'no room' } });
  });

  it.each<[how: string, middleware: () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('secret');
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret'))],
  ])('that %s fails: logged once, and told as an internal error', async (_how, middleware) => {
    await using running = await startBehind(middleware);
    expect(await refusal(running.clients, '/chat')).toEqual({
      message: 'Internal server error',
      data: { status: 500, message: 'Internal server error' },
    });
    expect(running.logger.errors.map(([line]) => line)).toEqual(['"connection" failed: secret']);
  });

  it('decides once: what it does behind next() counts for nothing', async () => {
    await using running = await startBehind((_socket, next) => {
      next();
      next(new Error('late'));
    });
    expect((await running.clients.connect('/chat')).connected).toBe(true);
  });

  it('keeps the application from starting when it is none', async () => {
    @WebSocketGateway()
    @UseNamespaceMiddleware(class Nothing {} as never)
    class Gateway {}
    expect(await bootError({ providers: [Gateway] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: expect.stringMatching(/Gateway has @UseNamespaceMiddleware/),
    });
  });
});
