import { afterEach, describe, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';
import { createHook } from 'node:async_hooks';
import { UseGuards, type CanActivate } from '@nestjs/common';
import { Observable, of } from 'rxjs';
import {
  ConnectedSocket,
  MessageBody,
  SOCKET_IO_SERVER,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
  type Server,
  type Socket,
} from '../../../lib/index.js';
import { startApp } from '../support.js';

const open: CanActivate = { canActivate: () => true };

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('plain')
  plain(@MessageBody() body: number, @ConnectedSocket() _socket: Socket): number {
    return body + 1;
  }
  @UseGuards(open)
  @SubscribeAck('guarded')
  guarded(@MessageBody() body: number): number {
    return body + 1;
  }
  @SubscribeMessage('promised')
  async promised(): Promise<number> {
    return 1;
  }
  @SubscribeMessage('streamed')
  streamed(): Observable<number> {
    return of(1);
  }
}

interface Cost {
  readonly answers: unknown[];
  readonly promises: number;
  readonly subscriptions: number;
}

afterEach(() => {
  jest.restoreAllMocks();
});

/** What is made while an event is handled, until the call that hands it in returns. The numbers are in `bench/dispatch`. */
async function costOf(event: string): Promise<Cost> {
  await using running = await startApp({ providers: [Gateway] });
  const client = await running.clients.connect();
  // What is made on first use is there.
  await client.emitWithAck(event, 1);
  const namespace = running.app.get<Server>(SOCKET_IO_SERVER).sockets;
  const socket = namespace.sockets.get(client.id!)!;
  const subscribe = jest.spyOn(Observable.prototype, 'subscribe');
  let promises = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'PROMISE') promises++;
    },
  });
  const answers: unknown[] = [];
  hook.enable();
  namespace.dispatchToApplication(socket, [event, 1, (answer: unknown) => answers.push(answer)]);
  hook.disable();
  return { answers, promises, subscriptions: subscribe.mock.calls.length };
}

describe('@SubscribeMessage() is much slower than a listener (nestjs/nest#801)', () => {
  it.each([
    ['plain', 2],
    ['guarded', { ok: true, data: 2 }],
  ])('answers within the call, without a promise or a subscription: %s', async (event, answer) => {
    expect(await costOf(event)).toEqual({ answers: [answer], promises: 0, subscriptions: 0 });
  });

  it('makes them for handlers that ask for them', async () => {
    expect((await costOf('promised')).promises).toBeGreaterThan(0);
    expect((await costOf('streamed')).subscriptions).toBeGreaterThan(0);
  });
});
