import { beforeEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  BadRequestException,
  Inject,
  Injectable,
  Module,
  Scope,
  SetMetadata,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_GUARD, Reflector, REQUEST } from '@nestjs/core';
import { WebSocketGateway as NestGateway } from '@nestjs/websockets';
import { of, type Observable } from 'rxjs';
import {
  namespaceParams,
  OnConnect,
  SubscribeAck,
  SubscribeMessage,
  UseConnectionGuards,
  WebSocketGateway,
  WsException,
  type Socket,
} from '../../lib/index.js';
import { refusal } from './refusal.js';
import { bootError, startApp, type TestApp } from './support.js';

const seen: unknown[] = [];

beforeEach(() => {
  seen.length = 0;
});

/** Starts an application with one gateway behind guards. */
function startBehind(...guards: Parameters<typeof UseConnectionGuards>): Promise<TestApp> {
  @WebSocketGateway()
  @UseConnectionGuards(...guards)
  class Gateway {
    @SubscribeMessage('event')
    event(): string {
      return 'handled';
    }
    handleConnection(): void {
      seen.push('connected');
    }
  }
  return startApp({ providers: [Gateway] });
}

function guard(canActivate: (context: ExecutionContext) => ReturnType<CanActivate['canActivate']>): CanActivate {
  return { canActivate };
}

function throwing(error: unknown): CanActivate {
  return guard(() => {
    throw error;
  });
}

describe('connection guards (nestjs/nest#882)', () => {
  const forbidden = { message: 'Forbidden resource', data: { status: 403, message: 'Forbidden resource' } };

  it.each<[how: string, guard: CanActivate]>([
    ['false', guard(() => false)],
    ['a promise of false', guard(async () => false)],
    ['a stream of false', guard((): Observable<boolean> => of(false))],
    ['nothing', guard(() => undefined as never)],
  ])('refuse a client before it is connected, with %s', async (_how, refusing) => {
    await using running = await startBehind(refusing);
    expect(await refusal(running.clients)).toEqual(forbidden);
    expect(seen).toEqual([]);
  });

  it.each<[how: string, guard: CanActivate]>([
    ['true', guard(() => true)],
    ['a promise of true', guard(async () => true)],
    ['a stream of true', guard((): Observable<boolean> => of(true))],
  ])('let a client in with %s', async (_how, allowing) => {
    await using running = await startBehind(allowing);
    expect(await (await running.clients.connect()).emitWithAck('event')).toBe('handled');
    expect(seen).toEqual(['connected']);
  });

  it('run once per connection and not per event', async () => {
    let calls = 0;
    await using running = await startBehind(guard(() => ++calls > 0));
    const client = await running.clients.connect();
    await client.emitWithAck('event');
    expect(calls).toBe(1);
  });

  it('run in order, until one refuses', async () => {
    const recording = (name: string, result: boolean): CanActivate =>
      guard(async () => {
        seen.push(name);
        return result;
      });
    await using running = await startBehind(
      recording('first', true),
      recording('second', false),
      recording('no', true),
    );
    await refusal(running.clients);
    expect(seen).toEqual(['first', 'second']);
  });

  it('add up along base classes', async () => {
    @WebSocketGateway()
    @UseConnectionGuards(guard(() => seen.push('base') > 0))
    class Base {}
    @WebSocketGateway()
    @UseConnectionGuards(guard(() => seen.push('own') > 0))
    class Gateway extends Base {}
    await using running = await startApp({ providers: [Gateway] });
    await running.clients.connect();
    expect(seen).toEqual(['base', 'own']);
  });

  it('of every gateway of the namespace have to agree', async () => {
    @WebSocketGateway({ namespace: '/shared' })
    @UseConnectionGuards(guard(() => true))
    class First {}
    @WebSocketGateway({ namespace: '/shared' })
    @UseConnectionGuards(guard(() => false))
    class Second {}
    await using running = await startApp({ providers: [First, Second] });
    expect(await refusal(running.clients, '/shared')).toEqual(forbidden);
  });

  it('are those that are named: neither global ones nor those of events run', async () => {
    const recording = (name: string): CanActivate => guard(() => seen.push(name) > 0);
    @WebSocketGateway()
    @UseConnectionGuards(recording('connection'))
    @UseGuards(recording('events'))
    class Gateway {
      @SubscribeMessage('event')
      event(): void {}
    }
    await using running = await startApp({
      providers: [Gateway, { provide: APP_GUARD, useValue: recording('global') }],
    });
    await running.clients.connect();
    expect(seen).toEqual(['connection']);
  });
});

