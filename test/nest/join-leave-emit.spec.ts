import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  BadRequestException,
  Injectable,
  Scope,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { concat, map, NEVER, of, Subject, throwError, type Observable } from 'rxjs';
import {
  Ack,
  Broadcaster,
  ConnectedSocket,
  EmitTo,
  JoinRoom,
  LeaveRoom,
  MessageBody,
  Namespace,
  NamespaceParam,
  OnConnect,
  OnDisconnect,
  Room,
  RoomGuard,
  SOCKET_IO_SERVER,
  SubscribeAck,
  SubscribeAny,
  SubscribeMessage,
  WebSocketGateway,
  type Server,
  type Socket,
} from '../../lib/index.js';
import { next } from '../support/clients.js';
import { bootError, Gate, startApp, type TestApp } from './support.js';

/** The rooms that the only client of an application is in, its own apart. */
function roomsIn({ app }: TestApp): string[] {
  const [socket] = [...app.get<Server>(SOCKET_IO_SERVER).sockets.sockets.values()];
  return [...socket!.rooms].filter((room) => room !== socket!.id);
}

/** What a client is answered, and the rooms it is in at that moment. */
async function outcome(
  gateway: Type,
  event: string,
  ...args: unknown[]
): Promise<{ answer: unknown; rooms: string[] }> {
  await using running = await startApp({ providers: [gateway] });
  const client = await running.clients.connect();
  const answer: unknown = await client.emitWithAck(event, ...args);
  return { answer, rooms: roomsIn(running) };
}

class Mapping implements NestInterceptor {
  intercept(_context: ExecutionContext, handler: CallHandler): Observable<unknown> {
    return handler.handle().pipe(map((value) => ({ mapped: value as unknown })));
  }
}

class Failing implements NestInterceptor {
  intercept(_context: ExecutionContext, handler: CallHandler): Observable<never> {
    return handler.handle().pipe(
      map(() => {
        throw new BadRequestException('by the interceptor');
      }),
    );
  }
}

async function* counted(): AsyncGenerator<number> {
  yield 1;
  yield 2;
}

@WebSocketGateway()
class Gateway {
  @SubscribeAck('sync')
  @JoinRoom('room:{id}', { open: true })
  sync(): string {
    return 'done';
  }
  @SubscribeAck('async')
  @JoinRoom('room:{id}', { open: true })
  async async(): Promise<string> {
    return 'done';
  }
  @SubscribeAck('stream')
  @JoinRoom('room:{id}', { open: true })
  stream(): Observable<string> {
    return of('first', 'done');
  }
  @SubscribeAck('promise of a stream')
  @JoinRoom('room:{id}', { open: true })
  async promiseOfStream(): Promise<Observable<string>> {
    return of('first', 'done');
  }
  @SubscribeAck('iterable')
  @JoinRoom('room:{id}', { open: true })
  iterable(): AsyncGenerator<number> {
    return counted();
  }
  @UseInterceptors(Mapping)
  @SubscribeAck('intercepted')
  @JoinRoom('room:{id}', { open: true })
  intercepted(): string {
    return 'done';
  }
  @SubscribeMessage('message')
  @JoinRoom('room:{id}', { open: true })
  message(): string {
    return 'done';
  }
  @SubscribeMessage('message stream')
  @JoinRoom('room:{id}', { open: true })
  messageStream(): Observable<string> {
    return of('done');
  }
  @UseInterceptors(Mapping)
  @SubscribeMessage('intercepted message')
  @JoinRoom('room:{id}', { open: true })
  interceptedMessage(): string {
    return 'done';
  }
  @SubscribeAck('nothing')
  @JoinRoom('room:{id}', { open: true })
  nothing(): void {}

  @SubscribeAck('throws')
  @JoinRoom('room:{id}', { open: true })
  throws(): never {
    throw new BadRequestException('failed');
  }
  @SubscribeAck('rejects')
  @JoinRoom('room:{id}', { open: true })
  async rejects(): Promise<never> {
    throw new BadRequestException('failed');
  }
  @SubscribeAck('failing stream')
  @JoinRoom('room:{id}', { open: true })
  failingStream(): Observable<unknown> {
    return concat(
      of(1),
      throwError(() => new BadRequestException('failed')),
    );
  }
  @UseInterceptors(Failing)
  @SubscribeAck('failing interceptor')
  @JoinRoom('room:{id}', { open: true })
  failingInterceptor(): void {}
  @SubscribeAck('refused')
  @JoinRoom('room:{id}', () => false)
  refused(): void {}
  @SubscribeMessage('throws plainly')
  @JoinRoom('room:{id}', { open: true })
  throwsPlainly(): never {
    throw new BadRequestException('failed');
  }
}

