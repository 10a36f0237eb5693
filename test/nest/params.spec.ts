import { afterEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Controller, Injectable, Post } from '@nestjs/common';
import { z } from 'zod';
import {
  Arg,
  EventName,
  Handshake,
  InjectNamespace,
  InjectServer,
  MessageBody,
  Namespace,
  NamespaceParam,
  OnDisconnect,
  OnDisconnecting,
  OnServerSide,
  SocketData,
  SocketIoModule,
  SubscribeAck,
  SubscribeAny,
  SubscribeMessage,
  WebSocketGateway,
  type Server,
  type Socket,
} from '../../lib/index.js';
import type { Namespace as ServerNamespace } from '../../lib/server/index.js';
import { next } from '../support/clients.js';
import { startApp, type TestApp } from './support.js';

const Message = z.object({ text: z.string().min(2), at: z.coerce.number().default(0) });
const left: unknown[] = [];
const noticed: unknown[] = [];

@WebSocketGateway()
class MainGateway {
  @SubscribeAck('message', { schema: Message })
  message(@MessageBody() message: object, @MessageBody('text') text: string): object {
    return { message, text };
  }

  @SubscribeAck('later', { schema: z.string().refine((value) => Promise.resolve(value === 'good')) })
  later(_socket: Socket, value: string): string {
    return value;
  }

  @SubscribeAck('list', { schema: z.array(z.string()) })
  list(@MessageBody() list: string[]): number {
    return list.length;
  }

  @SubscribeAck('second')
  second(@Arg(1, { schema: z.number() }) value: number): number {
    return value;
  }

  @SubscribeMessage('body')
  body(@MessageBody({ schema: z.string().transform((text) => text.length) }) length: number): number {
    return length;
  }

  @SubscribeAck('where')
  where(
    @Handshake('auth') auth: unknown,
    @Handshake() handshake: { url: string },
    @SocketData('name') name: unknown,
    @EventName() event: string,
  ): unknown {
    return { auth, hasUrl: handshake.url.startsWith('/socket.io/'), name, event };
  }

  handleConnection(socket: Socket): void {
    socket.data = { name: 'ada' };
    void socket.join('room');
  }

  @OnDisconnecting()
  leaving(socket: Socket, reason: string): void {
    left.push(['leaving', socket.rooms.has('room'), reason]);
  }

  @OnDisconnect()
  gone(socket: Socket, reason: string, description: unknown): void {
    left.push(['gone', socket.rooms.size, reason, description]);
  }

  @OnServerSide('notice')
  notice(text: string): void {
    noticed.push(text);
  }
}

@WebSocketGateway()
@Namespace('/org/:org/team/:team')
class TeamGateway {
  @SubscribeAck('who')
  who(@NamespaceParam('org') org: string, @NamespaceParam('team') team: string): string {
    return `${org}/${team}`;
  }
}

@WebSocketGateway({ namespace: /^\/free-(?<word>[a-z]+)$/ })
class FreeGateway {
  @SubscribeAck('word')
  word(@NamespaceParam('word') word: string): string {
    return word;
  }
}

@WebSocketGateway({ namespace: /^\/free-(?<word>[a-z]+)$/ })
class OtherFreeGateway {
  @SubscribeAck('other')
  other(): string {
    return 'other';
  }
}

@WebSocketGateway({ namespace: 'any' })
class AnyGateway {
  @SubscribeMessage('known')
  known(): string {
    return 'known';
  }

  @SubscribeAny()
  any(@EventName() event: string, @MessageBody() body: unknown): unknown {
    noticed.push([event, body]);
    return `any ${event}`;
  }
}

@Injectable()
class News {
  readonly namespace: ServerNamespace;
  constructor(
    @InjectNamespace('any') namespace: ServerNamespace,
    @InjectServer() readonly server: Server,
  ) {
    // Usable here: nothing has to be awaited.
    namespace.use((_socket, next) => next());
    this.namespace = namespace;
  }
}

@Controller('news')
class NewsController {
  constructor(
    private readonly news: News,
    @InjectNamespace() private readonly main: ServerNamespace,
  ) {}

