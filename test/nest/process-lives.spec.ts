import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { HttpException } from '@nestjs/common';
import { SubscribeMessage as NestMessage, WebSocketGateway as NestGateway } from '@nestjs/websockets';
import { OnConnect, SubscribeMessage, WebSocketGateway, WsException } from '../../lib/index.js';
import { disconnectedWithout, startApp } from './support.js';

const internal = { status: 500, message: 'Internal server error' };

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('no response')
  noResponse(): never {
    throw new HttpException(undefined as never, 502);
  }
  @SubscribeMessage('no prototype')
  noPrototype(): never {
    throw Object.create(null);
  }
  @SubscribeMessage('no answer')
  noAnswer(): never {
    throw new (class extends WsException {
      override getError(): never {
        throw new Error('secret');
      }
    })('told');
  }
  @SubscribeMessage('no promise')
  noPromise(): unknown {
    // As of a query builder that is finished already.
    // oxlint-disable-next-line unicorn/no-thenable
    return { then: () => fail() };
  }
  @SubscribeMessage('no stream')
  noStream(): unknown {
    return Promise.resolve({ lift: fail, subscribe: fail });
  }
  @SubscribeMessage('alive')
  alive(): string {
    return 'alive';
  }
}

function fail(): never {
  throw new Error('secret');
}

@WebSocketGateway({ namespace: '/refusing' })
class RefusingGateway {
  @OnConnect()
  async refuse(): Promise<never> {
    throw new WsException({ message: 'No', details: 1n });
  }
  @SubscribeMessage('event')
  event(): string {
    return 'let in';
  }
}

@NestGateway({ namespace: 'untouched' })
class UntouchedGateway {
  @NestMessage('unsendable')
  unsendable(): unknown {
    return { big: 1n };
  }
  @NestMessage('alive')
  alive(): string {
    return 'alive';
  }
}

// What nobody handles fails the test it happens in.
describe('the process lives', () => {
  it.each([
    ['an HttpException without a response', 'no response', { status: 502 }],
    ['something without a prototype', 'no prototype', internal],
    ['an exception that fails when it is asked', 'no answer', internal],
    ['a thenable that throws', 'no promise', internal],
    ['a stream that throws', 'no stream', internal],
  ])('behind %s', async (_what, event, answer) => {
    await using running = await startApp({ providers: [Gateway] });
    const socket = await running.clients.connect();
    expect(await socket.timeout(1_000).emitWithAck(event)).toMatchObject(answer);
    expect(await socket.emitWithAck('alive')).toBe('alive');
  });

  it('behind what an untouched gateway returns and nobody can send', async () => {
    await using running = await startApp({ providers: [UntouchedGateway] });
    const socket = await running.clients.connect('/untouched');
    socket.emit('unsendable', () => {});
    expect(await socket.emitWithAck('alive')).toBe('alive');
    // What a listener of a stream throws comes out in a timer, which is ahead of this one.
    await new Promise((resolve) => setTimeout(resolve, 1));
  });

  it('behind a connect hook that rejects with what nobody can send', async () => {
    await using running = await startApp({ providers: [RefusingGateway] });
    const socket = running.clients.create('/refusing');
    await disconnectedWithout(socket, 'event');
  });
});
