import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Body, Controller, Inject, Injectable, Post, type OnModuleInit } from '@nestjs/common';
import { InMemoryAdapter } from '../../lib/adapter/index.js';
import { Broadcaster, SOCKET_IO_SERVER, WebSocketGateway, type Server, type Socket } from '../../lib/index.js';
import { next } from '../support/clients.js';
import { PollingByHand, startApp, type TestApp, type TestAppOptions } from './support.js';

@WebSocketGateway({ namespace: '/room' })
class RoomGateway {}

@WebSocketGateway()
class JoiningGateway {
  handleConnection(socket: Socket): unknown {
    return socket.join((socket.handshake.auth['rooms'] as string[] | undefined) ?? []);
  }
}

@Injectable()
class Early implements OnModuleInit {
  readonly #broadcaster: Broadcaster;
  answers: unknown;
  readonly isSent: boolean;

  constructor(@Inject(Broadcaster) broadcaster: Broadcaster) {
    this.#broadcaster = broadcaster;
    this.isSent = broadcaster.to('anyone').emit('hello');
  }

  async onModuleInit(): Promise<void> {
    this.answers = [
      await this.#broadcaster.emitWithAck('hello'),
      await this.#broadcaster.of('/room').emitWithAck('hello'),
      await this.#broadcaster.fetchSockets(),
    ];
  }
}

@Controller('news')
class NewsController {
  constructor(@Inject(Broadcaster) private readonly broadcaster: Broadcaster) {}
  @Post()
  publish(@Body() news: unknown): boolean {
    return this.broadcaster.of('/room').emit('news', news);
  }
}

type Client = Awaited<ReturnType<TestApp['clients']['connect']>>;

/** An application with a client in room a, one in room b, and one in both. */
async function start(
  options: TestAppOptions = {},
): Promise<{ running: TestApp; broadcaster: Broadcaster; clients: Record<'a' | 'b' | 'both', Client> }> {
  const running = await startApp({ providers: [JoiningGateway, RoomGateway], ...options });
  const connect = (...rooms: string[]): Promise<Client> => running.clients.connect('/', { auth: { rooms } });
  const clients = { a: await connect('a'), b: await connect('b'), both: await connect('a', 'b') };
  const { engine } = running.app.get<Server>(SOCKET_IO_SERVER);
  // A volatile broadcast misses a client whose last packet is still on its way.
  while (!Object.values(engine.clients).every(({ transport }) => transport.writable)) await new Promise(setImmediate);
  return { running, broadcaster: running.app.get(Broadcaster), clients };
}

/** Which clients an event reaches: each is then sent another one that reaches all. */
async function reached(
  clients: Record<string, Client>,
  broadcaster: Broadcaster,
  send: () => unknown,
): Promise<string[]> {
  const names: string[] = [];
  const done = Object.entries(clients).map(async ([name, client]) => {
    client.on('event', () => names.push(name));
    await next(client, 'after');
    client.off('event');
  });
  send();
  broadcaster.emit('after');
  await Promise.all(done);
  return names.sort();
}