describe('@JoinRoom', () => {
  const ok = (data: unknown): object => ({ ok: true, data });

  it.each<[event: string, answer: unknown]>([
    ['sync', ok('done')],
    ['async', ok('done')],
    ['stream', ok('done')],
    ['promise of a stream', ok('done')],
    ['iterable', ok(2)],
    ['intercepted', ok({ mapped: 'done' })],
    ['nothing', ok(null)],
    ['message', 'done'],
    ['message stream', 'done'],
    ['intercepted message', { mapped: 'done' }],
  ])('has joined when a handler that succeeds is answered: %s', async (event, answer) => {
    expect(await outcome(Gateway, event, { id: 'a' })).toEqual({ answer, rooms: ['room:a'] });
  });

  it.each<[event: string, message: string]>([
    ['throws', 'failed'],
    ['rejects', 'failed'],
    ['failing stream', 'failed'],
    ['failing interceptor', 'by the interceptor'],
    ['refused', 'You may not join this room'],
  ])('leaves the client outside when the handler fails: %s', async (event, message) => {
    const { answer, rooms } = await outcome(Gateway, event, { id: 'a' });
    expect(answer).toMatchObject({ ok: false, error: { message } });
    expect(rooms).toEqual([]);
  });

  it('leaves the client outside when @SubscribeMessage fails', async () => {
    const { answer, rooms } = await outcome(Gateway, 'throws plainly', { id: 'a' });
    expect(answer).toEqual({ status: 400, message: 'failed' });
    expect(rooms).toEqual([]);
  });

  it('leaves the client outside when the handler succeeds after it was answered with 408', async () => {
    const gate = new Gate();
    const finished = new Gate();
    @WebSocketGateway()
    class SlowGateway {
      @SubscribeAck('slow', { timeout: 1 })
      @JoinRoom('late')
      async slow(): Promise<void> {
        await gate.opened;
        setImmediate(finished.open);
      }
      @SubscribeAck('in time', { timeout: 60_000 })
      @JoinRoom('early')
      async inTime(): Promise<void> {}
    }
    await using running = await startApp({ providers: [SlowGateway] });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('slow')).toMatchObject({ ok: false, error: { status: 408 } });
    gate.open();
    await finished.opened;
    expect(await client.emitWithAck('in time')).toEqual({ ok: true, data: null });
    expect(roomsIn(running)).toEqual(['early']);
  });

  it('waits for an adapter that joins later, and tells its error', async () => {
    const gate = new Gate();
    await using running = await startApp({ providers: [Gateway] });
    const { adapter } = running.app.get<Server>(SOCKET_IO_SERVER).sockets;
    const client = await running.clients.connect();
    const addAll = adapter.addAll.bind(adapter);
    Object.assign(adapter, {
      addAll: async (...args: Parameters<typeof addAll>) => {
        await gate.opened;
        await addAll(...args);
      },
    });
    let isAnswered = false;
    const answered = client.emitWithAck('sync', { id: 'a' }).then(() => (isAnswered = true));
    expect(await client.emitWithAck('throws', { id: 'a' })).toMatchObject({ ok: false });
    expect(isAnswered).toBe(false);
    gate.open();
    await answered;
    expect(roomsIn(running)).toEqual(['room:a']);

    Object.assign(adapter, { addAll: () => Promise.reject(new BadRequestException('no room')) });
    for (const event of ['sync', 'stream']) {
      const answer: unknown = await client.emitWithAck(event, { id: 'b' });
      expect(answer).toEqual({ ok: false, error: { status: 400, message: 'no room' } });
    }
    expect(roomsIn(running)).toEqual(['room:a']);
  });

  it('joins the room that was checked, whatever the method does with its arguments', async () => {
    @WebSocketGateway()
    class ChangingGateway {
      @SubscribeAck('enter')
      @JoinRoom('room:{id}', (_socket, room) => room === 'room:a')
      enter(@MessageBody() body: { id: string }): void {
        body.id = 'b';
      }
    }
    expect((await outcome(ChangingGateway, 'enter', { id: 'a' })).rooms).toEqual(['room:a']);
  });

  it('is for values of every kind: arguments, the namespace, what the socket keeps', async () => {
    @Namespace('/org/:id')
    @WebSocketGateway()
    class OrgGateway {
      @OnConnect()
      connected(socket: Socket): void {
        socket.data.tenant = 't';
      }
      @SubscribeAck('enter')
      @JoinRoom('org:{params.id}/tenant:{data.tenant}/room:{args.1}', { open: true })
      enter(@Room() room: string, @NamespaceParam('id') id: string): unknown {
        return [room, id];
      }
    }
    await using running = await startApp({ providers: [OrgGateway] });
    const client = await running.clients.connect('/org/acme');
    expect(await client.emitWithAck('enter', 'x', 7)).toEqual({ ok: true, data: ['org:acme/tenant:t/room:7', 'acme'] });
  });
});

