import { afterEach, describe, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';
import {
  ForbiddenException,
  forwardRef,
  Inject,
  Injectable,
  Module,
  ParseIntPipe,
  UseGuards,
  ValidationPipe,
  type CanActivate,
  type DynamicModule,
  type ExecutionContext,
  type INestApplication,
  type OnModuleDestroy,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { SubscribeMessage as NestSubscribeMessage, WebSocketGateway as NestWebSocketGateway } from '@nestjs/websockets';
import { IsString } from 'class-validator';
import {
  Arg,
  Broadcaster,
  ConnectedSocket,
  MessageBody,
  OnConnect,
  OnDisconnect,
  PublicNamespace,
  SOCKET_IO_SERVER,
  SocketIoModule,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
  type Server,
  type Socket,
} from '../../lib/index.js';
import { ConnectError, SocketTestingModule } from '../../lib/nest-testing/index.js';

@Injectable()
class Greetings implements OnModuleDestroy {
  isOpen = true;
  timesDestroyed = 0;
  readonly seenAtDisconnect: boolean[] = [];
  greet(name: string): string {
    return `hello ${name}`;
  }
  onModuleDestroy(): void {
    this.isOpen = false;
    this.timesDestroyed++;
  }
}

@Injectable()
class StaffGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToWs().getClient<Socket>().handshake.headers['x-role'] === 'staff';
  }
}

class Note {
  @IsString() text!: string;
}

interface ServerEvents {
  joined(id: string): void;
  news(title: string): void;
}
interface ClientEvents {
  greet(name: string, answer: (text: string) => void): void;
}

@WebSocketGateway({ namespace: '/chat' })
@PublicNamespace()
class ChatGateway {
  constructor(@Inject(Greetings) private readonly greetings: Greetings) {}

  @OnConnect()
  connected(socket: Socket): void {
    socket.broadcast.emit('joined', socket.id);
  }
  @OnDisconnect()
  async disconnected(): Promise<void> {
    await new Promise(setImmediate);
    this.greetings.seenAtDisconnect.push(this.greetings.isOpen);
  }
  @SubscribeMessage('greet')
  greet(@MessageBody() name: string): string {
    return this.greetings.greet(name);
  }
  @SubscribeMessage('handshake')
  handshake(@ConnectedSocket() { handshake }: Socket): unknown {
    const { headers, query, auth, address, url } = handshake;
    return { headers, query, auth, address, url };
  }
  @UseGuards(StaffGuard)
  @SubscribeAck('double')
  double(@Arg(0, ParseIntPipe) number: number): number {
    return number * 2;
  }
  @SubscribeAck('note')
  note(@MessageBody() note: Note): boolean {
    return note instanceof Note;
  }
  @SubscribeAck('forbidden')
  forbidden(): never {
    throw new ForbiddenException('not you');
  }
  @SubscribeMessage('bytes')
  bytes(@MessageBody() bytes: Buffer): Buffer {
    return Buffer.from(bytes).reverse();
  }
}

@Module({ providers: [ChatGateway, Greetings] })
class ChatModule {}

@Module({ imports: [SocketIoModule.forRoot(), ChatModule] })
class AppModule {}