describe('Broadcaster', () => {
  it('reaches a namespace from a controller', async () => {
    await using running = await startApp({ providers: [RoomGateway], controllers: [NewsController] });
    const socket = await running.clients.connect('/room');
    const news = next(socket, 'news');
    await fetch(`${running.url}/news`, {
      method: 'POST',
      body: '{"title":"it"}',
      headers: { 'content-type': 'application/json' },
    });
    expect(await news).toEqual([{ title: 'it' }]);
  });

  it('reaches nobody, without an error, before the application listens', async () => {
    await using running = await startApp({ providers: [Early, RoomGateway] });
    const early = running.app.get(Early);
    expect(early.isSent).toBe(true);
    expect(early.answers).toEqual([[], [], []]);
    expect(running.logger.errors).toEqual([]);
  });

  it.each<[how: string, send: (broadcaster: Broadcaster) => unknown, names: string[]]>([
    ['everyone by emit', (b) => b.emit('event', 1), ['a', 'b', 'both']],
    ['a room by to', (b) => b.to('a').emit('event'), ['a', 'both']],
    ['a room by in', (b) => b.in('b').emit('event'), ['b', 'both']],
    ['each once by several rooms', (b) => b.to(['a', 'b']).emit('event'), ['a', 'b', 'both']],
    ['all but a room by except', (b) => b.except('a').emit('event'), ['b']],
    ['a room but for another', (b) => b.to('a').except('b').emit('event'), ['a']],
    ['everyone of this node by local', (b) => b.local.emit('event'), ['a', 'b', 'both']],
    ['everyone who is ready by volatile', (b) => b.volatile.emit('event'), ['a', 'b', 'both']],
    ['everyone by compress', (b) => b.compress(true).emit('event'), ['a', 'b', 'both']],
    ['nobody of the main namespace by of', (b) => b.of('/room').emit('event'), []],
  ])('reaches %s', async (_how, send, names) => {
    const { running, broadcaster, clients } = await start();
    await using _ = running;
    expect(await reached(clients, broadcaster, () => send(broadcaster))).toEqual(names);
  });

  it('tells the adapter that a local broadcast stays on this node', async () => {
    const flags: unknown[] = [];
    class RecordingAdapter extends InMemoryAdapter {
      override broadcast(...args: Parameters<InMemoryAdapter['broadcast']>): void {
        flags.push(args[1].flags?.local);
        super.broadcast(...args);
      }
    }
    const { running, broadcaster } = await start({ options: { adapter: RecordingAdapter } });
    await using _ = running;
    broadcaster.local.emit('event');
    broadcaster.emit('event');
    expect(flags).toEqual([true, undefined]);
  });

  it('drops a volatile broadcast for a client that cannot take it now', async () => {
    await using running = await startApp({});
    const session = await PollingByHand.join(running);
    await session.poll();
    const broadcaster = running.app.get(Broadcaster);
    broadcaster.volatile.emit('dropped');
    broadcaster.emit('kept');
    expect(await (await session.poll()).text()).toBe('42["kept"]');
  });

  it.each([true, false])('lets transports compress, or not: %p', async (compress) => {
    await using running = await startApp({ options: { httpCompression: { threshold: 1 } } });
    const session = await PollingByHand.join(running);
    await session.poll();
    running.app.get(Broadcaster).compress(compress).emit('event');
    expect((await session.poll()).headers.get('content-encoding')).toBe(compress ? 'gzip' : null);
  });

  it('collects one answer per client', async () => {
    const { running, broadcaster, clients } = await start();
    await using _ = running;
    for (const [name, client] of Object.entries(clients)) {
      client.on('who', (ack: (answer: string) => void) => ack(name));
    }
    expect((await broadcaster.emitWithAck('who')).sort()).toEqual(['a', 'b', 'both']);
    expect((await broadcaster.to('a').emitWithAck('who')).sort()).toEqual(['a', 'both']);
  });

  it('waits as long as it is told for answers, and says which came', async () => {
    const { running, broadcaster, clients } = await start();
    await using _ = running;
    clients.a.on('who', (ack: (answer: string) => void) => ack('a'));
    const late = broadcaster.timeout(100).emitWithAck('who');
    await expect(late).rejects.toMatchObject({ responses: ['a'] });
  });

  it('finds sockets, moves them between rooms and disconnects them', async () => {
    const { running, broadcaster, clients } = await start();
    await using _ = running;
    const ids = async (room?: string): Promise<string[]> =>
      (await (room === undefined ? broadcaster : broadcaster.in(room)).fetchSockets()).map(({ id }) => id).sort();
    expect(await ids()).toEqual([clients.a.id!, clients.b.id!, clients.both.id!].sort());
    broadcaster.socketsJoin('everyone');
    broadcaster.in('a').socketsJoin(['c', 'd']);
    expect(await ids('everyone')).toHaveLength(3);
    expect(await ids('d')).toEqual([clients.a.id!, clients.both.id!].sort());
    broadcaster.socketsLeave('everyone');
    broadcaster.in('b').socketsLeave('c');
    expect(await ids('everyone')).toEqual([]);
    expect(await ids('c')).toEqual([clients.a.id]);
    const first = next(clients.a, 'disconnect');
    broadcaster.in('c').disconnectSockets();
    expect((await first)[0]).toBe('io server disconnect');
    expect(await ids()).toHaveLength(2);
    const rest = [clients.b, clients.both].map((client) => next(client, 'disconnect'));
    broadcaster.disconnectSockets(true);
    expect((await Promise.all(rest)).map(([reason]) => reason)).toEqual([
      'io server disconnect',
      'io server disconnect',
    ]);
  });
});
