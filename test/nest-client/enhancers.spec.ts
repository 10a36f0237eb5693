import {
  BadRequestException,
  Catch,
  createParamDecorator,
  Injectable,
  Module,
  ParseIntPipe,
  Scope,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type ArgumentsHost,
  type CanActivate,
  type DynamicModule,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { MessageBody as NestMessageBody } from '@nestjs/websockets';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { map, of, type Observable } from 'rxjs';
import 'reflect-metadata';
import type { Socket } from '../../lib/client/node/index.js';
import { Arg, Broadcaster, ConnectedSocket, MessageBody, WebSocketGateway } from '../../lib/index.js';
import {
  InjectSocket,
  OnServerConnect,
  OnServerEvent,
  ServerEventArg,
  ServerEventPayload,
  SocketClientModule,
  type SocketClientModuleAsyncOptions,
  type SocketClientOptions,
} from '../../lib/nest-client/index.js';
import { startApp, type TestApp } from '../nest/support.js';
import { consume, type Consumer } from './support.js';

@WebSocketGateway()
class Gateway {}

@Injectable()
class Knowledge {
  readonly seen: unknown[] = [];
}

@Injectable()
class Suspicious implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly knowledge: Knowledge,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const { name } = context.getHandler();
    const host = context.switchToWs();
    const { nsp } = host.getClient<Socket>();
    this.knowledge.seen.push([
      context.getType(),
      context.getClass().name,
      name,
      nsp,
      host.getData(),
      host.getPattern(),
    ]);
    return this.reflector.get('trusted', context.getHandler()) === true;
  }
}

class Doubling implements NestInterceptor {
  intercept(_context: ExecutionContext, next: { handle(): Observable<number> }): Observable<number> {
    return next.handle().pipe(map((value) => value * 2));
  }
}

class Lower implements PipeTransform {
  transform(value: unknown): unknown {
    return typeof value === 'string' ? value.toLowerCase() : value;
  }
}

@Catch(BadRequestException)
class Telling implements ExceptionFilter {
  catch(error: BadRequestException, host: ArgumentsHost): unknown {
    return { told: error.message, of: host.switchToWs().getData() };
  }
}

@Catch()
class Silent implements ExceptionFilter {
  catch(): void {}
}

const EventNamed = createParamDecorator((_data: unknown, context: ExecutionContext): unknown =>
  context.switchToWs().getPattern(),
);

@Injectable()
class Handlers {
  constructor(readonly knowledge: Knowledge) {}

  @OnServerConnect()
  @UseGuards(Suspicious)
  @SetMetadata('trusted', true)
  connected(): void {
    this.knowledge.seen.push('connected');
  }

  @OnServerEvent('guarded')
  @UseGuards(Suspicious)
  guarded(): string {
    return 'never';
  }

  @OnServerEvent('trusted')
  @UseGuards(Suspicious)
  @SetMetadata('trusted', true)
  trusted(...args: unknown[]): unknown {
    return args;
  }

  @OnServerEvent('doubled')
  @UseInterceptors(Doubling)
  doubled(value: number): Observable<number> {
    return of(value);
  }

  @OnServerEvent('params')
  @UsePipes(Lower)
  params(
    @ServerEventPayload() whole: unknown,
    @ServerEventArg(1, ParseIntPipe) second: number,
    @EventNamed() name: string,
    @ConnectedSocket() socket: Socket,
  ): unknown {
    return [whole, second, name, socket.connected];
  }

  @OnServerEvent('properties')
  properties(
    @ServerEventPayload('a', ParseIntPipe) a: number,
    @MessageBody('b') b: unknown,
    @NestMessageBody('c', Lower) c: unknown,
  ): unknown {
    return [a, b, c];
  }

  @OnServerEvent('parsed')
  @UseFilters(Telling)
  parsed(@ServerEventPayload(ParseIntPipe) value: number): unknown {
    return value;
  }

  @OnServerEvent('unparsed')
  unparsed(@ServerEventPayload(ParseIntPipe) value: number): unknown {
    return value;
  }

  @OnServerEvent('silent')
  @UseFilters(Silent)
  silent(): never {
    throw new Error('nobody hears');
  }

  @OnServerEvent('foreign')
  foreign(@Arg(0) value: unknown): unknown {
    return value;
  }

  @OnServerEvent('plain')
  plain(value: unknown): unknown {
    return value;
  }
}

