import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { WebSocketGateway as NestGateway } from '@nestjs/websockets';
import {
  Broadcaster,
  isUserRoom,
  SOCKET_IO_SERVER,
  SubscribeMessage,
  UseNamespaceMiddleware,
  userRoom,
  WebSocketGateway,
  type Server,
  type Socket,
  ConnectedSocket,
} from '../../lib/index.js';
import { next } from '../support/clients.js';
import { startApp, type TestApp, type TestAppOptions } from './support.js';

/** Takes whoever the client says it is. */
function trusting(socket: Socket, proceed: () => void): void {
  if ('user' in socket.handshake.auth) Object.assign(socket, { user: socket.handshake.auth.user as unknown });
  proceed();
}

class Rooms {
  @SubscribeMessage('rooms')
  rooms(@ConnectedSocket() socket: Socket): string[] {
    return [...socket.rooms].filter((room) => room !== socket.id);
  }
}

@WebSocketGateway()
@UseNamespaceMiddleware(trusting)
class MainGateway extends Rooms {}

@WebSocketGateway({ namespace: '/org/:id' })
@UseNamespaceMiddleware(trusting)
class Organizations extends Rooms {
  handleConnection(socket: Socket): void {
    socket.data.roomsAtConnection = [...socket.rooms];
  }
  @SubscribeMessage('rooms at connection')
  roomsAtConnection(@ConnectedSocket() socket: Socket): unknown {
    return socket.data.roomsAtConnection as unknown;
  }
}

function start(options: TestAppOptions['options'] = {}): Promise<TestApp> {
  return startApp({ options, providers: [MainGateway, Organizations] });
}

const as = (user: unknown): { auth: { user: unknown } } => ({ auth: { user } });

describe('toUser()', () => {
  it('reaches every socket of the user, and nobody else', async () => {
    await using running = await start();
    const [first, second, other] = [
      await running.clients.connect('/', as({ id: 7 })),
      await running.clients.connect('/', as({ id: 7 })),
      await running.clients.connect('/', as({ id: 77 })),
    ];
    const got: unknown[] = [];
    other.on('news', (news: unknown) => got.push(news));
    const arrivals = [next(first, 'news'), next(second, 'news'), next(other, 'end')];
    const broadcaster = running.app.get(Broadcaster);
    broadcaster.toUser(7).emit('news', 'for 7');
    broadcaster.emit('end');
    expect(await Promise.all(arrivals)).toEqual([['for 7'], ['for 7'], []]);
    expect(got).toEqual([]);
  });

  it('reaches the main namespace, or the one that is named', async () => {
    await using running = await start();
    const main = await running.clients.connect('/', as({ id: 'a' }));
    const org = await running.clients.connect('/org/1', as({ id: 'a' }));
    const arrivals = [next(main, 'news'), next(org, 'news')];
    const broadcaster = running.app.get(Broadcaster);
    broadcaster.toUser('a').emit('news', 'main');
    broadcaster.toUser('a', '/org/1').emit('news', 'org');
    expect(await Promise.all(arrivals)).toEqual([['main'], ['org']]);
  });

  it('takes the modifiers of a broadcast', async () => {
    await using running = await start();
    const client = await running.clients.connect('/', as({ id: 7 }));
    client.on('question', (answer: (value: string) => void) => answer('yes'));
    expect(await running.app.get(Broadcaster).toUser(7).timeout(5_000).emitWithAck('question')).toEqual(['yes']);
  });
});

describe('the room of a user', () => {
  it.each<[what: string, user: unknown, rooms: string[]]>([
    ['id, a number', { id: 7, sub: 'no' }, ['user:7']],
    ['id, a text', { id: 'seven' }, ['user:seven']],
    ['id, zero', { id: 0 }, ['user:0']],
    ['sub, as tokens have it', { sub: 'auth0|5' }, ['user:auth0|5']],
    ['nothing, without either', { name: 'Ada' }, []],
    ['nothing, with an empty id', { id: '' }, []],
    ['nothing, with an id that is no id', { id: { $oid: 5 } }, []],
    ['nothing, when the user is nobody', null, []],
  ])('is named by the %s of the user', async (_what, user, rooms) => {
    await using running = await start();
    expect(await (await running.clients.connect('/', as(user))).emitWithAck('rooms')).toEqual(rooms);
  });

  it('is joined by no socket without a user', async () => {
    await using running = await start();
    expect(await (await running.clients.connect()).emitWithAck('rooms')).toEqual([]);
  });

  it('is named by the option userId', async () => {
    await using running = await start({
      userId: (user: { tenant: string; id: number }) => `${user.tenant}-${user.id}`,
    });
    const client = await running.clients.connect('/', as({ tenant: 't', id: 7 }));
    expect(await client.emitWithAck('rooms')).toEqual(['user:t-7']);
  });

  it('is joined before connect hooks run, also in a namespace made of a pattern', async () => {
    await using running = await start();
    const client = await running.clients.connect('/org/1', as({ id: 7 }));
    expect(await client.emitWithAck('rooms at connection')).toEqual([client.id, 'user:7']);
  });

  it('is joined in namespaces of the application and of gateways of @nestjs/websockets too', async () => {
    @NestGateway({ namespace: '/nest' })
    class Untouched {}
    await using running = await startApp({ providers: [Untouched] });
    const server = running.app.get<Server>(SOCKET_IO_SERVER);
    for (const path of ['/nest', '/mine']) {
      server.of(path).use(trusting);
      const client = await running.clients.connect(path, as({ id: 7 }));
      const arrival = next(client, 'news');
      running.app.get(Broadcaster).toUser(7, path).emit('news', path);
      expect(await arrival).toEqual([path]);
    }
  });

  it('is none where userId fails, which is logged and keeps nobody out', async () => {
    await using running = await start({
      userId: () => {
        throw new Error('no id');
      },
    });
    const client = await running.clients.connect('/', as({ id: 7 }));
    expect(await client.emitWithAck('rooms')).toEqual([]);
    expect(running.logger.errors.map(([line]) => line)).toEqual(['"userId" failed: no id']);
  });

  it('is told from other rooms by its name', () => {
    expect([userRoom(7), isUserRoom(userRoom('a')), isUserRoom('users'), isUserRoom('room:user:7')]).toEqual([
      'user:7',
      true,
      false,
      false,
    ]);
  });
});