describe('a stream of @SubscribeMessage with a room', () => {
  it('hands over each value, the last one once the room is joined', async () => {
    const source = new Subject<unknown>();
    @WebSocketGateway()
    class StreamGateway {
      @SubscribeMessage('watch')
      @JoinRoom('room')
      watch(): Observable<unknown> {
        return source;
      }
      @SubscribeMessage('subscribed')
      subscribed(): boolean {
        return source.observed;
      }
    }
    await using running = await startApp({ providers: [StreamGateway] });
    const client = await running.clients.connect();
    const ticks: unknown[] = [];
    client.on('tick', (value) => ticks.push(value));
    client.emit('watch');
    expect(await client.emitWithAck('subscribed')).toBe(true);
    source.next({ event: 'tick', data: 1 });
    source.next({ event: 'tick', data: 2 });
    expect(await client.emitWithAck('subscribed')).toBe(true);
    expect([ticks, roomsIn(running)]).toEqual([[1], []]);
    source.complete();
    expect(await client.emitWithAck('subscribed')).toBe(false);
    expect([ticks, roomsIn(running)]).toEqual([[1, 2], ['room']]);
  });

  it('hands over each value at once where nothing is to do behind it', async () => {
    @WebSocketGateway()
    class StreamGateway {
      @SubscribeMessage('watch')
      @RoomGuard('room', () => true)
      watch(): Observable<unknown> {
        return concat(of('now'), NEVER);
      }
    }
    expect((await outcome(StreamGateway, 'watch')).answer).toBe('now');
  });

  it('hands over what came before it failed', async () => {
    @WebSocketGateway()
    class StreamGateway {
      @SubscribeMessage('watch')
      @JoinRoom('room')
      watch(): Observable<unknown> {
        return concat(
          of({ event: 'tick', data: 1 }),
          throwError(() => new BadRequestException('failed')),
        );
      }
    }
    await using running = await startApp({ providers: [StreamGateway] });
    const client = await running.clients.connect();
    const tick = next(client, 'tick');
    expect(await client.emitWithAck('watch')).toEqual({ status: 400, message: 'failed' });
    expect(await tick).toEqual([1]);
    expect(roomsIn(running)).toEqual([]);
  });
});

describe('several room decorators of one method', () => {
  it('are executed as they are written', async () => {
    const seen: string[] = [];
    @WebSocketGateway()
    class MovingGateway {
      @SubscribeAck('move')
      @LeaveRoom('room:{from}')
      @JoinRoom('room:{to}', { open: true })
      @JoinRoom('hall')
      move(@Room() left: string, @Room(1) joined: string, @Room(2) hall: string): string[] {
        return [left, joined, hall];
      }
    }
    await using running = await startApp({ providers: [MovingGateway] });
    const { adapter } = running.app.get<Server>(SOCKET_IO_SERVER).sockets;
    for (const event of ['join-room', 'leave-room']) {
      adapter.on(event, (room: string) => seen.push(`${event} ${room}`));
    }
    const client = await running.clients.connect();
    seen.length = 0;
    expect(await client.emitWithAck('move', { from: 1, to: 2 })).toEqual({
      ok: true,
      data: ['room:1', 'room:2', 'hall'],
    });
    await client.emitWithAck('move', { from: 2, to: 1 });
    expect(seen).toEqual(['join-room room:2', 'join-room hall', 'leave-room room:2', 'join-room room:1']);
    expect(roomsIn(running)).toEqual(['hall', 'room:1']);
  });

  it('name the rooms of each handler of an event for itself', async () => {
    const seen: string[] = [];
    @WebSocketGateway()
    class FirstGateway {
      @SubscribeMessage('event')
      @JoinRoom('first:{id}', { open: true })
      async event(@Room() room: string): Promise<void> {
        seen.push(room);
      }
    }
    @WebSocketGateway()
    class SecondGateway {
      @SubscribeAck('event')
      @JoinRoom('second:{id}', { open: true })
      event(@Room() room: string): void {
        seen.push(room);
      }
      @SubscribeAck('done')
      done(): void {}
    }
    await using running = await startApp({ providers: [FirstGateway, SecondGateway] });
    const client = await running.clients.connect();
    client.emit('event', { id: 1 });
    await client.emitWithAck('done');
    expect(seen).toEqual(['first:1', 'second:1']);
    expect(roomsIn(running).sort()).toEqual(['first:1', 'second:1']);
  });
});

