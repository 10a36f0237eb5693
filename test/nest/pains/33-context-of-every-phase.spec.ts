import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Injectable, type CanActivate } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ClsModule, ClsService } from 'nestjs-cls';
import {
  currentEvent,
  OnConnect,
  OnDisconnect,
  OnDisconnecting,
  SubscribeAck,
  UseConnectionGuards,
  UseNamespaceMiddleware,
  WebSocketGateway,
  type RunInContext,
  type Socket,
} from '../../../lib/index.js';
import { Gate, startApp } from '../support.js';

describe('the context is missing in hooks and global enhancers (Papooch/nestjs-cls#8, #148)', () => {
  it('it is there from the first middleware to the last hook, with one id for each event and each phase', async () => {
    const seen: [where: string, event: string | undefined, id: string | undefined][] = [];
    const gone = new Gate();
    let cls: ClsService | undefined;

    async function note(where: string): Promise<true> {
      await new Promise(setImmediate);
      seen.push([where, cls?.get<string>('event'), currentEvent()?.id]);
      return true;
    }
    @Injectable()
    class ConnectionGuard implements CanActivate {
      canActivate(): Promise<boolean> {
        return note('connection guard');
      }
    }
    @Injectable()
    class GlobalGuard implements CanActivate {
      canActivate(): Promise<boolean> {
        return note('global guard');
      }
    }
    @WebSocketGateway()
    @UseNamespaceMiddleware(async (_socket: Socket, proceed: () => void) => {
      await note('middleware');
      proceed();
    })
    @UseConnectionGuards(ConnectionGuard)
    class Gateway {
      @OnConnect()
      connected(): Promise<true> {
        return note('connect hook');
      }
      @SubscribeAck('event')
      event(): Promise<true> {
        return note('handler');
      }
      @OnDisconnecting()
      disconnecting(): Promise<true> {
        return note('disconnecting hook');
      }
      @OnDisconnect()
      async disconnected(): Promise<void> {
        await note('disconnect hook');
        gone.open();
      }
    }
    const inCls: RunInContext = ({ event }, run) => {
      cls!.run(() => {
        cls!.set('event', event);
        run();
      });
    };
    await using running = await startApp({
      imports: [ClsModule.forRoot({ global: true })],
      options: { context: inCls },
      providers: [Gateway, { provide: APP_GUARD, useClass: GlobalGuard }],
    });
    cls = running.app.get(ClsService);
    const client = await running.clients.connect();
    await client.emitWithAck('event');
    client.disconnect();
    await gone.opened;

    expect(seen.map(([where, event]) => [where, event])).toEqual([
      ['middleware', 'connection'],
      ['connection guard', 'connection'],
      ['connect hook', 'connection'],
      ['global guard', 'event'],
      ['handler', 'event'],
      ['disconnecting hook', 'disconnecting'],
      ['disconnect hook', 'disconnect'],
    ]);
    const ids = seen.map(([, , id]) => id);
    expect(ids.every((id) => typeof id === 'string')).toBe(true);
    expect(ids.map((id) => ids.indexOf(id))).toEqual([0, 0, 0, 3, 3, 5, 6]);
  });
});