describe('an application under test', () => {
  it('is made of gateways and providers, and listens on no port', async () => {
    await using sockets = await SocketTestingModule.create({ providers: [ChatGateway, Greetings] });
    const client = await sockets.connect<ServerEvents, ClientEvents>('/chat');
    expect(await client.emitWithAck('greet', 'ann')).toBe('hello ann');
    const httpServer = sockets.app.getHttpServer() as { listening: boolean };
    expect(httpServer.listening).toBe(false);
  });

  it('is the whole application, where its module brings SocketIoModule', async () => {
    await using sockets = await SocketTestingModule.create({ imports: [AppModule] });
    const client = await sockets.connect<ServerEvents, ClientEvents>('chat');
    expect(await client.emitWithAck('greet', 'bob')).toBe('hello bob');
  });

  it('has the options it is given', async () => {
    await using sockets = await SocketTestingModule.create({
      imports: [ChatModule],
      options: { path: '/live', ackStyle: 'raw' },
    });
    const client = await sockets.connect('/chat', { headers: { 'x-role': 'staff' } });
    expect(await client.emitWithAck('double', 2)).toBe(4);
    expect(await client.emitWithAck('handshake')).toMatchObject({ url: '/live/?EIO=4&transport=websocket' });
  });

  it.each<[string, () => NonNullable<Parameters<typeof SocketTestingModule.create>[0]['imports']>]>([
    ['itself', () => [SocketIoModule.forRoot()]],
    ['in a module', () => [AppModule]],
    ['in a module that is reached by forwardRef()', () => [forwardRef(() => AppModule)]],
    ['in a dynamic module', () => [{ module: ChatModule, imports: [SocketIoModule.forRoot()] }]],
    ['in a promise', () => [Promise.resolve<DynamicModule>({ module: AppModule })]],
  ])('refuses options of its own where an import brings SocketIoModule %s', async (_how, imports) => {
    await expect(SocketTestingModule.create({ imports: imports(), options: {} })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('`options`'),
    });
    await using sockets = await SocketTestingModule.create({ imports: imports() });
    expect(sockets.get<Server>(SOCKET_IO_SERVER)).toBeDefined();
  });

  it('finds its way through modules that import each other', async () => {
    @Module({ imports: [forwardRef(() => Second)] })
    class First {}
    @Module({ imports: [First] })
    class Second {}
    await using sockets = await SocketTestingModule.create({ imports: [First] });
    expect(sockets.get<Server>(SOCKET_IO_SERVER)).toBeDefined();
  });

  it('may be a builder of Nest, with its overrides', async () => {
    await using sockets = await SocketTestingModule.from(
      Test.createTestingModule({ imports: [AppModule] })
        .overrideProvider(Greetings)
        .useValue({ greet: (name: string) => `hi ${name}`, seenAtDisconnect: [] })
        .overrideGuard(StaffGuard)
        .useValue({ canActivate: () => true }),
    );
    const client = await sockets.connect('/chat');
    expect(await client.emitWithAck('greet', 'ann')).toBe('hi ann');
    expect(await client.emitWithAck('double', '21')).toEqual({ ok: true, data: 42 });
  });

  it('may be a compiled module', async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    await using sockets = await SocketTestingModule.from(module);
    expect(await (await sockets.connect('/chat')).emitWithAck('greet', 'ann')).toBe('hello ann');
  });

  it.each([
    ['on express, with global pipes', undefined],
    ['on fastify', new FastifyAdapter()],
  ])('may be an application %s', async (_how, adapter) => {
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    const app = (
      adapter === undefined ? module.createNestApplication() : module.createNestApplication(adapter as never)
    ) as INestApplication;
    app.useGlobalPipes(new ValidationPipe({ transform: true }));
    await using sockets = await SocketTestingModule.from(app);
    expect(sockets.app).toBe(app);
    const client = await sockets.connect('/chat');
    expect(await client.emitWithAck('note', { text: 'a' })).toEqual({ ok: true, data: true });
    expect(await client.emitWithAck('note', { text: 1 })).toMatchObject({ ok: false, error: { status: 400 } });
  });

  it('may be an application that is initialized already', async () => {
    const app = (await Test.createTestingModule({ imports: [AppModule] }).compile()).createNestApplication();
    await app.init();
    await using sockets = await SocketTestingModule.from(app);
    expect(await (await sockets.connect('/chat')).emitWithAck('greet', 'ann')).toBe('hello ann');
  });

  it('has to import SocketIoModule', async () => {
    await expect(SocketTestingModule.from(Test.createTestingModule({}))).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('SocketIoModule.forRoot()'),
    });
  });

  it('is closed when it cannot be tested', async () => {
    const module = await Test.createTestingModule({ providers: [Greetings] }).compile();
    const greetings = module.get(Greetings);
    await expect(SocketTestingModule.from(module)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(greetings.isOpen).toBe(false);
  });

  it('leaves it to Nest to tell of an import that is missing', async () => {
    await expect(SocketTestingModule.create({ imports: [undefined as never] })).rejects.toThrow('undefined');
    await expect(SocketTestingModule.create({ imports: [undefined as never] })).rejects.not.toBeInstanceOf(TypeError);
  });

  it('says what keeps it from starting', async () => {
    @WebSocketGateway({ namespace: '/a,b' })
    class Comma {}
    await expect(SocketTestingModule.create({ providers: [Comma] })).rejects.toMatchObject({
      code: 'INVALID_NAMESPACE',
    });
  });

  it('serves gateways of @nestjs/websockets', async () => {
    @NestWebSocketGateway({ namespace: 'untouched' })
    class Untouched {
      @NestSubscribeMessage('double')
      double(_socket: unknown, number: number): number {
        return number * 2;
      }
    }
    await using sockets = await SocketTestingModule.create({ providers: [Untouched] });
    expect(await (await sockets.connect('/untouched')).emitWithAck('double', 2)).toBe(4);
  });

  it('gives its providers out', async () => {
    await using sockets = await SocketTestingModule.create({ imports: [AppModule] });
    expect(sockets.get(Greetings).greet('ann')).toBe('hello ann');
    const client = await sockets.connect<ServerEvents>('/chat');
    sockets.get<Broadcaster<ServerEvents>>(Broadcaster).of('/chat').emit('news', 'good');
    expect(await client.next('news')).toEqual(['good']);
  });
});