describe('@LeaveRoom', () => {
  it('leaves once the method has succeeded, and not when it throws', async () => {
    @WebSocketGateway()
    class LeavingGateway {
      @OnConnect()
      connected(socket: Socket): unknown {
        return socket.join('room:1');
      }
      @SubscribeAck('leave')
      @RoomGuard('room:{args.0}')
      @LeaveRoom('room:{args.0}')
      leave(@MessageBody() id: unknown, @MessageBody() _id: unknown, @ConnectedSocket() socket: Socket): boolean {
        return socket.rooms.has(`room:${String(id)}`);
      }
      @SubscribeAck('fail')
      @LeaveRoom('room:{args.0}')
      fail(): never {
        throw new BadRequestException('failed');
      }
    }
    await using running = await startApp({ providers: [LeavingGateway] });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('fail', 1)).toMatchObject({ ok: false });
    expect(roomsIn(running)).toEqual(['room:1']);
    expect(await client.emitWithAck('leave', 1)).toEqual({ ok: true, data: true });
    expect(roomsIn(running)).toEqual([]);
    expect(await client.emitWithAck('leave', 1)).toMatchObject({ ok: false, error: { status: 403 } });
  });
});

describe('@EmitTo', () => {
  @WebSocketGateway()
  class EmittingGateway {
    @SubscribeAck('enter')
    @JoinRoom('room')
    enter(): void {}
    @SubscribeAck('to others')
    @EmitTo('room')
    toOthers(@MessageBody() value: unknown): unknown {
      return value;
    }
    @SubscribeAck('by name')
    @EmitTo('room', 'named')
    byName(): string {
      return 'named';
    }
    @SubscribeAck('to all')
    @EmitTo('room', { includeSender: true })
    toAll(): string {
      return 'all';
    }
    @SubscribeAck('to all by name')
    @EmitTo('room', 'named', { includeSender: true })
    toAllByName(): string {
      return 'all';
    }
    @SubscribeAck('to all by option')
    @EmitTo('room', { event: 'named', includeSender: true })
    toAllByOption(): string {
      return 'all';
    }
    @SubscribeAck('stream')
    @EmitTo('room', 'named')
    stream(): Observable<number> {
      return of(1, 2);
    }
    @UseInterceptors(Mapping)
    @SubscribeAck('intercepted')
    @EmitTo('room', 'named')
    intercepted(): string {
      return 'secret inside';
    }
    @SubscribeMessage('response')
    @EmitTo('room', 'named')
    response(): unknown {
      return { event: 'other', data: 1 };
    }
    @SubscribeAck('nothing')
    @EmitTo('room', 'named')
    async nothing(): Promise<void> {}
    @SubscribeAck('throws')
    @EmitTo('room', 'named')
    throws(): never {
      throw new BadRequestException('failed');
    }
    @SubscribeAck('big')
    @EmitTo('room', 'named')
    big(): bigint {
      return 1n;
    }
    @SubscribeAck('to the user')
    @EmitTo('room', 'named')
    @EmitTo('hall', 'named in hall', { includeSender: true })
    @JoinRoom('hall')
    both(): string {
      return 'both';
    }
  }

  /** What each client is sent for an event: the sender, another member, somebody outside. */
  async function sentFor(event: string, ...args: unknown[]): Promise<{ answer: unknown; sent: unknown[] }> {
    await using running = await startApp({ providers: [EmittingGateway] });
    const [sender, member, outsider] = [
      await running.clients.connect(),
      await running.clients.connect(),
      await running.clients.connect(),
    ];
    await sender.emitWithAck('enter');
    await member.emitWithAck('enter');
    const sent: unknown[] = [];
    const ends = [sender, member, outsider].map((client, index) => {
      client.onAny((...args: unknown[]) => {
        if (args[0] !== 'end') sent.push([['sender', 'member', 'outsider'][index], ...args]);
      });
      return next(client, 'end');
    });
    const answer: unknown = await sender.emitWithAck(event, ...args);
    running.app.get(Broadcaster).emit('end');
    await Promise.all(ends);
    return { answer, sent };
  }

  const ok = (data: unknown): object => ({ ok: true, data });

  it.each<[what: string, event: string, answer: unknown, sent: unknown[]]>([
    ['under the name of its event', 'to others', ok({ a: 1 }), [['member', 'to others', { a: 1 }]]],
    ['under a name of its own', 'by name', ok('named'), [['member', 'named', 'named']]],
    ['of a stream, the last value', 'stream', ok(2), [['member', 'named', 2]]],
    [
      'as interceptors make it',
      'intercepted',
      ok({ mapped: 'secret inside' }),
      [['member', 'named', { mapped: 'secret inside' }]],
    ],
  ])('tells the other members what the method returned, %s', async (_what, event, answer, sent) => {
    expect(await sentFor(event, { a: 1 })).toEqual({ answer, sent });
  });

  it.each([
    ['to all', 'to all'],
    ['to all by name', 'named'],
    ['to all by option', 'named'],
  ])('tells the sender too when it is asked to: %s', async (event, name) => {
    const { sent } = await sentFor(event);
    expect(sent).toHaveLength(2);
    expect(sent).toEqual(
      expect.arrayContaining([
        ['sender', name, 'all'],
        ['member', name, 'all'],
      ]),
    );
  });

  it('broadcasts null, and nothing where nothing is returned', async () => {
    expect((await sentFor('to others', null)).sent).toEqual([['member', 'to others', null]]);
    expect(await sentFor('nothing')).toEqual({ answer: ok(null), sent: [] });
  });

  it('broadcasts a response of @SubscribeMessage as it is', async () => {
    await using running = await startApp({ providers: [EmittingGateway] });
    const [sender, member] = [await running.clients.connect(), await running.clients.connect()];
    await member.emitWithAck('enter');
    const heard = [next(sender, 'other'), next(member, 'named')];
    sender.emit('response');
    expect(await Promise.all(heard)).toEqual([[1], [{ event: 'other', data: 1 }]]);
  });

  it('says nothing when the method throws', async () => {
    expect(await sentFor('throws')).toMatchObject({ answer: { ok: false }, sent: [] });
  });

  it('fails the event when what was returned cannot be sent', async () => {
    expect(await sentFor('big')).toMatchObject({ answer: { ok: false, error: { status: 500 } }, sent: [] });
  });

  it('may stand there twice, and reaches who has joined above it alone', async () => {
    expect((await sentFor('to the user')).sent).toEqual([['member', 'named', 'both']]);
  });

  it('goes by the event that has come, where the method handles every event', async () => {
    @WebSocketGateway()
    class RelayingGateway {
      @SubscribeAck('enter')
      @JoinRoom('room')
      enter(): void {}
      @SubscribeAny()
      @EmitTo('room')
      relay(@MessageBody() value: unknown): unknown {
        return value;
      }
    }
    await using running = await startApp({ providers: [RelayingGateway] });
    const [sender, member] = [await running.clients.connect(), await running.clients.connect()];
    await member.emitWithAck('enter');
    const heard = next(member, 'anything');
    sender.emit('anything', 1);
    expect(await heard).toEqual([1]);
  });

  it.each(['connect', 'disconnect', ''])('keeps the application from starting with the event "%s"', async (event) => {
    @WebSocketGateway()
    class ReservedGateway {
      @SubscribeAck('event')
      @EmitTo('room', event)
      handle(): void {}
    }
    expect(await bootError({ providers: [ReservedGateway] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: `ReservedGateway.handle(): @EmitTo() cannot emit "${event}"`,
    });
  });
});

// nestjs/nest#1409, #5186, #6283
describe('decorators for rooms and connections', () => {
  it('are enough for a chat: nothing of it stands in a method', async () => {
    const left: string[] = [];
    @WebSocketGateway()
    class ChatGateway {
      @OnConnect()
      connected(socket: Socket): void {
        socket.data.name = socket.handshake.auth['name'];
      }
      @SubscribeAck('enter')
      @JoinRoom('room:{roomId}', { open: true })
      @EmitTo('room:{roomId}', 'entered')
      enter(@ConnectedSocket() socket: Socket): string {
        return socket.data.name;
      }
      @SubscribeAck('say')
      @RoomGuard('room:{roomId}')
      @EmitTo('room:{roomId}', 'said')
      say(@MessageBody('text') text: string): string {
        return text;
      }
      @SubscribeAck('exit')
      @LeaveRoom('room:{roomId}')
      exit(): void {}
      @OnDisconnect()
      disconnected(socket: Socket): void {
        left.push(socket.data.name);
      }
    }
    const running = await startApp({ providers: [ChatGateway] });
    const ann = await running.clients.connect('/', { auth: { name: 'ann' } });
    const bob = await running.clients.connect('/', { auth: { name: 'bob' } });
    const roomId = 1;
    expect(await bob.emitWithAck('say', { roomId, text: 'hi' })).toMatchObject({ error: { status: 403 } });
    await ann.emitWithAck('enter', { roomId });
    const entered = next(ann, 'entered');
    await bob.emitWithAck('enter', { roomId });
    expect(await entered).toEqual(['bob']);
    const said = next(bob, 'said');
    expect(await ann.emitWithAck('say', { roomId, text: 'hi' })).toEqual({ ok: true, data: 'hi' });
    expect(await said).toEqual(['hi']);
    await ann.emitWithAck('exit', { roomId });
    expect(await ann.emitWithAck('say', { roomId, text: 'hi' })).toMatchObject({ error: { status: 403 } });
    await running.close();
    expect(left.sort()).toEqual(['ann', 'bob']);
  });
});

describe('room decorators', () => {
  abstract class BaseGateway {
    @SubscribeAck('inherited')
    @JoinRoom('inherited')
    inherited(): void {}
    @SubscribeAck('replaced')
    @JoinRoom('replaced')
    replaced(): void {}
  }

  it('work on methods of a base class, and go with a method that is replaced', async () => {
    @WebSocketGateway()
    class DerivedGateway extends BaseGateway {
      @SubscribeAck('replaced')
      override replaced(): void {}
    }
    await using running = await startApp({ providers: [DerivedGateway] });
    const client = await running.clients.connect();
    await client.emitWithAck('replaced');
    await client.emitWithAck('inherited');
    expect(roomsIn(running)).toEqual(['inherited']);
  });

  it('work in request-scoped gateways', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerEvent {}
    @WebSocketGateway()
    class ScopedGateway {
      readonly perEvent: PerEvent;
      constructor(perEvent: PerEvent) {
        this.perEvent = perEvent;
      }
      @SubscribeAck('enter')
      @JoinRoom('room:{args.0}', { open: true })
      enter(@Room() room: string): unknown {
        return [room, this.perEvent instanceof PerEvent];
      }
    }
    await using running = await startApp({ providers: [PerEvent, ScopedGateway] });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('enter', 1)).toEqual({ ok: true, data: ['room:1', true] });
    expect(roomsIn(running)).toEqual(['room:1']);
  });

  it('leave the answer to a method that holds the ack', async () => {
    @WebSocketGateway()
    class ManualGateway {
      @SubscribeMessage('enter')
      @JoinRoom('room')
      enter(@Ack() ack: (answer: string) => void): void {
        ack('by hand');
      }
    }
    expect(await outcome(ManualGateway, 'enter')).toEqual({ answer: 'by hand', rooms: ['room'] });
  });

  it.each<[string, MethodDecorator]>([
    ['@RoomGuard', RoomGuard('room')],
    ['@JoinRoom', JoinRoom('room')],
    ['@LeaveRoom', LeaveRoom('room')],
    ['@EmitTo', EmitTo('room')],
  ])('keep the application from starting on methods that handle no event: %s', async (_name, decorator) => {
    @WebSocketGateway()
    class HookGateway {
      @OnConnect()
      @decorator
      connected(): void {}
    }
    expect(await bootError({ providers: [HookGateway] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message:
        'HookGateway.connected() has room decorators and handles no event; add @SubscribeMessage() or @SubscribeAck()',
    });
  });
});
