import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { ForbiddenException, Injectable, Scope, ValidationPipe, type CanActivate } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { IsInt } from 'class-validator';
import { MessageBody, SubscribeAck, WebSocketGateway } from '../../../lib/index.js';
import { startApp } from '../support.js';

class Order {
  @IsInt()
  amount: number;
}

@WebSocketGateway()
class Gateway {
  @SubscribeAck('order')
  order(@MessageBody() { amount }: Order): number {
    return amount;
  }
}

@Injectable({ scope: Scope.REQUEST })
class ClosedGuard implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException('Closed');
  }
}

describe('global pipes, guards and filters do not run for gateways (nestjs/nest#1598)', () => {
  it('a global pipe validates what an event carries', async () => {
    await using running = await startApp({
      providers: [Gateway],
      configure: (app) => void app.useGlobalPipes(new ValidationPipe()),
    });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('order', { amount: 1 })).toEqual({ ok: true, data: 1 });
    expect(await client.emitWithAck('order', { amount: 'one' })).toMatchObject({ ok: false, error: { status: 400 } });
  });

  it('a global guard runs, a request-scoped one included, until it is for HTTP alone', async () => {
    const providers = [Gateway, { provide: APP_GUARD, useClass: ClosedGuard }];
    await using guarded = await startApp({ providers });
    const refused = await (await guarded.clients.connect()).emitWithAck('order', { amount: 1 });
    expect(refused).toMatchObject({ ok: false, error: { status: 403, message: 'Closed' } });
    await using open = await startApp({ providers, options: { globalEnhancers: { guards: false } } });
    expect(await (await open.clients.connect()).emitWithAck('order', { amount: 1 })).toEqual({ ok: true, data: 1 });
  });
});