describe('what a connection guard throws (nestjs/nest#336)', () => {
  it.each<[what: string, error: unknown, data: { status: number; message: string }]>([
    ['an HttpException', new BadRequestException('No name'), { status: 400, message: 'No name' }],
    [
      'an HttpException with details',
      new BadRequestException({ message: 'Banned', code: 'BANNED', details: { until: 5 } }),
      { status: 400, message: 'Banned', code: 'BANNED', details: { until: 5 } } as never,
    ],
    ['a WsException', new WsException({ status: 429, message: 'Slowly' }), { status: 429, message: 'Slowly' }],
    ['a WsException of a text', new WsException('Not you'), { status: 400, message: 'Not you' }],
  ])('is told the client when it is %s, and not logged', async (_what, error, data) => {
    await using running = await startBehind(throwing(error));
    expect(await refusal(running.clients)).toEqual({ message: data.message, data });
    expect(running.logger.errors).toEqual([]);
  });

  it.each<[what: string, guard: CanActivate]>([
    ['thrown', throwing(new Error('secret'))],
    ['rejected with', guard(() => Promise.reject(new Error('secret')))],
  ])('is logged once and told as an internal error when it is an unknown one, %s', async (_how, failing) => {
    await using running = await startBehind(failing);
    const data = { status: 500, message: 'Internal server error' };
    expect(await refusal(running.clients)).toEqual({ message: data.message, data });
    expect(running.logger.errors.map(([line]) => line)).toEqual(['"connection" failed: secret']);
  });

  it('is told as an internal error when it cannot be encoded', async () => {
    const details: Record<string, unknown> = {};
    details.self = details;
    await using running = await startBehind(throwing(new BadRequestException({ message: 'Circular', details })));
    expect(await refusal(running.clients)).toMatchObject({ data: { status: 500 } });
    expect(running.logger.errors).toHaveLength(1);
  });

  it('leaves other namespaces of the connection as they are', async () => {
    @WebSocketGateway({ namespace: '/closed' })
    @UseConnectionGuards(guard(() => false))
    class Closed {}
    await using running = await startApp({ providers: [Closed] });
    const client = await running.clients.connect();
    const closed = client.io.socket('/closed');
    await new Promise((resolve) => closed.once('connect_error', resolve));
    expect(client.connected).toBe(true);
  });
});

describe('the context of a connection guard', () => {
  it('shows the socket, its auth and the gateway', async () => {
    let context!: ExecutionContext;
    await using running = await startBehind(
      guard((given) => {
        context = given;
        return true;
      }),
    );
    const client = await running.clients.connect('/', { auth: { name: 'Ada' }, query: { room: 'a' } });
    const ws = context.switchToWs();
    const socket = ws.getClient<Socket>();
    expect(context.getType()).toBe('ws');
    expect([socket.id, socket.handshake.query.room, ws.getData(), ws.getPattern()]).toEqual([
      client.id,
      'a',
      { name: 'Ada' },
      'connection',
    ]);
    expect(context.getClass().name).toBe('Gateway');
    expect(context.switchToHttp().getRequest()).toBe(socket);
  });

  it.each<[what: string, make: () => new () => object, handler: string]>([
    [
      'handleConnection',
      () =>
        class {
          handleConnection(): void {}
        },
      'handleConnection',
    ],
    [
      'the first method of @OnConnect()',
      () => {
        class Base {
          @OnConnect()
          welcome(): void {}
        }
        return Base;
      },
      'welcome',
    ],
    ['the class, without either', () => class Base {}, 'Gateway'],
  ])('names %s as the handler', async (_what, make, handler) => {
    let name: string | undefined;
    @WebSocketGateway()
    @UseConnectionGuards(
      guard((context) => {
        ({ name } = context.getHandler());
        return true;
      }),
    )
    class Gateway extends make() {}
    await using running = await startApp({ providers: [Gateway] });
    await running.clients.connect();
    expect(name).toBe(handler);
  });

  it('leads a reflector to the metadata of the class', async () => {
    @Injectable()
    class Roles implements CanActivate {
      constructor(@Inject(Reflector) readonly reflector: Reflector) {}
      canActivate(context: ExecutionContext): boolean {
        const targets = [context.getHandler(), context.getClass()];
        return (
          this.reflector.getAllAndOverride<string>('role', targets) ===
          context.switchToWs().getData<{ role: string }>().role
        );
      }
    }
    @WebSocketGateway()
    @SetMetadata('role', 'admin')
    @UseConnectionGuards(Roles)
    class Gateway {}
    await using running = await startApp({ providers: [Gateway] });
    await running.clients.connect('/', { auth: { role: 'admin' } });
    expect(await refusal(running.clients, '/', { auth: { role: 'guest' } })).toMatchObject({ data: { status: 403 } });
  });

  it('shows the parts of the name of the namespace', async () => {
    @WebSocketGateway({ namespace: '/org/:id' })
    @UseConnectionGuards(guard((context) => namespaceParams(context.switchToWs().getClient<Socket>()).id === '7'))
    class Gateway {}
    await using running = await startApp({ providers: [Gateway] });
    await running.clients.connect('/org/7');
    expect(await refusal(running.clients, '/org/8')).toMatchObject({ data: { status: 403 } });
  });
});

