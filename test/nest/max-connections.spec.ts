import { afterEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { WebSocketGateway as NestGateway } from '@nestjs/websockets';
import {
  SOCKET_IO_SERVER,
  SubscribeAck,
  UseNamespaceMiddleware,
  WebSocketGateway,
  type Server,
  type Socket,
  type SocketIoModuleOptions,
} from '../../lib/index.js';
import { next } from '../support/clients.js';
import { refusal } from './refusal.js';
import { bootError, startApp, type TestApp } from './support.js';

/** Takes whoever the client says it is. */
function trusting(socket: Socket, proceed: () => void): void {
  if ('id' in socket.handshake.auth) Object.assign(socket, { user: socket.handshake.auth });
  proceed();
}

class Present {
  @SubscribeAck('present')
  present(): void {}
}

@WebSocketGateway()
@UseNamespaceMiddleware(trusting)
class Main extends Present {}

@WebSocketGateway({ namespace: '/other' })
@UseNamespaceMiddleware(trusting)
class Other extends Present {}

let running: TestApp;
afterEach(() => running.close());

async function start(options: SocketIoModuleOptions): Promise<void> {
  running = await startApp({ options, providers: [Main, Other] });
}

const as = (id: string, more: object = {}): { auth: object } => ({ auth: { id, ...more } });
const tooMany = { message: 'Too many connections', data: { status: 429, message: 'Too many connections' } };

/** Resolves when the server has this many sockets in the main namespace. */
async function left(count: number): Promise<void> {
  const { sockets } = running.app.get<Server>(SOCKET_IO_SERVER).sockets;
  while (sockets.size > count) await new Promise(setImmediate);
}

describe('maxConnectionsPerUser', () => {
  it('refuses the newest beyond it, of that user alone, and of nobody without a user', async () => {
    await start({ maxConnectionsPerUser: 2 });
    await running.clients.connect('/', as('ann'));
    await running.clients.connect('/', as('ann'));
    expect(await refusal(running.clients, '/', as('ann'))).toEqual(tooMany);
    await running.clients.connect('/', as('bob'));
    for (let count = 0; count < 3; count++) await running.clients.connect();
    expect(running.logger.errors).toEqual([]);
  });

  it('counts a connection until it ends, however it ends', async () => {
    await start({ maxConnectionsPerUser: 1 });
    const first = await running.clients.connect('/', as('ann'));
    first.disconnect();
    await left(0);
    const second = await running.clients.connect('/', as('ann'));
    second.io.engine.close();
    await left(0);
    expect((await running.clients.connect('/', as('ann'))).connected).toBe(true);
  });

  it('counts one connection once, and in all of its namespaces', async () => {
    await start({ maxConnectionsPerUser: 1 });
    const main = await running.clients.connect('/', as('ann'));
    const other = main.io.socket('/other', as('ann'));
    await next(other, 'connect');
    expect(await refusal(running.clients, '/other', as('ann'))).toEqual(tooMany);
    main.disconnect();
    await left(0);
    expect(await refusal(running.clients, '/', as('ann'))).toEqual(tooMany);
  });

  it('lets in no more than that when all come at once', async () => {
    await start({ maxConnectionsPerUser: 3 });
    const tries = Array.from({ length: 8 }, () => running.clients.connect('/', as('ann')));
    const results = await Promise.allSettled(tries);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });

  it('may be told of each user', async () => {
    await start({
      maxConnectionsPerUser: ({ plan }: { plan: string }) => ({ free: 1, none: 0 })[plan],
    });
    await running.clients.connect('/', as('ann', { plan: 'free' }));
    expect(await refusal(running.clients, '/', as('ann', { plan: 'free' }))).toEqual(tooMany);
    expect(await refusal(running.clients, '/', as('eve', { plan: 'none' }))).toEqual(tooMany);
    for (let count = 0; count < 3; count++) await running.clients.connect('/', as('bob', { plan: 'paid' }));
  });

  it('names users as the option userId does', async () => {
    await start({ maxConnectionsPerUser: 1, userId: ({ team }: { team: string }) => team });
    await running.clients.connect('/', as('ann', { team: 'red' }));
    expect(await refusal(running.clients, '/', as('bob', { team: 'red' }))).toEqual(tooMany);
  });

  it.each<[what: string, limit: () => number]>([
    [
      'fails',
      () => {
        throw new Error('no plan');
      },
    ],
    ['gives no number', () => NaN],
  ])('lets nobody in when it %s, which is logged', async (_what, maxConnectionsPerUser) => {
    await start({ maxConnectionsPerUser });
    expect(await refusal(running.clients, '/', as('ann'))).toMatchObject({ data: { status: 500 } });
    expect(running.logger.errors).toHaveLength(1);
  });

  it('disconnects with 429 who cannot be refused, in namespaces without a gateway of ours', async () => {
    @NestGateway({ namespace: '/nest' })
    class Untouched {}
    running = await startApp({ options: { maxConnectionsPerUser: 1 }, providers: [Untouched] });
    running.app.get<Server>(SOCKET_IO_SERVER).of('/nest').use(trusting);
    const first = await running.clients.connect('/nest', as('ann'));
    const client = running.clients.create('/nest', as('ann'));
    const [[told], [reason]] = await Promise.all([next(client, 'exception'), next(client, 'disconnect')]);
    expect([told, reason]).toEqual([{ ...tooMany.data, event: 'connection' }, 'io server disconnect']);
    expect(first.connected).toBe(true);
  });

  it.each([0, -1, NaN, '5', null])('of %p keeps the application from starting', async (value) => {
    await start({});
    expect(await bootError({ options: { maxConnectionsPerUser: value as number } })).toMatchObject({
      code: 'INVALID_OPTION',
      message: `maxConnectionsPerUser is a number from 1 on, or a function of the user, not ${value}`,
    });
  });
});

describe('onTooManyConnections "disconnect-oldest"', () => {
  const oldest = (maxConnectionsPerUser: SocketIoModuleOptions['maxConnectionsPerUser']): SocketIoModuleOptions => ({
    maxConnectionsPerUser: maxConnectionsPerUser!,
    onTooManyConnections: 'disconnect-oldest',
  });

  it('lets the newest in, and tells the oldest why it has to go, in all of its namespaces', async () => {
    await start(oldest(2));
    const first = await running.clients.connect('/', as('ann'));
    const other = first.io.socket('/other', as('ann'));
    await next(other, 'connect');
    const second = await running.clients.connect('/', as('ann'));
    const ends = Promise.all([
      next(first, 'exception'),
      next(other, 'exception'),
      next(first, 'disconnect'),
      next(other, 'disconnect'),
    ]);
    const third = await running.clients.connect('/', as('ann'));
    const [[told], [otherTold], [reason]] = await ends;
    expect([told, otherTold, reason]).toEqual([
      { ...tooMany.data, event: 'connection' },
      { ...tooMany.data, event: 'connection' },
      'io server disconnect',
    ]);
    for (const client of [second, third]) expect(await client.emitWithAck('present')).toMatchObject({ ok: true });
  });

  it('refuses users who may have none', async () => {
    await start(oldest(() => 0));
    expect(await refusal(running.clients, '/', as('ann'))).toEqual(tooMany);
  });

  it('has a policy that it knows, or the application does not start', async () => {
    await start({});
    expect(await bootError({ options: { onTooManyConnections: 'ignore' as never } })).toMatchObject({
      code: 'INVALID_OPTION',
      message: 'onTooManyConnections is "refuse" or "disconnect-oldest", not ignore',
    });
  });
});
