import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { BadRequestException, Inject, Injectable, Module, Scope, UseGuards, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import * as nest from '@nestjs/websockets';
import type { AddressInfo } from 'node:net';
import * as rookery from '../../lib/index.js';
import { Clients, next } from '../support/clients.js';

@Injectable({ scope: Scope.REQUEST })
class RequestState {}

/** The gateways of the guide, written with the decorators of one package. */
function gateways(decorators: typeof nest | typeof rookery): Type[] {
  // What both packages have takes the same arguments in both.
  const { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } =
    decorators as typeof rookery;
  const isReady = new WeakSet<object>();
  @WebSocketGateway()
  class Gateway {
    async handleConnection(socket: object): Promise<void> {
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      isReady.add(socket);
    }
    @SubscribeMessage('ready')
    ready(@ConnectedSocket() socket: object): boolean {
      return isReady.has(socket);
    }
    @SubscribeMessage('value')
    value(@MessageBody() body: unknown): unknown {
      return body;
    }
    @SubscribeMessage('nothing')
    nothing(): void {}
    @SubscribeMessage('null')
    none(): null {
      return null;
    }
    @SubscribeMessage('response')
    response(): unknown {
      return { event: 'emitted', data: 1 };
    }
    @SubscribeMessage('event alone')
    eventAlone(): unknown {
      return { event: 'emitted' };
    }
    @SubscribeMessage('http')
    http(): never {
      throw new BadRequestException(['a is missing']);
    }
    @SubscribeMessage('ws')
    ws(): never {
      throw new WsException({ code: 'FULL', message: 'no' });
    }
    @SubscribeMessage('error')
    error(): never {
      throw new Error('secret');
    }
    @UseGuards({ canActivate: () => false })
    @SubscribeMessage('guarded')
    guarded(): void {}
  }
  let created = 0;
  @WebSocketGateway()
  class ScopedGateway {
    readonly number = ++created;
    constructor(@Inject(RequestState) readonly state: RequestState) {}
    @SubscribeMessage('scoped')
    scoped(): number {
      return this.number;
    }
  }
  return [Gateway, ScopedGateway];
}

type Running = { clients: Clients; close(): Promise<void> };

async function start(decorators: typeof nest | typeof rookery, isOnRookery: boolean): Promise<Running> {
  @Module({
    imports: isOnRookery ? [rookery.SocketIoModule.forRoot({ defaultAccess: 'allow' })] : [],
    providers: [RequestState, ...gateways(decorators)],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const clients = new Clients(() => `http://127.0.0.1:${port}`);
  return {
    clients,
    close: async () => {
      clients.close();
      await app.close();
    },
  };
}

const never = 'never acks';
const internal = (pattern: string): object => ({
  emits: ['exception', { status: 'error', message: 'Internal server error', cause: { pattern } }],
});

/** What the tables of docs/migration.md say, by event: of `@nestjs/websockets` on either server, and of ours. */
const table: [event: string, args: unknown[], untouched: unknown, ours: unknown][] = [
  ['value', ['a'], { acks: ['a'] }, { acks: ['a'] }],
  ['value', ['a', 'b'], { acks: [['a', 'b']] }, { acks: ['a'] }],
  ['nothing', [], never, { acks: [] }],
  ['null', [], never, { acks: [null] }],
  ['response', [], { emits: ['emitted', 1] }, { emits: ['emitted', 1] }],
  ['event alone', [], { emits: ['emitted', null] }, { acks: [{ event: 'emitted' }] }],
  ['http', [], internal('http'), { acks: [{ status: 400, message: 'Bad Request', details: ['a is missing'] }] }],
  [
    'ws',
    [],
    { emits: ['exception', { code: 'FULL', message: 'no' }] },
    { acks: [{ status: 400, code: 'FULL', message: 'no' }] },
  ],
  ['error', [], internal('error'), { acks: [{ status: 500, message: 'Internal server error' }] }],
  [
    'guarded',
    [],
    { emits: ['exception', { status: 'error', message: 'Forbidden resource', cause: { pattern: 'guarded' } }] },
    { acks: [{ status: 403, message: 'Forbidden resource' }] },
  ],
];

/** What a client gets for an event with an ack, until the answer to a later event is there. */
async function answerTo(client: ReturnType<Clients['create']>, event: string, args: unknown[]): Promise<unknown> {
  let answer: unknown = never;
  client.onAny((...emitted: unknown[]) => {
    answer = { emits: emitted };
  });
  client.emit(event, ...args, (...acks: unknown[]) => {
    answer = { acks };
  });
  // Nest answers some turns later.
  for (let turn = 0; turn < 3; turn++) await client.emitWithAck('value', 'later');
  client.offAny();
  return answer;
}

describe.each([
  ['@nestjs/websockets on @nestjs/platform-socket.io', nest, false],
  ['@nestjs/websockets on rookery', nest, true],
  ['rookery', rookery, true],
] as const)('a gateway of %s', (_name, decorators, isOnRookery) => {
  const isOurs = decorators === rookery;
  let running: Running;
  beforeEach(async () => {
    running = await start(decorators, isOnRookery);
  });
  afterEach(() => running.close());

  it('answers as the guide to the migration says', async () => {
    const client = await running.clients.connect();
    for (const [event, args, untouched, ours] of table) {
      expect([event, await answerTo(client, event, args)]).toEqual([event, isOurs ? ours : untouched]);
    }
  });

  it('tells errors to clients that asked for no ack', async () => {
    const client = await running.clients.connect();
    const told = next(client, 'exception');
    client.emit('guarded');
    const [error] = (await told) as [object];
    expect(error).toEqual(
      isOurs
        ? { status: 403, message: 'Forbidden resource', event: 'guarded' }
        : { status: 'error', message: 'Forbidden resource', cause: { pattern: 'guarded' } },
    );
  });

  it('lives as long, when it is request-scoped, as the guide to the migration says', async () => {
    const client = await running.clients.connect();
    const first = (await client.emitWithAck('scoped')) as number;
    expect(await client.emitWithAck('scoped')).toBe(isOurs ? first + 1 : first);
  });
});

describe('a gateway of ours', () => {
  it('has connected before it handles an event', async () => {
    const running = await start(rookery, true);
    const client = running.clients.create();
    try {
      expect(await client.emitWithAck('ready')).toBe(true);
    } finally {
      await running.close();
    }
  });
});
