import { afterEach, describe, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';
import { createParamDecorator, UseFilters, UseGuards, UseInterceptors, type ExecutionContext } from '@nestjs/common';
import { Ack, MessageBody, SubscribeAck, SubscribeMessage, WebSocketGateway } from '../../lib/index.js';
import { EventCall } from '../../lib/nest/pipeline/event-call.js';
import { startApp } from './support.js';

type Answer = (...answer: unknown[]) => void;

const AckOfContext = createParamDecorator((_data, context: ExecutionContext) => context.getArgByIndex<Answer>(2));

class Guard {
  canActivate(context: ExecutionContext): boolean {
    return typeof context.getArgByIndex(2) === 'function';
  }
}

class Interceptor {
  intercept(context: ExecutionContext, next: { handle(): unknown }): unknown {
    return typeof context.getArgByIndex(2) === 'function' ? next.handle() : [];
  }
}

class Filter {
  catch(_error: unknown, context: ExecutionContext): string {
    return typeof context.getArgByIndex(2);
  }
}

let looks = 0;

/** A value that counts how often it is looked at whether it has to be awaited. */
function counted(): object {
  return new Proxy(
    { id: 1 },
    {
      get: (target, key) => {
        if (key === 'then') looks++;
        return Reflect.get(target, key) as unknown;
      },
    },
  );
}

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('plain')
  plain(@MessageBody() body: unknown): unknown {
    return body;
  }
  @SubscribeMessage('undecorated')
  undecorated(_socket: unknown, _body: unknown, ack: Answer): void {
    ack('own');
  }
  @SubscribeMessage('ack')
  ack(@Ack() ack: Answer): void {
    ack('own');
  }
  @SubscribeMessage('custom')
  custom(@AckOfContext() ack: Answer): void {
    ack('own');
  }
  @SubscribeMessage('guarded')
  @UseGuards(Guard)
  guarded(@MessageBody() body: unknown): unknown {
    return body;
  }
  @SubscribeMessage('intercepted')
  @UseInterceptors(Interceptor)
  intercepted(@MessageBody() body: unknown): unknown {
    return body;
  }
  @SubscribeMessage('filtered')
  @UseFilters(Filter)
  filtered(@MessageBody() _body: unknown): never {
    throw new Error('filtered');
  }
  @SubscribeMessage('counted')
  counted(): unknown {
    return counted();
  }
  @SubscribeAck('counted:always')
  always(): unknown {
    return counted();
  }
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the function that answers', () => {
  it.each([
    ['plain', 0, 'payload'],
    ['undecorated', 1, 'own'],
    ['ack', 1, 'own'],
    ['custom', 1, 'own'],
    ['guarded', 1, 'payload'],
    ['intercepted', 1, 'payload'],
    ['filtered', 1, 'function'],
  ])('is made for who is given it: of "%s", %d times', async (event, count, answer) => {
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect();
    const made = jest.spyOn(EventCall.prototype, 'ack', 'get');
    expect(await client.emitWithAck(event, 'payload')).toBe(answer);
    expect(made).toHaveBeenCalledTimes(count);
  });
});

describe('what a method returns', () => {
  it.each([
    ['counted', { id: 1 }],
    ['counted:always', { ok: true, data: { id: 1 } }],
  ])('is looked at once before it is acked: %s', async (event, answer) => {
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect();
    looks = 0;
    expect(await client.emitWithAck(event)).toEqual(answer);
    expect(looks).toBe(1);
  });
});
