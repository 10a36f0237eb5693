import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  ConnectedSocket,
  JoinRoom,
  LeaveRoom,
  MessageBody,
  SOCKET_IO_SERVER,
  SubscribeAck,
  WebSocketGateway,
  type Server,
  type Socket,
  type SocketIoModuleOptions,
} from '../../lib/index.js';
import { InMemoryAdapter } from '../../lib/adapter/index.js';
import { next } from '../support/clients.js';
import { bootError, Gate, startApp, type TestApp } from './support.js';

let gate = new Gate();
let policyCalls = 0;

@WebSocketGateway()
class RoomsGateway {
  @SubscribeAck('join')
  @JoinRoom('room:{id}', () => {
    policyCalls++;
    return true;
  })
  join(): void {}

  @SubscribeAck('join two')
  @JoinRoom('room:{one}', { open: true })
  @JoinRoom('room:{two}', { open: true })
  joinTwo(): void {}

  @SubscribeAck('join slowly')
  @JoinRoom('room:{id}', { open: true })
  async joinSlowly(): Promise<void> {
    await gate.opened;
  }

  @SubscribeAck('leave')
  @LeaveRoom('room:{id}')
  leave(): void {}

  @SubscribeAck('leave by hand')
  async leaveByHand(@ConnectedSocket() socket: Socket, @MessageBody('id') id: string): Promise<void> {
    await socket.leave(`room:${id}`);
  }

  @SubscribeAck('rooms')
  rooms(@ConnectedSocket() socket: Socket): string[] {
    return [...socket.rooms].filter((room) => room !== socket.id).sort();
  }
}

const done = { ok: true, data: null };
const tooMany = { ok: false, error: { status: 429, message: 'Too many rooms', code: 'maxRoomsPerSocket' } };
const tooOften = { ok: false, error: { status: 429, message: 'Too many joins and leaves', code: 'joinRate' } };

type Client = Awaited<ReturnType<TestApp['clients']['connect']>>;

function start(options: SocketIoModuleOptions): Promise<TestApp> {
  return startApp({ options: { defaultAccess: 'allow', ...options }, providers: [RoomsGateway] });
}

async function join(client: Client, ...ids: unknown[]): Promise<unknown> {
  let answer: unknown;
  for (const id of ids) answer = await client.emitWithAck('join', { id });
  return answer;
}

function serverOf({ app }: TestApp): Server {
  return app.get<Server>(SOCKET_IO_SERVER);
}

describe('maxRoomsPerSocket', () => {
  const options = { maxRoomsPerSocket: 2, joinRate: false } as const;

  it('refuses the join beyond it, and its name stands in the ack', async () => {
    await using running = await start(options);
    const client = await running.clients.connect();
    expect(await join(client, 'a', 'b')).toEqual(done);
    expect(await join(client, 'c')).toEqual(tooMany);
    expect(await client.emitWithAck('rooms')).toEqual({ ok: true, data: ['room:a', 'room:b'] });
  });

  it('is counted and told as other limits are', async () => {
    await using running = await start(options);
    const engine = serverOf(running).engine;
    const hits: unknown[] = [];
    engine.on('limit', ({ limit, max, socket }) => hits.push([limit, max, socket !== undefined]));
    await join(await running.clients.connect(), 'a', 'b', 'c', 'd');
    expect(hits).toEqual(Array(2).fill(['maxRoomsPerSocket', 2, true]));
    expect(engine.limits.counts.get('maxRoomsPerSocket')).toBe(2);
  });

  it('counts a room once, and no more when the socket has left it, by whatever way', async () => {
    await using running = await start(options);
    const client = await running.clients.connect();
    expect(await join(client, 'a', 'a', 'b', 'b')).toEqual(done);
    await client.emitWithAck('leave', { id: 'a' });
    expect(await join(client, 'c')).toEqual(done);
    await client.emitWithAck('leave by hand', { id: 'b' });
    expect(await join(client, 'd')).toEqual(done);
    expect(await join(client, 'e')).toEqual(tooMany);
  });

  it('joins none of a method that would join one too many', async () => {
    await using running = await start(options);
    const client = await running.clients.connect();
    await join(client, 'a');
    expect(await client.emitWithAck('join two', { one: 'b', two: 'c' })).toEqual(tooMany);
    expect(await client.emitWithAck('join two', { one: 'a', two: 'b' })).toEqual(done);
    expect(await client.emitWithAck('rooms')).toEqual({ ok: true, data: ['room:a', 'room:b'] });
  });

  it('holds for joins that go on at the same time', async () => {
    await using running = await start(options);
    const client = await running.clients.connect();
    gate = new Gate();
    const answers = ['a', 'b', 'c', 'd'].map((id) => client.emitWithAck('join slowly', { id }) as Promise<unknown>);
    // In order on one connection: the others are under way.
    await client.emitWithAck('rooms');
    gate.open();
    expect(await Promise.all(answers)).toEqual([done, done, tooMany, tooMany]);
    expect(await client.emitWithAck('rooms')).toEqual({ ok: true, data: ['room:a', 'room:b'] });
  });

  it('holds with an adapter whose joins take a while', async () => {
    class LateAdapter extends InMemoryAdapter {
      override addAll(id: string, rooms: Set<string>): Promise<void> | void {
        if (![...rooms].some((room) => room.startsWith('room:'))) return super.addAll(id, rooms);
        return gate.opened.then(() => super.addAll(id, rooms));
      }
    }
    await using running = await start({ ...options, adapter: LateAdapter });
    const client = await running.clients.connect();
    gate = new Gate();
    const answers = ['a', 'b', 'c'].map((id) => client.emitWithAck('join', { id }) as Promise<unknown>);
    expect(await answers[2]).toEqual(tooMany);
    gate.open();
    expect(await Promise.all(answers)).toEqual([done, done, tooMany]);
    expect(await join(client, 'a')).toEqual(done);
    expect(await join(client, 'c')).toEqual(tooMany);
  });

  it('counts the rooms that a socket comes back with', async () => {
    await using running = await start({ ...options, connectionStateRecovery: {} });
    const client = await running.clients.connect('/', { reconnection: true, reconnectionDelay: 1 });
    await join(client, 'a', 'b');
    // Without a message behind it there is no offset to come back to.
    const offset = next(client, 'hello');
    serverOf(running).emit('hello');
    await offset;
    const back = next(client, 'connect');
    client.io.engine.close();
    await back;
    expect(client.recovered).toBe(true);
    expect(await join(client, 'c')).toEqual(tooMany);
    await client.emitWithAck('leave', { id: 'a' });
    expect(await join(client, 'c')).toEqual(done);
  });

  it.each<[string, SocketIoModuleOptions, number]>([
    ['256 in the preset strict', { security: 'strict' }, 256],
    ['none in the preset compatible', { security: 'compatible' }, Infinity],
  ])('is %s', async (_what, preset, limit) => {
    await using running = await start({ ...preset, joinRate: false });
    const client = await running.clients.connect();
    const ids = Array.from({ length: 257 }, (_, index) => index);
    const answers = await Promise.all(ids.map((id) => client.emitWithAck('join', { id })));
    expect(answers.filter(({ ok }: { ok: boolean }) => ok)).toHaveLength(Math.min(limit, 257));
  });

  it.each([0, -1, NaN, '2'])('keeps the application from starting when it is %p', async (maxRoomsPerSocket) => {
    expect(await bootError({ options: { maxRoomsPerSocket: maxRoomsPerSocket as number } })).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('maxRoomsPerSocket'),
    });
  });
});

