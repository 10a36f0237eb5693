import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Inject, Injectable, Scope, UseGuards, type CanActivate } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  ConnectedSocket,
  JoinRoom,
  OnDisconnect,
  SubscribeAck,
  SubscribeMessage,
  UseConnectionGuards,
  WebSocketGateway,
  type GatewayOptions,
  type GatewayRequest,
  type RoomPolicy,
  type Socket,
} from '../../lib/index.js';
import { bootError, Gate, startApp } from './support.js';

/** Counts its instances, and what is noted in each. */
@Injectable({ scope: Scope.REQUEST })
class Notes {
  static made = 0;
  readonly number = ++Notes.made;
  readonly lines: string[] = [];
  constructor(@Inject(REQUEST) readonly request: GatewayRequest) {}
}

@Injectable()
class NotingGuard implements CanActivate {
  constructor(@Inject(Notes) private readonly notes: Notes) {}
  canActivate(): boolean {
    return this.notes.lines.push('guard') > 0;
  }
}

@Injectable()
class NotingPolicy implements RoomPolicy {
  constructor(@Inject(Notes) private readonly notes: Notes) {}
  canJoin(): boolean {
    return this.notes.lines.push('policy') > 0;
  }
}

describe('the scope "connection"', () => {
  it('shares what is request-scoped from connection guards to disconnect hooks, among all gateways', async () => {
    const gone = new Gate();
    let last: Notes | undefined;
    @WebSocketGateway()
    @UseConnectionGuards(NotingGuard)
    class First {
      constructor(@Inject(Notes) private readonly notes: Notes) {}
      async handleConnection(socket: Socket): Promise<void> {
        await new Promise(setImmediate);
        this.notes.lines.push(`connected ${socket === this.notes.request}`);
      }
      @SubscribeAck('first')
      @UseGuards(NotingGuard)
      first(): void {
        this.notes.lines.push('first');
      }
      @OnDisconnect()
      left(): void {
        last = this.notes;
        gone.open();
      }
    }
    @WebSocketGateway()
    class Second {
      constructor(@Inject(Notes) private readonly notes: Notes) {}
      @SubscribeAck('second')
      @JoinRoom('room:a', NotingPolicy)
      second(): void {
        this.notes.lines.push('second');
      }
    }
    await using running = await startApp({
      options: { scope: 'connection' },
      providers: [First, Second, Notes, NotingGuard, NotingPolicy],
    });
    const made = Notes.made;
    const client = await running.clients.connect();
    await client.emitWithAck('first');
    await client.emitWithAck('second');
    client.disconnect();
    await gone.opened;
    expect(last?.lines).toEqual(['guard', 'connected true', 'guard', 'first', 'policy', 'second']);
    expect(Notes.made - made).toBe(1);
  });

  it('keeps events in order, also the first ones', async () => {
    const order: number[] = [];
    @WebSocketGateway({ scope: 'connection' })
    class Gateway {
      constructor(@Inject(Notes) private readonly notes: Notes) {}
      @SubscribeMessage('event')
      event(_socket: unknown, number: number): number {
        order.push(number);
        return this.notes.number;
      }
    }
    await using running = await startApp({ providers: [Gateway, Notes] });
    const client = await running.clients.connect();
    const sent = Array.from({ length: 20 }, (_each, index) => index);
    const answers = await Promise.all(sent.map((number) => client.emitWithAck('event', number)));
    expect(order).toEqual(sent);
    expect(new Set(answers).size).toBe(1);
  });

  it('keeps a request-scoped policy of a gateway that is none', async () => {
    @WebSocketGateway()
    class Gateway {
      @SubscribeAck('join')
      @JoinRoom('room:a', NotingPolicy)
      join(): void {}
    }
    await using running = await startApp({
      options: { scope: 'connection' },
      providers: [Gateway, Notes, NotingPolicy],
    });
    const made = Notes.made;
    const client = await running.clients.connect();
    await client.emitWithAck('join');
    await client.emitWithAck('join');
    expect(Notes.made - made).toBe(1);
  });
});

describe('the scope of a gateway', () => {
  it.each<[own: GatewayOptions['scope'], numbers: number]>([
    ['event', 2],
    ['connection', 1],
    [undefined, 1],
  ])('counts before that of the module: %s', async (scope, numbers) => {
    @WebSocketGateway(scope === undefined ? {} : { scope })
    class Gateway {
      constructor(@Inject(Notes) private readonly notes: Notes) {}
      @SubscribeMessage('number')
      number(@ConnectedSocket() _socket: Socket): number {
        return this.notes.number;
      }
    }
    await using running = await startApp({ options: { scope: 'connection' }, providers: [Gateway, Notes] });
    const client = await running.clients.connect();
    const answers = [await client.emitWithAck('number'), await client.emitWithAck('number')];
    expect(new Set(answers).size).toBe(numbers);
  });

  it('that is none keeps the application from starting', async () => {
    @WebSocketGateway({ scope: 'request' as never })
    class Gateway {}
    expect(await bootError({ providers: [Gateway] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: 'Gateway has the scope "request"; there are "event" and "connection"',
    });
    expect(await bootError({ options: { scope: 'request' as never } })).toMatchObject({
      code: 'INVALID_OPTION',
      message: 'scope is "event" or "connection", not request',
    });
  });
});
