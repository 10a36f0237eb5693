import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import {
  Controller,
  Injectable,
  Module,
  Post,
  Req,
  Scope,
  UnauthorizedException,
  type NestMiddleware,
} from '@nestjs/common';
import { SubscribeMessage as NestMessage, WebSocketGateway as NestGateway } from '@nestjs/websockets';
import session from 'express-session';
import {
  SocketIoModule,
  Session,
  SubscribeMessage,
  WebSocketGateway,
  type EngineMiddleware,
  type Socket,
} from '../../lib/index.js';
import { Clients, transportLists } from '../support/clients.js';
import { bootError, sessionPath, startApp, upgradeByHand } from './support.js';

type Stamped = IncomingMessage & { stamps?: string[] };

function stamp(request: Stamped, text: string): void {
  (request.stamps ??= []).push(text);
}

@Injectable()
class Texts {
  readonly text: string = 'class';
}

@Injectable()
class Stamping implements NestMiddleware {
  constructor(private readonly texts: Texts) {}
  use(request: Stamped, _response: ServerResponse, next: () => void): void {
    stamp(request, this.texts.text);
    next();
  }
}

class Instance implements NestMiddleware {
  async use(request: Stamped, _response: unknown, next: () => void): Promise<void> {
    await new Promise(setImmediate);
    stamp(request, 'instance');
    next();
  }
}

const plain = (request: Stamped, _response: unknown, next: () => void): void => {
  stamp(request, 'function');
  next();
};

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('stamps')
  stamps(socket: Socket): unknown {
    return [socket.request as Stamped, socket.conn.request as Stamped].map(({ stamps }) => stamps);
  }
}

@Module({ providers: [Texts, Stamping] })
class StampingModule {}

@Module({ providers: [Texts], exports: [Texts] })
class TextsModule {}

describe.each(['express', 'fastify'] as const)('engineMiddlewares on %s', (platform) => {
  it.each(transportLists)('run in order before every request and upgrade, over %s', async (_name, transports) => {
    const engineMiddlewares = [plain, Stamping, new Instance()];
    await using running = await startApp({
      platform,
      options: { engineMiddlewares },
      imports: [StampingModule],
      providers: [Gateway],
    });
    const client = await running.clients.connect('/', { transports });
    const [stamps] = (await client.emitWithAck('stamps')) as string[][];
    expect(stamps).toEqual(['function', 'class', 'instance']);
  });

  it.each<[how: string, refuse: EngineMiddleware]>([
    ['passes an error on', (_request, _response, next) => next(new UnauthorizedException())],
    [
      'throws',
      () => {
        throw new UnauthorizedException();
      },
    ],
    ['rejects', () => Promise.reject(new UnauthorizedException())],
  ])('refuse requests and upgrades when one %s', async (_how, refuse) => {
    await using running = await startApp({ platform, options: { engineMiddlewares: [refuse] } });
    const answer = await fetch(running.url + sessionPath('polling'));
    expect([answer.status, await answer.json()]).toEqual([400, { code: 3, message: 'Bad request' }]);
    expect((await upgradeByHand(running, sessionPath('websocket'))).answer).toContain('400 Bad Request');
    expect(running.logger.errors).toEqual([]);
  });

  it('may answer themselves', async () => {
    const answering: EngineMiddleware = (_request, response: ServerResponse) => void response.writeHead(418).end();
    await using running = await startApp({ platform, options: { engineMiddlewares: [answering] } });
    expect((await fetch(running.url + sessionPath('polling'))).status).toBe(418);
    expect((await upgradeByHand(running, sessionPath('websocket'))).answer).toBe('');
  });

  it('log what was not made for clients, once', async () => {
    const failing: EngineMiddleware = () => {
      throw new Error('secret');
    };
    await using running = await startApp({ platform, options: { engineMiddlewares: [failing] } });
    expect(await (await fetch(running.url + sessionPath('polling'))).text()).not.toContain('secret');
    expect(running.logger.errors.map(([line]) => line)).toEqual(['"engineMiddlewares" failed: secret']);
  });
});

describe('a class among engineMiddlewares', () => {
  it('that is no provider is made of what the module imports', async () => {
    const socketIo = SocketIoModule.forRootAsync({
      imports: [TextsModule],
      useFactory: () => ({ engineMiddlewares: [Stamping], defaultAccess: 'allow' }),
    });
    await using running = await startApp({ socketIo, providers: [Gateway] });
    expect(await (await running.clients.connect()).emitWithAck('stamps')).toEqual([['class'], ['class']]);
  });

  it.each<[why: string, make: () => Parameters<typeof bootError>[0], message: string]>([
    [
      'nobody can make',
      () => ({ options: { engineMiddlewares: [Stamping] } }),
      'Stamping is no provider of any module',
    ],
    [
      'is request-scoped',
      () => ({
        options: { engineMiddlewares: [Stamping] },
        providers: [Texts, { provide: Stamping, useClass: Stamping, scope: Scope.REQUEST }],
      }),
      'request-scoped',
    ],
    ['is no middleware', () => ({ options: { engineMiddlewares: [{} as never] } }), 'engineMiddlewares[0]'],
  ])('that %s keeps the application from starting', async (_why, make, message) => {
    expect(await bootError(make())).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(message),
    });
  });
});

describe('engineMiddlewares', () => {
  it('run on ports of untouched gateways too', async () => {
    const reserved = createServer().listen(0, '127.0.0.1');
    await once(reserved, 'listening');
    const { port } = reserved.address() as AddressInfo;
    reserved.close();
    await once(reserved, 'close');
    @NestGateway(port)
    class OwnPort {
      @NestMessage('stamps')
      stamps(socket: Socket): unknown {
        return (socket.request as Stamped).stamps;
      }
    }
    await using _ = await startApp({
      options: { engineMiddlewares: [Stamping] },
      imports: [StampingModule],
      providers: [OwnPort],
    });
    const clients = new Clients(() => `http://127.0.0.1:${port}`);
    expect(await (await clients.connect()).emitWithAck('stamps')).toEqual(['class']);
    clients.close();
  });

  it('share a session with controllers', async () => {
    const middleware = session({ secret: 'of the specs', resave: false, saveUninitialized: false });
    @Controller()
    class Login {
      @Post('login')
      login(@Req() request: { session: session.Session & { name?: string } }): string {
        request.session.name = 'Ada';
        return 'welcome';
      }
    }
    @WebSocketGateway()
    class Sessions {
      @SubscribeMessage('name')
      name(@Session('name') name: string): string {
        return name;
      }
    }
    await using running = await startApp({
      options: { engineMiddlewares: [middleware] },
      controllers: [Login],
      providers: [Sessions],
      configure: (app) => void app.use(middleware),
    });
    const cookie = (await fetch(`${running.url}/login`, { method: 'POST' })).headers.getSetCookie()[0]!.split(';')[0]!;
    for (const [, transports] of transportLists) {
      const client = await running.clients.connect('/', { transports, extraHeaders: { cookie } });
      expect(await client.emitWithAck('name')).toBe('Ada');
    }
  });
});
