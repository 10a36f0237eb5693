import { afterEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  BadRequestException,
  Catch,
  createParamDecorator,
  Injectable,
  ParseIntPipe,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, REQUEST } from '@nestjs/core';
import { Inject } from '@nestjs/common';
import { IsString, MinLength, ValidateNested } from 'class-validator';
import { Type } from 'class-transformer';
import { map, of, throwError, type Observable } from 'rxjs';
import {
  Ack,
  Arg,
  Args,
  BaseWsExceptionFilter,
  ConnectedSocket,
  MessageBody,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
  type Socket,
} from '../../lib/index.js';
import { next } from '../support/clients.js';
import { startApp, type TestApp, type TestAppOptions } from './support.js';

class Message {
  @IsString()
  @MinLength(2)
  text!: string;
}

class Messages {
  @ValidateNested()
  @Type(() => Message)
  all!: Message[];
}

@Injectable()
class Denying implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Injectable()
class DenyingLater implements CanActivate {
  canActivate(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

@Injectable()
class AllowingByStream implements CanActivate {
  canActivate(): Observable<boolean> {
    return of(true);
  }
}

const seen: unknown[] = [];

@Injectable()
class Recording implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const ws = context.switchToWs();
    seen.push([context.getType(), ws.getClient<Socket>().id, ws.getData(), ws.getPattern(), context.getHandler().name]);
    return true;
  }
}

@Injectable()
class Doubling implements NestInterceptor {
  intercept(_context: ExecutionContext, handler: CallHandler): Observable<unknown> {
    return handler.handle().pipe(map((value: number) => value * 2));
  }
}

@Catch(TypeError)
class TypeErrorFilter implements ExceptionFilter {
  catch(exception: TypeError): unknown {
    return { status: 418, message: `filtered: ${exception.message}` };
  }
}

@Catch()
class SilentFilter implements ExceptionFilter {
  catch(): void {}
}

@Catch()
class FailingFilter implements ExceptionFilter {
  catch(): void {
    throw new WsException({ status: 499, message: 'from the filter' });
  }
}

@Catch(RangeError)
class AckingFilter implements ExceptionFilter {
  catch(_exception: RangeError, host: ArgumentsHost): void {
    host.getArgByIndex<(answer: unknown) => void>(2)('acked by the filter');
  }
}

class Upper implements PipeTransform {
  transform(value: unknown): unknown {
    return typeof value === 'string' ? value.toUpperCase() : value;
  }
}

class Later implements PipeTransform {
  async transform(value: unknown): Promise<unknown> {
    return `${String(value)}, later`;
  }
}

const SocketId = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.switchToWs().getClient<Socket>().id,
);

abstract class BaseGateway {
  @SubscribeMessage('inherited')
  inherited(): string {
    return 'from the base class';
  }
}

