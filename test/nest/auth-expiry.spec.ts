import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';
import {
  Broadcaster,
  ConnectedSocket,
  CurrentUser,
  MessageBody,
  NamespaceAuth,
  SubscribeMessage,
  WebSocketGateway,
  type NamespaceAuthOptions,
  type Socket,
} from '../../lib/index.js';
import { Deadline } from '../../lib/nest/handshake/deadline.js';
import { next } from '../support/clients.js';
import { registerJwt, registerStrategy, tokenOf } from './passport-strategies.js';
import { refusal } from './refusal.js';
import { startApp, type TestApp } from './support.js';

/** What the strategy `changing` finds. */
let user: object;
let asked = 0;

beforeAll(() => {
  registerJwt();
  registerStrategy('changing', function () {
    asked++;
    this.success(user);
  });
});

function start(strategy: string, options: NamespaceAuthOptions): Promise<TestApp> {
  @WebSocketGateway()
  @NamespaceAuth(strategy, options)
  class Gateway {
    @SubscribeMessage('who')
    who(@CurrentUser() found: object): object {
      return found;
    }
    @SubscribeMessage('token')
    token(@ConnectedSocket() socket: Socket, @MessageBody() token: string): boolean {
      socket.handshake.auth.token = token;
      return true;
    }
    @SubscribeMessage('rooms')
    rooms(@ConnectedSocket() socket: Socket): string[] {
      return [...socket.rooms].filter((room) => room !== socket.id);
    }
  }
  asked = 0;
  return startApp({ providers: [Gateway] });
}

const soon = (): Date => new Date(Date.now() + 30);
const later = (): Date => new Date(Date.now() + 3_600_000);
const expired = { status: 401, message: 'The authentication has expired', event: 'connection' };

/** Connects, and tells with what the client is thrown out. */
function thrownOut({ clients }: TestApp, options = {}): Promise<[unknown, unknown]> {
  const socket = clients.create('/', options);
  return new Promise((resolve, reject) => {
    let exception: unknown;
    socket.once('connect_error', reject);
    socket.once('exception', (told: unknown) => {
      exception = told;
    });
    socket.once('disconnect', (reason) => resolve([exception, reason]));
  });
}

describe('a socket whose authentication expires', () => {
  it('is told so and disconnected', async () => {
    user = { id: 7 };
    await using running = await start('changing', { expiresAt: soon });
    expect(await thrownOut(running)).toEqual([expired, 'io server disconnect']);
    expect(asked).toBe(1);
  });

  it('is disconnected when its JWT expires', async () => {
    await using running = await start('jwt', {});
    expect(await thrownOut(running, { auth: { token: tokenOf('Ada', 2) } })).toEqual([expired, 'io server disconnect']);
  });

  it('stays when expiry is ignored, and nobody asks for it', async () => {
    user = { exp: 1 };
    const expiresAt = jest.fn(() => new Date(0));
    await using running = await start('changing', { onExpiry: 'ignore', expiresAt });
    expect(await (await running.clients.connect()).emitWithAck('who')).toEqual({ exp: 1 });
    expect(expiresAt).not.toHaveBeenCalled();
  });

  it.each<[when: string, options: NamespaceAuthOptions]>([
    ['the user says nothing of it', {}],
    ['it is undefined', { expiresAt: () => undefined }],
    ['it is for ever', { expiresAt: () => Infinity }],
    ['it is further away than a timer can wait', { expiresAt: () => Date.now() / 1_000 + 30 * 24 * 3_600 }],
  ])('never expires when %s', async (_when, options) => {
    user = { id: 7 };
    await using running = await start('changing', options);
    const client = await running.clients.connect();
    const reasons: unknown[] = [];
    client.on('disconnect', (reason) => reasons.push(reason));
    for (let round = 0; round < 20; round++) await client.emitWithAck('who');
    expect(reasons).toEqual([]);
  });

  it('does not come in when it has expired already', async () => {
    user = { exp: Math.floor(Date.now() / 1_000) - 1 };
    await using running = await start('changing', {});
    expect(await refusal(running.clients)).toEqual({
      message: 'The authentication has expired',
      data: { status: 401, message: 'The authentication has expired' },
    });
  });

  it('does not come in when the expiry cannot be read', async () => {
    user = {};
    await using running = await start('changing', { expiresAt: () => new Date('never') });
    expect(await refusal(running.clients)).toMatchObject({ data: { status: 500 } });
    expect(String(running.logger.errors[0])).toContain('which is no moment');
  });

  it('leaves no timer behind when it leaves first', async () => {
    user = { id: 7 };
    const cancel = jest.spyOn(Deadline.prototype, 'cancel');
    await using running = await start('changing', { expiresAt: later });
    const client = await running.clients.connect();
    client.disconnect();
    await running.close();
    expect(cancel).toHaveBeenCalledTimes(1);
    cancel.mockRestore();
  });
});