describe('a client of an application under test', () => {
  it('has a handshake like any other', async () => {
    await using sockets = await SocketTestingModule.create({ imports: [AppModule] });
    const client = await sockets.connect('/chat', {
      auth: { token: 'a' },
      headers: { Authorization: 'Bearer a' },
      query: { tenant: 'b' },
      remoteAddress: '192.0.2.1',
    });
    expect(await client.emitWithAck('handshake')).toEqual({
      auth: { token: 'a' },
      headers: { authorization: 'Bearer a' },
      query: { tenant: 'b', EIO: '4', transport: 'websocket' },
      address: '192.0.2.1',
      url: '/socket.io/?tenant=b&EIO=4&transport=websocket',
    });
    const plain = await sockets.connect('/chat');
    expect(await plain.emitWithAck('handshake')).toMatchObject({ auth: {}, headers: {}, address: '127.0.0.1' });
  });

  it('goes through guards and pipes, and gets errors as its acks', async () => {
    await using sockets = await SocketTestingModule.create({ imports: [AppModule] });
    const staff = await sockets.connect('/chat', { headers: { 'x-role': 'staff' } });
    const guest = await sockets.connect('/chat');
    expect(await staff.emitWithAck('double', '21')).toEqual({ ok: true, data: 42 });
    expect(await staff.emitWithAck('double', 'x')).toMatchObject({ ok: false, error: { status: 400 } });
    expect(await guest.emitWithAck('double', '21')).toMatchObject({ ok: false, error: { status: 403 } });
    expect(await guest.emitWithAck('forbidden')).toEqual({ ok: false, error: { status: 403, message: 'not you' } });
    expect(await guest.emitWithAck('bytes', Buffer.from([1, 2]))).toEqual(Buffer.from([2, 1]));
  });

  it('hears of the others', async () => {
    await using sockets = await SocketTestingModule.create({ imports: [AppModule] });
    const first = await sockets.connect<ServerEvents>('/chat');
    const second = await sockets.connect<ServerEvents>('/chat');
    expect(await first.next('joined')).toEqual([second.id]);
    expect(second.received()).toEqual([]);
  });

  it('is refused by the middlewares of its namespace', async () => {
    await using sockets = await SocketTestingModule.create({ imports: [AppModule] });
    sockets
      .get<Server>(SOCKET_IO_SERVER)
      .of('/chat')
      .use((socket, next) => {
        next(socket.handshake.auth['token'] === 'a' ? undefined : Object.assign(new Error('no'), { data: 401 }));
      });
    const refused = sockets.connect('/chat', { auth: { token: 'b' } });
    await expect(refused).rejects.toBeInstanceOf(ConnectError);
    await expect(refused).rejects.toMatchObject({ message: 'no', data: 401 });
    expect((await sockets.connect('/chat', { auth: { token: 'a' } })).connected).toBe(true);
  });

  it('waits as long as it is told', async () => {
    await using sockets = await SocketTestingModule.create({ imports: [AppModule] });
    const client = await sockets.connect('/chat', { timeout: 400 });
    await expect(client.next('news')).rejects.toThrow('within 400 ms');
  });

  describe('with the timers of a test', () => {
    afterEach(() => {
      jest.useRealTimers();
    });

    it('lives through minutes of heartbeats', async () => {
      jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
      await using sockets = await SocketTestingModule.create({ imports: [AppModule] });
      const client = await sockets.connect<ServerEvents, ClientEvents>('/chat');
      await jest.advanceTimersByTimeAsync(120_000);
      expect(await client.emitWithAck('greet', 'ann')).toBe('hello ann');
    });
  });
});

describe('closing an application under test', () => {
  it('ends every client, and waits for the disconnect hooks before anything is destroyed', async () => {
    const sockets = await SocketTestingModule.create({ imports: [AppModule] });
    const clients = [await sockets.connect('/chat'), await sockets.connect('/chat')];
    const greetings = sockets.get(Greetings);
    await sockets.close();
    expect(clients.map(({ connected }) => connected)).toEqual([false, false]);
    expect(await clients[0]!.disconnected).toBe('transport close');
    expect(greetings.seenAtDisconnect).toEqual([true, true]);
    expect(greetings.isOpen).toBe(false);
  });

  it('may happen twice, after a client has left, and after the application was closed', async () => {
    const sockets = await SocketTestingModule.create({ imports: [AppModule] });
    const [gone] = [await sockets.connect('/chat'), await sockets.connect('/chat')];
    await gone!.disconnect();
    await sockets.app.close();
    await expect(sockets.connect('/chat')).rejects.toThrow('The engine is closed');
    await Promise.all([sockets.close(), sockets.close()]);
    await sockets.close();
    await expect(sockets.connect('/chat')).rejects.toThrow('The application is closed');
  });

  it('destroys the providers once', async () => {
    const sockets = await SocketTestingModule.create({ imports: [AppModule] });
    const greetings = sockets.get(Greetings);
    await Promise.all([sockets.close(), sockets.close()]);
    await sockets.close();
    expect(greetings.timesDestroyed).toBe(1);
  });

  it('leaves nothing behind that keeps a process alive', async () => {
    const use = async (): Promise<void> => {
      await using sockets = await SocketTestingModule.create({ imports: [AppModule] });
      const client = await sockets.connect('/chat');
      await client.emitWithAck('greet', 'ann');
      await sockets.connect('/unknown').catch(() => {});
      const left = await sockets.connect('/chat');
      await left.disconnect();
    };
    // What is loaded once is loaded now.
    await use();
    await new Promise(setImmediate);
    const before = process.getActiveResourcesInfo().sort();
    await use();
    await new Promise(setImmediate);
    expect(process.getActiveResourcesInfo().sort()).toEqual(before);
  });
});
