import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  Injectable,
  ParseIntPipe,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import {
  Ack,
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  type WsResponse,
} from '@nestjs/websockets';
import { map, Observable, of, throwError } from 'rxjs';
import {
  SubscribeAck as OwnSubscribeAck,
  SubscribeMessage as OwnSubscribeMessage,
  WebSocketGateway as OwnGateway,
  type Server,
  type Socket,
} from '../../lib/index.js';
import { next } from '../support/clients.js';
import { Gate, startApp } from './support.js';

@Injectable()
class TicketGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToWs().getClient<Socket>().handshake.auth['ticket'] === 'paid';
  }
}

@Injectable()
class Doubling implements NestInterceptor {
  intercept(_context: ExecutionContext, handler: CallHandler): Observable<unknown> {
    return handler.handle().pipe(map((value: number) => value * 2));
  }
}

const life: unknown[] = [];
let gone = new Gate();
let streamEnded = new Gate();

@WebSocketGateway({ namespace: 'untouched' })
class UntouchedGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  @WebSocketServer() server!: Server;
  afterInit(server: unknown): void {
    life.push(server === this.server);
  }
  handleConnection(socket: Socket): void {
    life.push(socket.id);
  }
  handleDisconnect(socket: Socket, reason?: string): void {
    life.push(socket.id, reason);
    gone.open();
  }
  @SubscribeMessage('plain')
  plain(@MessageBody() body: unknown, @ConnectedSocket() socket: Socket): unknown {
    return { body, id: socket.id };
  }
  @SubscribeMessage('property')
  property(@MessageBody('n', ParseIntPipe) n: number): number {
    return n;
  }
  @SubscribeMessage('response')
  response(@MessageBody() data: unknown): WsResponse {
    return { event: 'answer', data };
  }
  @SubscribeMessage('stream')
  stream(): Observable<WsResponse<number>> {
    return of(1, 2, 3).pipe(map((data) => ({ event: 'tick', data })));
  }
  @SubscribeMessage('failing stream')
  failingStream(): Observable<never> {
    return throwError(() => new WsException('stream failed'));
  }
  @SubscribeMessage('endless stream')
  endlessStream(): Observable<WsResponse<string>> {
    return new Observable((subscriber) => {
      subscriber.next({ event: 'tick', data: 'begun' });
      return () => streamEnded.open();
    });
  }
  @SubscribeMessage('stream for nobody')
  async streamForNobody(@ConnectedSocket() socket: Socket): Promise<Observable<never>> {
    socket.disconnect();
    return new Observable(() => {
      life.push('subscribed for nobody');
    });
  }
  @SubscribeMessage('numbered')
  numbered(): unknown {
    return { event: 5, data: 'five' };
  }
  @SubscribeMessage('unnamed')
  unnamed(): unknown {
    return { event: '', data: 'none' };
  }
  @SubscribeMessage('later')
  async later(): Promise<string> {
    return 'later';
  }
  @SubscribeMessage('by hand')
  byHand(@MessageBody() body: unknown, @Ack() ack: (answer: unknown) => void): string {
    ack({ acked: body });
    return 'ignored';
  }
  @SubscribeMessage('refusing')
  refusing(): never {
    throw new WsException('no');
  }
  @SubscribeMessage('throwing')
  throwing(): never {
    throw new Error('secret');
  }
  @UseGuards(TicketGuard)
  @SubscribeMessage('guarded')
  guarded(): string {
    return 'in';
  }
  @UseInterceptors(Doubling)
  @SubscribeMessage('intercepted')
  intercepted(): number {
    return 21;
  }
  @SubscribeMessage('to all')
  toAll(): void {
    this.server.emit('told', 'all');
  }
  @SubscribeMessage('shared')
  shared(): string {
    return 'untouched';
  }
  @SubscribeMessage('unsendable')
  unsendable(): unknown {
    return { big: 1n };
  }
  @SubscribeMessage('unsendable response')
  unsendableResponse(): WsResponse {
    return { event: 'answer', data: 1n };
  }
}

@OwnGateway({ namespace: '/untouched' })
class OwnOnTheSameNamespace {
  @OwnSubscribeAck('own')
  own(): string {
    return 'own';
  }
}

@OwnGateway()
class OwnOnTheMainNamespace {
  @OwnSubscribeMessage('plain')
  plain(): string {
    return 'main';
  }
}

/** Nest passes the reason on from 12 on. */
function reasonsOf(reason: string): unknown[] {
  return [reason, undefined];
}