  @Post()
  publish(): object {
    this.news.namespace.emit('news', 1);
    this.main.emit('news', 2);
    return { name: this.news.namespace.name, isSame: this.news.server.of('/any').name === this.news.namespace.name };
  }
}

let app: TestApp;
afterEach(async () => {
  await app.close();
  left.length = 0;
  noticed.length = 0;
});

async function start(options = {}): Promise<TestApp> {
  app = await startApp({
    options,
    controllers: [NewsController],
    providers: [MainGateway, TeamGateway, FreeGateway, OtherFreeGateway, AnyGateway, News],
  });
  return app;
}

describe('a schema', () => {
  it('makes of the payload what the handler gets', async () => {
    const client = await (await start()).clients.connect();
    expect(await client.emitWithAck('message', { text: 'hello', at: '3', more: true })).toEqual({
      ok: true,
      data: { message: { text: 'hello', at: 3 }, text: 'hello' },
    });
    expect(await client.emitWithAck('later', 'good')).toEqual({ ok: true, data: 'good' });
    expect(await client.emitWithAck('second', 'ignored', 4)).toEqual({ ok: true, data: 4 });
    expect(await client.emitWithAck('body', 'four')).toBe(4);
  });

  it('refuses with 400 and a line for each issue', async () => {
    const client = await (await start()).clients.connect();
    expect(await client.emitWithAck('message', { text: 'x', at: 1 })).toEqual({
      ok: false,
      error: {
        status: 400,
        message: 'Validation failed',
        details: [{ message: expect.any(String) as unknown, path: ['text'] }],
      },
    });
    for (const [event, args] of [
      ['later', ['bad']],
      ['second', ['x', 'not a number']],
      ['message', []],
    ] as const) {
      expect(await client.emitWithAck(event, ...args)).toMatchObject({ ok: false, error: { status: 400 } });
    }
    expect(await client.emitWithAck('body', 1)).toMatchObject({ status: 400, message: 'Validation failed' });
  });
});

describe('a schema of a list', () => {
  it('tells the first issues, and how many others there are', async () => {
    const client = await (await start()).clients.connect();
    const { error } = await client.emitWithAck('list', Array(50).fill(1));
    expect(error.details).toHaveLength(21);
    expect(error.details[19]).toMatchObject({ path: [19] });
    expect(error.details[20]).toEqual({ message: 'and 30 more', path: [] });
  });
});

describe('parameters', () => {
  it('hold the handshake, the data of the socket and the name of the event', async () => {
    const client = await (await start()).clients.connect('/', { auth: { token: 'x' } });
    expect(await client.emitWithAck('where')).toEqual({
      ok: true,
      data: { auth: { token: 'x' }, hasUrl: true, name: 'ada', event: 'where' },
    });
  });

  it('hold the parts of the namespace, for every client its own', async () => {
    const { clients } = await start();
    const one = await clients.connect('/org/acme/team/red');
    const two = await clients.connect('/org/other/team/blue');
    expect(await one.emitWithAck('who')).toEqual({ ok: true, data: 'acme/red' });
    expect(await two.emitWithAck('who')).toEqual({ ok: true, data: 'other/blue' });
    await expect(clients.connect('/org/acme/team')).rejects.toThrow('Invalid namespace');
  });

  it('come of patterns too, which several gateways share', async () => {
    const client = await (await start()).clients.connect('/free-word');
    expect(await client.emitWithAck('word')).toEqual({ ok: true, data: 'word' });
    expect(await client.emitWithAck('other')).toEqual({ ok: true, data: 'other' });
  });
});

describe('a handler of every event', () => {
  it('sees them all, and answers those that nobody else does', async () => {
    const client = await (await start()).clients.connect('/any');
    expect(await client.emitWithAck('known', 1)).toBe('known');
    expect(await client.emitWithAck('unknown', 2)).toBe('any unknown');
    expect(noticed).toEqual([
      ['known', 1],
      ['unknown', 2],
    ]);
  });
});

