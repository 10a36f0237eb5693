import { beforeEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Inject, Injectable, ParseIntPipe, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { MessageBody, OnConnect, SubscribeMessage, WebSocketGateway, type Socket } from '../../../lib/index.js';
import { startApp } from '../support.js';

const connected: string[] = [];
beforeEach(() => {
  connected.length = 0;
});

const named: CanActivate = {
  canActivate: (context: ExecutionContext) => 'name' in context.switchToWs().getClient<Socket>().handshake.auth,
};

@Injectable()
class Prices {
  of(id: number): number {
    return id * 10;
  }
}

/** What the gateways of an application have in common; it is no gateway itself. */
@UseGuards(named)
abstract class ResourceGateway {
  @Inject(Prices) protected readonly prices!: Prices;
  protected abstract readonly name: string;

  @OnConnect()
  onConnect(): void {
    connected.push(this.name);
  }

  @SubscribeMessage('price')
  price(@MessageBody('id', ParseIntPipe) id: number): unknown {
    return [this.name, this.prices.of(id)];
  }

  @SubscribeMessage('remove')
  remove(): string {
    return `${this.name} removed`;
  }
}

@WebSocketGateway({ namespace: '/books' })
class BooksGateway extends ResourceGateway {
  protected readonly name = 'books';

  @SubscribeMessage('remove')
  override remove(): string {
    return `${super.remove()}, with its pages`;
  }
}

@WebSocketGateway({ namespace: '/films' })
class FilmsGateway extends ResourceGateway {
  protected readonly name = 'films';

  // As in Nest, what overrides a handler is one where it says so itself.
  override remove(): string {
    return 'called by nobody';
  }
}

describe('gateways cannot have a base class (nestjs/nest#1237)', () => {
  it('have its handlers, parameters, hooks, guards and injected properties', async () => {
    await using running = await startApp({ providers: [Prices, BooksGateway, FilmsGateway] });
    for (const name of ['books', 'films']) {
      const client = await running.clients.connect(`/${name}`, { auth: { name: 'ann' } });
      expect(await client.emitWithAck('price', { id: '7' })).toEqual([name, 70]);
      expect(await client.emitWithAck('price', { id: 'x' })).toMatchObject({ status: 400 });
      const nobody = await running.clients.connect(`/${name}`);
      expect(await nobody.emitWithAck('price', { id: '7' })).toMatchObject({ status: 403 });
    }
    expect(connected).toEqual(['books', 'books', 'films', 'films']);
  });

  it('override its handlers, which are called once, or are none any more', async () => {
    await using running = await startApp({
      options: { onUnknownEvent: 'ack-error' },
      providers: [Prices, BooksGateway, FilmsGateway],
    });
    const auth = { name: 'ann' };
    const books = await running.clients.connect('/books', { auth });
    expect(await books.emitWithAck('remove')).toBe('books removed, with its pages');
    const films = await running.clients.connect('/films', { auth });
    expect(await films.emitWithAck('remove')).toMatchObject({ error: { status: 404 } });
  });
});