describe('revalidation', () => {
  it('disconnects who is refused now', async () => {
    let calls = 0;
    registerStrategy('once', function () {
      if (++calls === 1) this.success({});
      else this.fail();
    });
    await using running = await start('once', { onExpiry: 'revalidate', expiresAt: soon });
    const [exception] = await thrownOut(running);
    expect(exception).toEqual({ status: 401, message: 'Unauthorized', event: 'connection' });
    expect(running.logger.errors).toEqual([]);
  });

  it('goes on with the user as it is now, in its room', async () => {
    user = { id: 7 };
    const expiresAt = ({ id }: { id: number }): Date => (id === 8 ? later() : soon());
    await using running = await start('changing', { onExpiry: 'revalidate', expiresAt });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('rooms')).toEqual(['user:7']);
    user = { id: 8 };
    const news = next(client, 'news');
    const broadcast = setInterval(() => running.app.get(Broadcaster).toUser(8).emit('news'), 5);
    await news;
    clearInterval(broadcast);
    expect(await client.emitWithAck('who')).toEqual({ id: 8 });
    expect(await client.emitWithAck('rooms')).toEqual(['user:8']);
  });

  it('disconnects who is known, but only as long as before', async () => {
    user = { id: 7 };
    let moment: Date | undefined;
    const expiresAt = (): Date => (moment ??= soon());
    await using running = await start('changing', { onExpiry: 'revalidate', expiresAt });
    expect(await thrownOut(running)).toEqual([expired, 'io server disconnect']);
    expect(asked).toBe(2);
  });

  it('sees a token that a handler has put in the place of the old one', async () => {
    const expiresAt = ({ sub }: { sub: string }): Date => (sub === 'Bob' ? later() : soon());
    await using running = await start('jwt', { onExpiry: 'revalidate', expiresAt });
    const client = await running.clients.connect('/', { auth: { token: tokenOf('Ada') } });
    await client.emitWithAck('token', tokenOf('Bob'));
    let who = '';
    while (who !== 'Bob') who = ((await client.emitWithAck('who')) as { sub: string }).sub;
    expect(client.connected).toBe(true);
  });

  it('that fails is logged, and the socket is disconnected', async () => {
    let calls = 0;
    registerStrategy('failing', function () {
      if (++calls === 1) this.success({});
      else this.error(new Error('database secret'));
    });
    await using running = await start('failing', { onExpiry: 'revalidate', expiresAt: soon });
    const [exception] = await thrownOut(running);
    expect(exception).toEqual({ status: 500, message: 'Internal server error', event: 'connection' });
    expect(running.logger.errors.map(([line]) => line)).toEqual(['"connection" failed: database secret']);
  });
});

describe('a deadline', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is not reached before its moment, when the clock falls behind the timer', () => {
    jest.useFakeTimers();
    const start = Date.now();
    const reached = jest.fn();
    new Deadline(start + 100, reached);
    jest.setSystemTime(start - 1);
    jest.advanceTimersByTime(100);
    expect(reached).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(reached).toHaveBeenCalledTimes(1);
  });

  it('further away than a timer can wait is reached once, at its moment', () => {
    jest.useFakeTimers();
    const days = 24 * 3_600_000;
    const reached = jest.fn();
    new Deadline(Date.now() + 60 * days, reached);
    jest.advanceTimersByTime(60 * days - 1);
    expect(reached).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    jest.advanceTimersByTime(60 * days);
    expect(reached).toHaveBeenCalledTimes(1);
  });

  it('that is cancelled is never reached', () => {
    jest.useFakeTimers();
    const reached = jest.fn();
    const deadline = new Deadline(Date.now() + 1_000, reached);
    deadline.cancel();
    deadline.cancel();
    jest.advanceTimersByTime(2_000);
    expect(reached).not.toHaveBeenCalled();
    expect(jest.getTimerCount()).toBe(0);
  });
});