@WebSocketGateway()
class Gateway extends BaseGateway {
  @SubscribeMessage('plain')
  plain(_socket: Socket, body: unknown): unknown {
    return { body };
  }
  @SubscribeMessage('nothing')
  nothing(): void {}
  @SubscribeMessage('null')
  null(): null {
    return null;
  }
  @SubscribeMessage('response')
  response(): unknown {
    return { event: 'other', data: [1, 2] };
  }
  @SubscribeMessage('stream')
  stream(): Observable<unknown> {
    return of({ event: 'tick', data: 1 }, { event: 'tick', data: 2 });
  }
  @SubscribeMessage('failing stream')
  failingStream(): Observable<unknown> {
    return throwError(() => new WsException('stream failed'));
  }
  @SubscribeMessage('manual')
  manual(@Ack() ack: (answer: string) => void): string {
    ack('by hand');
    return 'ignored';
  }
  @SubscribeMessage('params')
  params(
    @MessageBody('text') text: string,
    @Arg(1) second: unknown,
    @Args() all: unknown[],
    @ConnectedSocket() socket: Socket,
    @SocketId() id: string,
    @Ack() ack: ((answer: unknown) => void) | undefined,
  ): void {
    ack?.({ text, second, all, isSame: socket.id === id });
  }
  @SubscribeMessage('piped')
  piped(@MessageBody(Upper, new Later()) body: string): string {
    return body;
  }
  @SubscribeMessage('parsed')
  parsed(@Arg(0, ParseIntPipe) value: number): number {
    return value;
  }
  @UsePipes(new ValidationPipe())
  @SubscribeMessage('validated')
  validated(@ConnectedSocket() socket: Socket, @MessageBody() message: Message): unknown {
    return { text: message.text, isMessage: message instanceof Message, connected: socket.connected };
  }
  @UsePipes(new ValidationPipe())
  @SubscribeAck('validated ack')
  validatedAck(@MessageBody() message: Message): string {
    return message.text;
  }
  @UsePipes(new ValidationPipe({ transform: true }))
  @SubscribeAck('validated list')
  validatedList(@MessageBody() { all }: Messages): number {
    return all.length;
  }
  @SubscribeMessage('throwing')
  throwing(): never {
    throw new Error('secret');
  }
  @SubscribeMessage('rejecting')
  async rejecting(): Promise<never> {
    throw new BadRequestException('bad', { description: 'described' });
  }
  @SubscribeMessage('ws exception')
  wsException(): never {
    throw new WsException({ status: 422, message: 'no', code: 'E_NO', details: { field: 'text' } });
  }
  @SubscribeMessage('big')
  big(): bigint {
    return 1n;
  }
  @SubscribeAck('ok')
  ok(@MessageBody() value: unknown): unknown {
    return value;
  }
  @SubscribeAck('ok nothing')
  okNothing(): void {}
  @SubscribeAck('ok stream')
  okStream(): Observable<number> {
    return of(1, 2, 3);
  }
  @SubscribeAck('not ok')
  notOk(): never {
    throw new Error('secret');
  }
  @SubscribeAck('slow', { timeout: 20 })
  slow(): Promise<never> {
    return new Promise(() => {});
  }
  @SubscribeAck('fast enough', { timeout: 60_000 })
  fastEnough(): Promise<number> {
    return Promise.resolve(1);
  }
  @UseGuards(Denying)
  @SubscribeMessage('denied')
  denied(): string {
    return 'never';
  }
  @UseGuards(AllowingByStream, DenyingLater)
  @SubscribeAck('denied later')
  deniedLater(): string {
    return 'never';
  }
  @UseGuards(Recording, AllowingByStream)
  @SubscribeMessage('allowed')
  allowed(): string {
    return 'allowed';
  }
  @UseInterceptors(Doubling)
  @SubscribeMessage('intercepted')
  intercepted(@MessageBody() value: number): number {
    return value + 1;
  }
  @UseFilters(TypeErrorFilter)
  @SubscribeMessage('filtered')
  filtered(@MessageBody() kind: string): never {
    throw kind === 'type' ? new TypeError('wrong type') : new BadRequestException('not for the filter');
  }
  @UseFilters(SilentFilter)
  @SubscribeMessage('silent filter')
  silentFilter(): never {
    throw new Error('secret');
  }
  @UseFilters(FailingFilter)
  @SubscribeMessage('failing filter')
  failingFilter(): never {
    throw new Error('secret');
  }
  @UseFilters(AckingFilter)
  @SubscribeMessage('acking filter')
  ackingFilter(): never {
    throw new RangeError('out');
  }
  @UseFilters(new BaseWsExceptionFilter())
  @SubscribeMessage('base filter')
  baseFilter(): never {
    throw new WsException('told by the base filter');
  }
}

