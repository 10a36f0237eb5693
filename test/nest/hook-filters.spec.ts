import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  Catch,
  Inject,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { APP_FILTER, REQUEST } from '@nestjs/core';
import {
  OnConnect,
  OnDisconnect,
  OnDisconnecting,
  WebSocketGateway,
  type OnGatewayConnection,
  type Socket,
} from '../../lib/index.js';
import type { DisconnectReason } from '../../lib/server/index.js';
import { next } from '../support/clients.js';
import { Gate, startApp, type TestApp } from './support.js';

class Banned extends Error {}

@Catch(Banned)
class BannedFilter implements ExceptionFilter<Banned> {
  catch({ message }: Banned): unknown {
    return { status: 403, message };
  }
}

/** What a client is told that a hook refuses, as the body of its `exception`. */
async function exceptionOf(running: TestApp, auth: object = {}): Promise<unknown> {
  const client = running.clients.create('/', { auth });
  const [[told]] = await Promise.all([next(client, 'exception'), next(client, 'disconnect')]);
  return told;
}

describe('the filters of a gateway', () => {
  it.each<[how: string, fail: (error: Error) => unknown]>([
    [
      'throws',
      (error) => {
        throw error;
      },
    ],
    ['rejects with', (error) => Promise.reject(error)],
  ])('tell the client of what a connect hook %s', async (_how, fail) => {
    @WebSocketGateway()
    @UseFilters(BannedFilter)
    class Gateway {
      @OnConnect()
      connect(): unknown {
        return fail(new Banned('spam'));
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    expect(await exceptionOf(running)).toEqual({ status: 403, message: 'spam', event: 'connection' });
    expect(running.logger.errors).toEqual([]);
  });

  it('may stand on the hook alone', async () => {
    @WebSocketGateway()
    class Gateway implements OnGatewayConnection {
      @UseFilters(BannedFilter)
      handleConnection(): void {
        throw new Banned('method');
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    expect(await exceptionOf(running)).toMatchObject({ message: 'method' });
  });

  it('may be global ones', async () => {
    @WebSocketGateway()
    class Gateway implements OnGatewayConnection {
      handleConnection(): void {
        throw new Banned('global');
      }
    }
    await using running = await startApp({
      providers: [Gateway, { provide: APP_FILTER, useClass: BannedFilter }],
    });
    expect(await exceptionOf(running)).toMatchObject({ message: 'global' });
  });

  it.each<[what: string, scope: Scope]>([
    ['a request-scoped gateway', Scope.REQUEST],
    ['a singleton', Scope.DEFAULT],
  ])('may be request-scoped, on %s', async (_what, scope) => {
    @Injectable({ scope: Scope.REQUEST })
    @Catch()
    class NamingFilter implements ExceptionFilter {
      constructor(@Inject(REQUEST) private readonly request: Socket) {}
      async catch(): Promise<unknown> {
        return { name: this.request.handshake.auth.name as unknown };
      }
    }
    @Injectable({ scope })
    class Gateway implements OnGatewayConnection {
      handleConnection(): void {
        throw new Error('any');
      }
    }
    UseFilters(NamingFilter)(Gateway);
    WebSocketGateway()(Gateway);
    await using running = await startApp({ providers: [Gateway] });
    expect(await exceptionOf(running, { name: 'Ada' })).toEqual({ name: 'Ada', event: 'connection' });
  });

  it('are for their exceptions: others are told and logged without them', async () => {
    @WebSocketGateway()
    @UseFilters(BannedFilter)
    class Gateway implements OnGatewayConnection {
      handleConnection(): void {
        throw new Error('other');
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    expect(await exceptionOf(running)).toMatchObject({ status: 500 });
    expect(running.logger.errors.map(([line]) => line)).toEqual(['"connection" failed: other']);
  });

  it('that tell nothing leave the client without an exception, and disconnected', async () => {
    @Catch()
    class SilentFilter implements ExceptionFilter {
      catch(): void {}
    }
    @WebSocketGateway()
    @UseFilters(SilentFilter)
    class Gateway implements OnGatewayConnection {
      handleConnection(): void {
        throw new Error('any');
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    const client = running.clients.create();
    const told: unknown[] = [];
    client.onAny((...args: unknown[]) => told.push(args));
    await next(client, 'disconnect');
    expect(told).toEqual([]);
  });

  it('that fail are logged, and the client is told of an internal error', async () => {
    @Catch()
    class FailingFilter implements ExceptionFilter {
      catch(): never {
        throw new Error('filter');
      }
    }
    @WebSocketGateway()
    @UseFilters(FailingFilter)
    class Gateway implements OnGatewayConnection {
      handleConnection(): void {
        throw new Error('hook');
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    expect(await exceptionOf(running)).toMatchObject({ status: 500 });
    expect(running.logger.errors.map(([line]) => line)).toEqual(['"connection" failed: filter']);
  });

  it('see which hook has failed, for whom and why it was called', async () => {
    const seen: unknown[] = [];
    const gone = new Gate();
    @Catch()
    class SeeingFilter implements ExceptionFilter<Error> {
      catch({ message }: Error, host: ArgumentsHost): void {
        const ws = host.switchToWs();
        seen.push([
          message,
          host.getType(),
          ws.getPattern(),
          ws.getData<DisconnectReason>(),
          ws.getClient<Socket>().id,
        ]);
        if (message === 'last') gone.open();
      }
    }
    @WebSocketGateway()
    @UseFilters(SeeingFilter)
    class Gateway {
      @OnDisconnecting()
      leaving(): void {
        throw new Error('leaving');
      }
      @OnDisconnect()
      async left(): Promise<void> {
        throw new Error('left');
      }
      @OnDisconnect()
      async last(): Promise<void> {
        await new Promise(setImmediate);
        throw new Error('last');
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect();
    const { id } = client;
    client.disconnect();
    await gone.opened;
    const reason = 'client namespace disconnect';
    expect(seen).toEqual([
      ['leaving', 'ws', 'disconnecting', reason, id],
      ['left', 'ws', 'disconnect', reason, id],
      ['last', 'ws', 'disconnect', reason, id],
    ]);
    expect(running.logger.errors).toEqual([]);
  });
});

describe('guards and interceptors of a gateway', () => {
  it('are for events: hooks run without them', async () => {
    const asked: string[] = [];
    const connected = new Gate();
    @WebSocketGateway()
    @UseGuards({ canActivate: () => asked.push('guard') === 0 })
    @UseInterceptors({ intercept: (_context, handler) => (asked.push('interceptor'), handler.handle()) })
    class Gateway implements OnGatewayConnection {
      handleConnection(): void {
        connected.open();
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    await running.clients.connect();
    await connected.opened;
    expect(asked).toEqual([]);
  });
});