describe.each(['express', 'fastify'] as const)('an untouched gateway of @nestjs/websockets on %s', (platform) => {
  it('acks and emits what its handlers return', async () => {
    await using running = await startApp({ platform, providers: [UntouchedGateway] });
    const socket = await running.clients.connect('/untouched');
    expect(await socket.emitWithAck('plain', [1])).toEqual({ body: [1], id: socket.id });
    expect(await socket.emitWithAck('property', { n: '7' })).toBe(7);
    expect(await socket.emitWithAck('later')).toBe('later');
    expect(await socket.emitWithAck('by hand', 1)).toEqual({ acked: 1 });
    expect(await socket.emitWithAck('intercepted')).toBe(42);
    const answer = next(socket, 'answer');
    socket.emit('response', { a: 1 });
    expect(await answer).toEqual([{ a: 1 }]);
    const ticks: unknown[] = [];
    const last = new Promise<void>((resolve) => {
      socket.on('tick', (tick: unknown) => {
        if (ticks.push(tick) === 3) resolve();
      });
    });
    socket.emit('stream');
    await last;
    expect(ticks).toEqual([1, 2, 3]);
    const told = next(socket, 'told');
    socket.emit('to all');
    expect(await told).toEqual(['all']);
  });

  it('emits what is named by a number, and acks what has an empty name', async () => {
    await using running = await startApp({ platform, providers: [UntouchedGateway] });
    const socket = await running.clients.connect('/untouched');
    const five = next(socket, '5');
    socket.emit('numbered');
    expect(await five).toEqual(['five']);
    expect(await socket.emitWithAck('unnamed')).toEqual({ event: '', data: 'none' });
  });

  it('ends the streams of a client that leaves, and begins none behind it', async () => {
    streamEnded = new Gate();
    await using running = await startApp({ platform, providers: [UntouchedGateway] });
    const socket = await running.clients.connect('/untouched');
    const tick = next(socket, 'tick');
    socket.emit('endless stream');
    expect(await tick).toEqual(['begun']);
    socket.disconnect();
    await streamEnded.opened;

    life.length = 0;
    gone = new Gate();
    const other = await running.clients.connect('/untouched');
    other.emit('stream for nobody');
    await gone.opened;
    // The next client is answered behind everything that was under way.
    const last = await running.clients.connect('/untouched');
    expect(await last.emitWithAck('later')).toBe('later');
    expect(life).not.toContain('subscribed for nobody');
  });

  it('tells errors as exception events, and lives', async () => {
    await using running = await startApp({ platform, providers: [UntouchedGateway] });
    const socket = await running.clients.connect('/untouched');
    for (const [event, message] of [
      ['refusing', 'no'],
      ['throwing', 'Internal server error'],
      ['failing stream', 'stream failed'],
      ['guarded', 'Forbidden resource'],
      ['property', 'Validation failed (numeric string is expected)'],
    ] as const) {
      const exception = next(socket, 'exception');
      socket.emit(event, { n: 'x' });
      const [told] = (await exception) as [{ status: string; message: string }];
      expect(told).toMatchObject({ status: 'error' });
      // Nest's own filter knows WsExceptions; everything else is an internal error to it.
      expect([message, 'Internal server error']).toContain(told.message);
      if (message === 'no' || message === 'stream failed') expect(told.message).toBe(message);
    }
    expect(await socket.emitWithAck('later')).toBe('later');
    const paid = await running.clients.connect('/untouched', { auth: { ticket: 'paid' } });
    expect(await paid.emitWithAck('guarded')).toBe('in');
  });

  it('tells and logs that an answer cannot be sent', async () => {
    await using running = await startApp({ platform, providers: [UntouchedGateway] });
    const socket = await running.clients.connect('/untouched');
    const internal = { status: 'error', message: 'Internal server error' };
    expect(await socket.emitWithAck('unsendable')).toEqual(internal);
    const exception = next(socket, 'exception');
    socket.emit('unsendable response');
    expect(await exception).toEqual([internal]);
    expect(await socket.emitWithAck('later')).toBe('later');
    expect(running.logger.errors.map(([line]) => line)).toEqual([
      expect.stringContaining('Unhandled error in "unsendable": '),
      expect.stringContaining('Unhandled error in "unsendable response": '),
    ]);
  });

  it('is told when its namespace is there, and when sockets come and go', async () => {
    life.length = 0;
    gone = new Gate();
    await using running = await startApp({ platform, providers: [UntouchedGateway] });
    const socket = await running.clients.connect('/untouched');
    const { id } = socket;
    socket.disconnect();
    await gone.opened;
    expect(life.slice(0, 3)).toEqual([true, id, id]);
    expect(reasonsOf('client namespace disconnect')).toContain(life[3]);
  });

  it('shares the server, and its namespace, with gateways of our own', async () => {
    await using running = await startApp({
      platform,
      providers: [OwnOnTheMainNamespace, OwnOnTheSameNamespace, UntouchedGateway],
    });
    const untouched = await running.clients.connect('/untouched');
    expect(await untouched.emitWithAck('shared')).toBe('untouched');
    expect(await untouched.emitWithAck('own')).toEqual({ ok: true, data: 'own' });
    expect(await untouched.io.socket('/').emitWithAck('plain')).toBe('main');
  });

  it('hears of the shutdown', async () => {
    life.length = 0;
    gone = new Gate();
    const running = await startApp({ platform, providers: [UntouchedGateway] });
    const socket = await running.clients.connect('/untouched', { transports: ['websocket'] });
    const { id } = socket;
    const told = next(socket, 'disconnect');
    await running.app.close();
    expect((await told)[0]).toBe('transport close');
    expect(life.slice(0, 3)).toEqual([true, id, id]);
    expect(reasonsOf('server shutting down')).toContain(life[3]);
  });
});