describe('a connection guard that is a class', () => {
  @Injectable()
  class Allowed {
    readonly names = ['Ada'];
  }

  @Injectable()
  class ByName implements CanActivate {
    static made = 0;
    constructor(@Inject(Allowed) readonly allowed: Allowed) {
      ByName.made++;
    }
    canActivate(context: ExecutionContext): boolean {
      return this.allowed.names.includes(context.switchToWs().getData<{ name: string }>().name);
    }
  }

  @WebSocketGateway()
  @UseConnectionGuards(ByName)
  class Gateway {}

  beforeEach(() => {
    ByName.made = 0;
  });

  async function expectOnlyAda({ clients }: TestApp): Promise<void> {
    await clients.connect('/', { auth: { name: 'Ada' } });
    expect(await refusal(clients, '/', { auth: { name: 'Bob' } })).toMatchObject({ data: { status: 403 } });
    expect(ByName.made).toBe(1);
  }

  it('is made once by the module of the gateway, with what it injects', async () => {
    await using running = await startApp({ providers: [Allowed, Gateway] });
    await expectOnlyAda(running);
  });

  it('is the provider of the module where there is one', async () => {
    await using running = await startApp({ providers: [Allowed, ByName, Gateway] });
    await expectOnlyAda(running);
    running.app.get(ByName).allowed.names.push('Cleo');
    await running.clients.connect('/', { auth: { name: 'Cleo' } });
  });

  it('is the provider that an imported module exports, also by way of another', async () => {
    @Module({ providers: [Allowed, ByName], exports: [ByName] })
    class AuthModule {}
    @Module({ imports: [AuthModule], exports: [AuthModule] })
    class CoreModule {}
    @Module({ imports: [CoreModule], providers: [Gateway] })
    class ChatModule {}
    await using running = await startApp({ imports: [ChatModule] });
    await expectOnlyAda(running);
  });

  it('is made per connection when it is request-scoped, with the socket as REQUEST', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped implements CanActivate {
      constructor(@Inject(REQUEST) readonly socket: Socket) {
        seen.push(socket.id);
      }
      canActivate(context: ExecutionContext): boolean {
        return context.switchToWs().getClient<Socket>() === this.socket;
      }
    }
    @WebSocketGateway()
    @UseConnectionGuards(Scoped)
    class ScopedGateway {
      @SubscribeAck('event')
      event(): void {}
    }
    await using running = await startApp({ providers: [ScopedGateway] });
    const first = await running.clients.connect();
    const second = await running.clients.connect();
    await second.emitWithAck('event');
    expect(seen).toEqual([first.id, second.id]);
  });

  it('is made per connection when what it injects is request-scoped; the guards of a connection share it', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Visit {
      guards = 0;
    }
    @Injectable()
    class First implements CanActivate {
      constructor(@Inject(Visit) readonly visit: Visit) {}
      canActivate(): boolean {
        seen.push(++this.visit.guards);
        return true;
      }
    }
    @Injectable()
    class Second extends First {}
    @WebSocketGateway()
    @UseConnectionGuards(First, Second)
    class ScopedGateway {}
    await using running = await startApp({ providers: [Visit, Second, ScopedGateway] });
    await running.clients.connect();
    await running.clients.connect();
    expect(seen).toEqual([1, 2, 1, 2]);
  });

  it('keeps the application from starting when what it injects is not there', async () => {
    expect(String(await bootError({ providers: [Gateway] }))).toMatch(/ByName/);
  });
});

describe('@UseConnectionGuards()', () => {
  it('keeps the application from starting with something that is no guard', async () => {
    @WebSocketGateway()
    @UseConnectionGuards(class Nothing {} as never)
    class Gateway {}
    expect(await bootError({ providers: [Gateway] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: expect.stringMatching(/Gateway has @UseConnectionGuards/),
    });
  });

  it.each<[what: string, decorator: ClassDecorator]>([
    ['of @nestjs/websockets', NestGateway()],
    ['that is no gateway', Injectable()],
  ])('keeps the application from starting on a class %s, where it would be ignored', async (_what, decorator) => {
    @decorator
    @UseConnectionGuards(guard(() => false))
    class Misplaced {}
    expect(await bootError({ providers: [Misplaced] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: expect.stringMatching(/Misplaced has @UseConnectionGuards\(\).*rookery/),
    });
  });
});