describe('what stands around the handlers of server events', () => {
  let server: TestApp;
  let consumer: Consumer;

  beforeEach(async () => {
    server = await startApp({ providers: [Gateway] });
  });

  afterEach(async () => {
    await consumer?.close();
    await server.close();
  });

  const base = (): SocketClientOptions => ({ url: server.url, transports: ['websocket'], startTimeout: 2_000 });
  const start = async (options: Partial<SocketClientOptions> = {}): Promise<void> => {
    consumer = await consume([SocketClientModule.forRoot({ ...base(), ...options })], [Handlers, Knowledge], (app) =>
      app.useGlobalPipes(new Lower()),
    );
  };
  const ask = async (event: string, ...args: unknown[]): Promise<unknown> => {
    const answers = (await server.app
      .get(Broadcaster)
      .of('/')
      .timeout(2_000)
      .emitWithAck(event, ...args)) as unknown[];
    return answers[0];
  };
  const failure = { status: 500, message: 'Internal server error' };

  it('asks guards, which see the socket, the data and the event', async () => {
    await start();
    expect(await ask('guarded', { secret: 1 })).toEqual(failure);
    expect(await ask('trusted', 1, 2)).toEqual([1, 2]);
    expect(await ask('trusted')).toEqual([]);
    expect(consumer.get<Knowledge>(Knowledge).seen).toEqual([
      ['ws', 'Handlers', 'connected', '/', undefined, 'connect'],
      'connected',
      ['ws', 'Handlers', 'guarded', '/', { secret: 1 }, 'guarded'],
      ['ws', 'Handlers', 'trusted', '/', 1, 'trusted'],
      ['ws', 'Handlers', 'trusted', '/', undefined, 'trusted'],
    ]);
    expect(consumer.logger.errors[0]![0]).toBe(
      'SERVER_EVENT_FAILED: Handlers.guarded(), "guarded" of /, failed: Forbidden resource',
    );
  });

  it('goes through interceptors', async () => {
    await start();
    expect(await ask('doubled', 4)).toBe(8);
  });

  it('reads parameters through pipes, also those of gateways', async () => {
    await start();
    expect(await ask('params', 'LOUD', '7')).toEqual(['loud', 7, 'params', true]);
    expect(await ask('properties', { a: '1', b: 'B', c: 'C' })).toEqual([1, 'B', 'c']);
  });

  it('answers what a filter returns, and logs what none is for', async () => {
    await start();
    expect(await ask('parsed', 'x')).toEqual({ told: 'Validation failed (numeric string is expected)', of: 'x' });
    expect(await ask('silent')).toBeUndefined();
    expect(consumer.logger.errors).toEqual([]);
    expect(await ask('unparsed', 'x')).toEqual(failure);
    expect(consumer.logger.errors).toHaveLength(1);
  });

  it('says which parameter decorator is of no use here', async () => {
    await start();
    expect(await ask('foreign', 1)).toEqual(failure);
    expect(consumer.logger.errors[0]![0]).toContain('a parameter decorator is not for server events');
  });

  it.each([
    [undefined, 'LOUD'],
    [{ pipes: true }, 'loud'],
  ])('counts global enhancers where it is told to: %j', async (globalEnhancers, expected) => {
    await start({ globalEnhancers });
    expect(await ask('properties', { a: '1', b: 'LOUD', c: 'C' })).toEqual([1, expected, 'c']);
  });

  it('does not start with a handler that needs something request-scoped', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest implements CanActivate {
      canActivate(): boolean {
        return true;
      }
    }
    @Injectable()
    class Late {
      @OnServerEvent('late')
      @UseGuards(PerRequest)
      late(): void {}
    }
    const modules = [SocketClientModule.forRoot(base())];
    await expect(consume(modules, [Late])).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('Late.late() handles server events') as unknown,
    });
  });
});

describe('SocketClientModule.forRootAsync()', () => {
  let server: TestApp;

  beforeEach(async () => {
    server = await startApp({ providers: [Gateway] });
  });

  afterEach(() => server.close());

  it.each<[string, (factory: Provider, token: never) => Partial<SocketClientModuleAsyncOptions>]>([
    ['useFactory', () => ({ inject: ['URL'], useFactory: (url: string) => ({ url, startTimeout: 2_000 }) })],
    ['useClass', (_factory, token) => ({ useClass: token })],
    ['useExisting', (_factory, token) => ({ useExisting: token })],
  ])('takes options by %s', async (_name, from) => {
    @Injectable()
    class Options {
      createSocketClientOptions(): SocketClientOptions {
        return { url: server.url, startTimeout: 2_000 };
      }
    }
    @Injectable()
    class User {
      constructor(@InjectSocket() readonly socket: Socket) {}
    }
    @Module({})
    class Surroundings {}
    const surroundings: DynamicModule = {
      module: Surroundings,
      providers: [Options, { provide: 'URL', useValue: server.url }],
      exports: [Options, 'URL'],
    };
    const module = SocketClientModule.forRootAsync({ imports: [surroundings], ...from(Options, Options as never) });
    const consumer = await consume([module], [User]);
    expect(consumer.get<User>(User).socket.connected).toBe(true);
    await consumer.close();
  });

  it('says that nothing makes the options', () => {
    expect(() => SocketClientModule.forRootAsync({})).toThrow(
      'forRootAsync() needs useFactory, useClass or useExisting',
    );
  });
});
