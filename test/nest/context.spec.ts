import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import { ClsModule, ClsService } from 'nestjs-cls';
import {
  currentEvent,
  OnDisconnect,
  SubscribeAck,
  WebSocketGateway,
  type EventContext,
  type Socket,
} from '../../lib/index.js';
import { startApp, type TestApp } from './support.js';

const seen: (EventContext | undefined)[] = [];
const own = new AsyncLocalStorage<string>();

@Injectable()
class Deep {
  async look(): Promise<void> {
    await new Promise(setImmediate);
    seen.push(currentEvent());
  }
}

@WebSocketGateway()
class Gateway {
  constructor(private readonly deep: Deep) {}

  async handleConnection(_socket: Socket): Promise<void> {
    await this.deep.look();
  }

  @SubscribeAck('look')
  async look(): Promise<unknown> {
    await this.deep.look();
    return own.getStore() ?? null;
  }

  @OnDisconnect()
  async gone(): Promise<void> {
    await this.deep.look();
  }
}

let app: TestApp;
afterEach(async () => {
  await app.close();
  seen.length = 0;
});

describe('currentEvent()', () => {
  it('tells which event of which socket is handled, however deep, and numbers each', async () => {
    app = await startApp({ options: { context: true }, providers: [Gateway, Deep] });
    const client = await app.clients.connect();
    const { id } = client;
    await client.emitWithAck('look');
    await client.emitWithAck('look');
    client.disconnect();
    while (seen.length < 4) await new Promise(setImmediate);
    expect(seen.map((context) => [context!.event, context!.socket.id])).toEqual([
      ['connection', id],
      ['look', id],
      ['look', id],
      ['disconnect', id],
    ]);
    expect(new Set(seen.map((context) => context!.id)).size).toBe(4);
    expect(currentEvent()).toBeUndefined();
  });

  it('tells nothing where the option is off', async () => {
    app = await startApp({ providers: [Gateway, Deep] });
    await (await app.clients.connect()).emitWithAck('look');
    expect(seen).toEqual([undefined, undefined]);
  });

  it('goes along with a storage of the application', async () => {
    app = await startApp({
      options: { context: (context, run) => own.run(`own ${context.event}`, run) },
      providers: [Gateway, Deep],
    });
    expect(await (await app.clients.connect()).emitWithAck('look')).toEqual({ ok: true, data: 'own look' });
    expect(seen[1]).toMatchObject({ event: 'look' });
  });
});

describe('nestjs-cls', () => {
  it('has its context in every handler', async () => {
    @WebSocketGateway()
    class ClsGateway {
      constructor(private readonly cls: ClsService) {}

      @SubscribeAck('id')
      async id(): Promise<unknown> {
        await new Promise(setImmediate);
        return this.cls.get('event');
      }
    }
    let cls: ClsService | undefined;
    app = await startApp({
      imports: [ClsModule.forRoot({ global: true })],
      options: {
        context: (context, run) =>
          cls!.run(() => {
            cls!.set('event', context.event);
            run();
          }),
      },
      providers: [ClsGateway],
    });
    cls = app.app.get(ClsService);
    expect(await (await app.clients.connect()).emitWithAck('id')).toEqual({ ok: true, data: 'id' });
  });
});