describe('joinRate', () => {
  // So slow that nothing comes back while a spec runs.
  const options = { joinRate: { perSecond: 0.001, burst: 3 } } as const;

  it('refuses joins and leaves beyond it, before any policy is asked', async () => {
    await using running = await start(options);
    const client = await running.clients.connect();
    policyCalls = 0;
    await join(client, 'a', 'b');
    expect(await client.emitWithAck('leave', { id: 'a' })).toEqual(done);
    expect(await join(client, 'c')).toEqual(tooOften);
    expect(await client.emitWithAck('leave', { id: 'b' })).toEqual(tooOften);
    expect(policyCalls).toBe(2);
    expect(await client.emitWithAck('rooms')).toEqual({ ok: true, data: ['room:b'] });
    expect(serverOf(running).engine.limits.counts.get('joinRate')).toBe(2);
  });

  it('counts for each socket by itself', async () => {
    await using running = await start(options);
    expect(await join(await running.clients.connect(), 1, 2, 3, 4)).toEqual(tooOften);
    expect(await join(await running.clients.connect(), 1, 2, 3)).toEqual(done);
  });

  it('lets more through as time goes by', async () => {
    await using running = await start({ joinRate: { perSecond: 1_000, burst: 1 } });
    const client = await running.clients.connect();
    let answer: unknown = tooOften;
    for (let count = 0; count < 2;) {
      answer = await join(client, 'a');
      if ((answer as { ok: boolean }).ok) count++;
    }
    expect(answer).toEqual(done);
  });

  it('lets 100 at once through in the preset strict', async () => {
    await using running = await start({ security: 'strict' });
    const client = await running.clients.connect();
    const began = performance.now();
    const answers: { ok: boolean }[] = await Promise.all(
      Array.from({ length: 2_000 }, () => client.emitWithAck('join', { id: 'a' })),
    );
    const seconds = (performance.now() - began) / 1_000;
    const passed = answers.filter(({ ok }) => ok).length;
    expect(passed).toBeGreaterThanOrEqual(100);
    expect(passed).toBeLessThanOrEqual(Math.min(2_000, 101 + 20 * seconds));
    expect(answers).toContainEqual(tooOften);
  });

  it.each<SocketIoModuleOptions>([{ security: 'compatible' }, { security: 'strict', joinRate: false }])(
    'is off with %p',
    async (given) => {
      await using running = await start(given);
      const client = await running.clients.connect();
      const answers: unknown[] = await Promise.all(
        Array.from({ length: 500 }, () => client.emitWithAck('join', { id: 'a' })),
      );
      expect(answers).toEqual(Array(500).fill(done));
    },
  );

  it('keeps the application from starting when it is no rate', async () => {
    expect(await bootError({ options: { joinRate: { perSecond: 0, burst: 1 } } })).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('joinRate.perSecond'),
    });
  });
});