describe('an event that nobody handles', () => {
  it('is ignored, or answered with 404 where onUnknownEvent says so', async () => {
    const { clients, close } = await start();
    const ignored = await clients.connect();
    await expect(ignored.timeout(50).emitWithAck('unknown')).rejects.toThrow('timed out');
    await close();
    const client = await (await start({ onUnknownEvent: 'ack-error' })).clients.connect();
    expect(await client.emitWithAck('unknown')).toEqual({
      ok: false,
      error: { status: 404, message: 'Unknown event' },
    });
    client.emit('unknown, and nobody waits');
    expect(await client.emitWithAck('second', 0, 1)).toEqual({ ok: true, data: 1 });
  });

  it('is left to a listener of the socket', async () => {
    const { clients, app: nest } = await start({ onUnknownEvent: 'ack-error' });
    nest.get<News>(News).server.on('connection', (socket) => {
      socket.on('mine', (answer: (text: string) => void) => answer('listened'));
    });
    expect(await (await clients.connect()).emitWithAck('mine')).toBe('listened');
  });
});

describe('a socket that leaves', () => {
  it('is shown to the hooks with its rooms, then without, and with the reason', async () => {
    const { clients, app: nest } = await start();
    const client = await clients.connect();
    const [socket] = nest.get<News>(News).server.sockets.sockets.values();
    const gone = new Promise((resolve) => {
      socket!.once('disconnect', resolve);
    });
    client.disconnect();
    await gone;
    expect(left).toEqual([
      ['leaving', true, 'client namespace disconnect'],
      ['gone', 0, 'client namespace disconnect', undefined],
    ]);
  });
});

describe('an event of another server', () => {
  it('calls the method that is for it', async () => {
    const { app: nest } = await start();
    nest.get<News>(News).server.sockets.onServerSideEvent(['notice', 'hello']);
    expect(noticed).toEqual(['hello']);
  });

  it('cannot be handled in namespaces of a pattern', async () => {
    @WebSocketGateway({ namespace: '/x/:id' })
    class Wrong {
      @OnServerSide('notice')
      notice(): void {}
    }
    app = await start();
    await expect(startApp({ providers: [Wrong] })).rejects.toMatchObject({ code: 'INVALID_GATEWAY' });
  });
});

describe('an injected namespace', () => {
  it('is there in constructors, and broadcasts', async () => {
    const { clients, url } = await start();
    const one = next(await clients.connect('/any'), 'news');
    const two = next(await clients.connect(), 'news');
    const answer = await fetch(`${url}/news`, { method: 'POST' });
    expect(await answer.json()).toEqual({ name: '/any', isSame: true });
    expect([await one, await two]).toEqual([[1], [2]]);
  });

  it('lets nobody in while it is only named', async () => {
    @Injectable()
    class Naming {
      constructor(@InjectNamespace('/named') readonly namespace: ServerNamespace) {}
    }
    app = await startApp({ providers: [Naming] });
    await expect(app.clients.connect('/named')).rejects.toThrow('Invalid namespace');
    app.app.get<Naming>(Naming).namespace.setMaxListeners(1);
    await app.clients.connect('/named');
  });

  it('can be had of forFeature(), where forRoot() could not know of it', async () => {
    const forRoot = SocketIoModule.forRoot();
    @Injectable()
    class Late {
      constructor(@InjectNamespace('/late') readonly namespace: ServerNamespace) {}
    }
    app = await startApp({
      socketIo: forRoot,
      imports: [{ module: class LateModule {}, imports: [SocketIoModule.forFeature(['late'])], providers: [Late] }],
    });
    expect(app.app.get<Late>(Late, { strict: false }).namespace.name).toBe('/late');
  });
});

describe('a name with two parts of one name', () => {
  it('is refused when the application starts', async () => {
    @WebSocketGateway({ namespace: '/a/:id/b/:id' })
    class Twice {}
    app = await start();
    await expect(startApp({ providers: [Twice] })).rejects.toMatchObject({ code: 'INVALID_GATEWAY' });
  });
});