describe.each(['express', 'fastify'] as const)('a gateway on %s', (platform) => {
  let running: TestApp | undefined;

  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  async function start(options: TestAppOptions = {}): Promise<TestApp> {
    running = await startApp({ providers: [Gateway], platform, ...options });
    return running;
  }

  it('acks what a handler returns, as it is', async () => {
    const { clients } = await start();
    const socket = await clients.connect();
    expect(await socket.emitWithAck('plain', 7)).toEqual({ body: 7 });
    expect(await socket.emitWithAck('null')).toBeNull();
    expect(await socket.emitWithAck('nothing')).toBeUndefined();
    expect(await socket.emitWithAck('inherited')).toBe('from the base class');
    expect(await socket.emitWithAck('manual')).toBe('by hand');
  });

  it('emits what a handler returns as an event, and each value of a stream', async () => {
    const { clients } = await start();
    const socket = await clients.connect();
    const other = next(socket, 'other');
    socket.emit('response');
    expect(await other).toEqual([[1, 2]]);
    const ticks: unknown[] = [];
    socket.on('tick', (tick: unknown) => ticks.push(tick));
    socket.emit('stream');
    await socket.emitWithAck('nothing');
    expect(ticks).toEqual([1, 2]);
  });

  it('hands parameters to the method, custom ones included', async () => {
    const { clients } = await start();
    const socket = await clients.connect();
    expect(await socket.emitWithAck('params', { text: 'a' }, 'b', 3)).toEqual({
      text: 'a',
      second: 'b',
      all: [{ text: 'a' }, 'b', 3],
      isSame: true,
    });
    expect(await socket.emitWithAck('piped', 'hello')).toBe('HELLO, later');
    expect(await socket.emitWithAck('parsed', '12')).toBe(12);
  });

  it('validates bodies like a controller does, and keeps pipes away from the socket', async () => {
    const { clients, logger } = await start();
    const socket = await clients.connect();
    expect(await socket.emitWithAck('validated', { text: 'long enough' })).toEqual({
      text: 'long enough',
      isMessage: false,
      connected: true,
    });
    expect(await socket.emitWithAck('validated', { text: 'a' })).toEqual({
      status: 400,
      message: 'Bad Request',
      details: ['text must be longer than or equal to 2 characters'],
    });
    expect(await socket.emitWithAck('validated ack', { text: 1 })).toMatchObject({
      ok: false,
      error: { status: 400, message: 'Bad Request' },
    });
    expect(logger.errors).toEqual([]);
  });

  it('tells the first of what is wrong with a long list, and how many others there are', async () => {
    const { clients } = await start();
    const socket = await clients.connect();
    const { error } = await socket.emitWithAck('validated list', { all: Array(50).fill({ text: 'a' }) });
    expect(error.details).toHaveLength(21);
    expect(error.details[19]).toBe('all.19.text must be longer than or equal to 2 characters');
    expect(error.details[20]).toBe('and 30 more');
  });

  it('answers the ack of a handler that fails, logs what nobody expected once, and lives', async () => {
    const { clients, logger } = await start();
    const socket = await clients.connect();
    expect(await socket.emitWithAck('throwing')).toEqual({ status: 500, message: 'Internal server error' });
    expect(logger.errors).toHaveLength(1);
    expect(String(logger.errors[0]![0])).toContain('"throwing" failed: secret');
    expect(await socket.emitWithAck('rejecting')).toEqual({ status: 400, message: 'bad' });
    expect(await socket.emitWithAck('ws exception')).toEqual({
      status: 422,
      message: 'no',
      code: 'E_NO',
      details: { field: 'text' },
    });
    expect(await socket.emitWithAck('failing stream')).toEqual({ status: 400, message: 'stream failed' });
    expect(logger.errors).toHaveLength(1);
    expect(await socket.emitWithAck('big')).toEqual({ status: 500, message: 'Internal server error' });
    expect(logger.errors).toHaveLength(2);
    expect(await socket.emitWithAck('plain', 1)).toEqual({ body: 1 });
  });

  it('tells an error as an exception event where no ack was asked for', async () => {
    const { clients } = await start();
    const socket = await clients.connect();
    const exception = next(socket, 'exception');
    socket.emit('throwing');
    expect(await exception).toEqual([{ status: 500, message: 'Internal server error', event: 'throwing' }]);
  });

  it('always answers @SubscribeAck, with an envelope', async () => {
    const { clients, logger } = await start();
    const socket = await clients.connect();
    expect(await socket.emitWithAck('ok', [1])).toEqual({ ok: true, data: [1] });
    expect(await socket.emitWithAck('ok nothing')).toEqual({ ok: true, data: null });
    expect(await socket.emitWithAck('ok stream')).toEqual({ ok: true, data: 3 });
    expect(await socket.emitWithAck('fast enough')).toEqual({ ok: true, data: 1 });
    expect(await socket.emitWithAck('not ok')).toEqual({
      ok: false,
      error: { status: 500, message: 'Internal server error' },
    });
    expect(await socket.emitWithAck('slow')).toEqual({
      ok: false,
      error: { status: 408, message: 'The handler did not finish in time' },
    });
    expect(logger.errors).toHaveLength(1);
  });

  it('asks guards, and answers the ack of an event that one refuses', async () => {
    const { clients, logger } = await start();
    const socket = await clients.connect();
    expect(await socket.emitWithAck('denied')).toEqual({ status: 403, message: 'Forbidden resource' });
    expect(await socket.emitWithAck('denied later')).toEqual({
      ok: false,
      error: { status: 403, message: 'Forbidden resource' },
    });
    seen.length = 0;
    expect(await socket.emitWithAck('allowed', { a: 1 })).toBe('allowed');
    expect(seen).toEqual([['ws', socket.id, { a: 1 }, 'allowed', 'allowed']]);
    expect(logger.errors).toEqual([]);
  });

  it('runs interceptors around the handler', async () => {
    const { clients } = await start();
    const socket = await clients.connect();
    expect(await socket.emitWithAck('intercepted', 4)).toBe(10);
  });

  it('lets filters decide what the client is told', async () => {
    const { clients } = await start();
    const socket = await clients.connect();
    expect(await socket.emitWithAck('filtered', 'type')).toEqual({ status: 418, message: 'filtered: wrong type' });
    expect(await socket.emitWithAck('filtered', 'other')).toEqual({ status: 400, message: 'not for the filter' });
    expect(await socket.emitWithAck('silent filter')).toEqual({ status: 500, message: 'Internal server error' });
    expect(await socket.emitWithAck('failing filter')).toEqual({ status: 499, message: 'from the filter' });
    expect(await socket.emitWithAck('acking filter')).toBe('acked by the filter');
    expect(await socket.emitWithAck('base filter')).toEqual({ status: 400, message: 'told by the base filter' });
  });

  it('applies global enhancers, set on the application or provided', async () => {
    const { clients } = await start({
      providers: [Gateway, { provide: APP_INTERCEPTOR, useClass: Doubling }, { provide: APP_PIPE, useClass: Upper }],
      configure: (app) => app.useGlobalFilters(new TypeErrorFilter()).useGlobalGuards(new Recording()),
    });
    const socket = await clients.connect();
    seen.length = 0;
    expect(await socket.emitWithAck('intercepted', 4)).toBe(20);
    expect(await socket.emitWithAck('validated', { text: 'ab' })).toBeNull();
    expect(seen).toHaveLength(2);
  });

  it('applies global filters and guards that are provided', async () => {
    @Catch()
    class Everything implements ExceptionFilter {
      catch(exception: Error): unknown {
        return { caught: exception.message };
      }
    }
    const { clients } = await start({
      providers: [Gateway, { provide: APP_FILTER, useClass: Everything }, { provide: APP_GUARD, useClass: Denying }],
    });
    const socket = await clients.connect();
    expect(await socket.emitWithAck('plain')).toEqual({ caught: 'Forbidden resource' });
  });

  it('asks a request-scoped global guard, and gives it the socket as REQUEST', async () => {
    const asked: unknown[] = [];
    @Injectable({ scope: Scope.REQUEST })
    class ScopedGuard implements CanActivate {
      constructor(@Inject(REQUEST) private readonly request: Socket) {}
      canActivate(context: ExecutionContext): boolean {
        asked.push(this.request === context.switchToWs().getClient());
        return context.switchToWs().getData<unknown>() !== 'deny';
      }
    }
    let created = 0;
    @WebSocketGateway()
    class CountedGateway {
      constructor() {
        created++;
      }
      @SubscribeMessage('plain')
      plain(): string {
        return 'allowed';
      }
    }
    const { clients } = await start({
      providers: [CountedGateway, { provide: APP_GUARD, useClass: ScopedGuard }],
    });
    const socket = await clients.connect();
    expect(await socket.emitWithAck('plain', 'deny')).toEqual({ status: 403, message: 'Forbidden resource' });
    expect(await socket.emitWithAck('plain', 'allow')).toBe('allowed');
    expect(asked).toEqual([true, true]);
    expect(created).toBe(1);
  });

  it('ignores events that nobody handles, and takes what comes after them', async () => {
    const { clients } = await start();
    const socket = await clients.connect();
    socket.emit('unknown', 1);
    expect(await socket.emitWithAck('plain', 2)).toEqual({ body: 2 });
  });
});
