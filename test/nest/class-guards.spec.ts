import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { UseGuards, type CanActivate } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  PublicNamespace,
  SubscribeAck,
  UseConnectionGuards,
  WebSocketGateway,
  type SocketIoModuleOptions,
} from '../../lib/index.js';
import { refusal } from './refusal.js';
import { bootError, startApp } from './support.js';

const asked: string[] = [];
const guard = (name: string, allows = true): CanActivate => ({ canActivate: () => asked.push(name) > 0 && allows });
const ofClass: SocketIoModuleOptions = { connectionGuards: 'class' };

describe('guards of a class, with connectionGuards "class"', () => {
  it('are asked behind the connection guards, and for events again; others are for events alone', async () => {
    asked.length = 0;
    @WebSocketGateway()
    @UseGuards(guard('class'))
    @UseConnectionGuards(guard('connection'))
    class Gateway {
      @SubscribeAck('event')
      @UseGuards(guard('method'))
      event(): void {}
    }
    await using running = await startApp({
      options: ofClass,
      providers: [Gateway, { provide: APP_GUARD, useValue: guard('global') }],
    });
    const client = await running.clients.connect();
    expect(asked).toEqual(['connection', 'class']);
    await client.emitWithAck('event');
    expect(asked.slice(2)).toEqual(['global', 'class', 'method']);
  });

  it('are classes that Nest has made already', async () => {
    let made = 0;
    class Guard implements CanActivate {
      readonly number = ++made;
      canActivate(): boolean {
        return false;
      }
    }
    @WebSocketGateway()
    @UseGuards(Guard)
    class Gateway {}
    await using running = await startApp({ options: ofClass, providers: [Gateway] });
    expect(await refusal(running.clients)).toMatchObject({ data: { status: 403 } });
    expect(made).toBe(1);
  });

  it('say who may enter, where nobody else may', async () => {
    @WebSocketGateway()
    @UseGuards(guard('class'))
    class Gateway {}
    await using running = await startApp({ options: { ...ofClass, defaultAccess: 'deny' }, providers: [Gateway] });
    expect((await running.clients.connect()).connected).toBe(true);
    expect(running.logger.warnings).toEqual([]);
  });

  it('are for events where the namespace is open to all', async () => {
    @WebSocketGateway()
    @PublicNamespace()
    @UseGuards(guard('class', false))
    class Gateway {
      @SubscribeAck('event')
      event(): void {}
    }
    await using running = await startApp({ options: ofClass, providers: [Gateway] });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('event')).toMatchObject({ error: { status: 403 } });
  });

  it('are for events where the gateway says so', async () => {
    @WebSocketGateway({ connectionGuards: 'declared' })
    @UseGuards(guard('class', false))
    class Gateway {}
    await using running = await startApp({ options: ofClass, providers: [Gateway] });
    expect((await running.clients.connect()).connected).toBe(true);
  });
});

describe('connectionGuards', () => {
  it('of another value keep the application from starting', async () => {
    @WebSocketGateway({ connectionGuards: 'all' as never })
    class Gateway {}
    expect(await bootError({ providers: [Gateway] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: 'Gateway has connectionGuards "all"; there are "declared" and "class"',
    });
    expect(await bootError({ options: { connectionGuards: 'all' as never } })).toMatchObject({
      code: 'INVALID_OPTION',
      message: 'connectionGuards is "declared" or "class", not all',
    });
  });
});
