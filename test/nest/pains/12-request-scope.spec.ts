import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { SubscribeAck, WebSocketGateway, type GatewayRequest, type RequestScope } from '../../../lib/index.js';
import { startApp, type TestApp } from '../support.js';

@Injectable({ scope: Scope.REQUEST })
class Cart {
  readonly items: string[] = [];
  constructor(@Inject(REQUEST) readonly request: GatewayRequest) {}
}

@WebSocketGateway()
class CartGateway {
  constructor(@Inject(Cart) private readonly cart: Cart) {}

  @SubscribeAck('add')
  add(_socket: unknown, item: string): unknown {
    this.cart.items.push(item);
    return { items: this.cart.items, owner: this.cart.request.id };
  }
}

const start = (scope?: RequestScope): Promise<TestApp> =>
  startApp({ options: scope === undefined ? {} : { scope }, providers: [CartGateway, Cart] });

/** What a client is told that adds two items. */
async function addTwo(running: TestApp): Promise<{ id: string | undefined; answers: unknown[] }> {
  const client = await running.clients.connect();
  const answers = [await client.emitWithAck('add', 'pear'), await client.emitWithAck('add', 'plum')];
  return { id: client.id, answers: answers.map(({ data }: { data: unknown }) => data) };
}

describe('gateways have no request scope (nestjs/nest#4287)', () => {
  it('what is request-scoped lives for one event', async () => {
    await using running = await start();
    const { id, answers } = await addTwo(running);
    expect(answers).toEqual([
      { items: ['pear'], owner: id },
      { items: ['plum'], owner: id },
    ]);
  });

  it('it lives as long as its connection, where the option scope says so', async () => {
    await using running = await start('connection');
    for (let client = 0; client < 2; client++) {
      const { id, answers } = await addTwo(running);
      expect(answers).toEqual([
        { items: ['pear'], owner: id },
        { items: ['pear', 'plum'], owner: id },
      ]);
    }
  });
});
