import { beforeAll, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Controller, Get, Injectable, Post, Req, UseGuards, type CanActivate } from '@nestjs/common';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { SubscribeMessage as NestSubscribe, WebSocketGateway as NestGateway } from '@nestjs/websockets';
import session from 'express-session';
import { Strategy as JwtStrategy } from 'passport-jwt';
import {
  CurrentUser,
  NamespaceAuth,
  Session,
  SOCKET_IO_SERVER,
  SubscribeAck,
  SubscribeMessage,
  UseConnectionGuards,
  WebSocketGateway,
  type AuthenticatedSocket,
  type OnGatewayConnection,
  type Server,
} from '../../lib/index.js';
import { next } from '../support/clients.js';
import { forgedToken, jwtOptions, passport, registerStrategy, tokenOf } from './passport-strategies.js';
import { refusal } from './refusal.js';
import { startApp, type TestApp } from './support.js';

/** As the documentation of Nest has it. */
@Injectable()
class NestJwtStrategy extends PassportStrategy(JwtStrategy, 'nest-jwt') {
  constructor() {
    super(jwtOptions);
  }
  validate(payload: { sub: string }): { name: string } {
    return { name: payload.sub };
  }
}

const unauthorized = { status: 401, message: 'Unauthorized' };
const asAda = { auth: { token: tokenOf('Ada') } };

describe('the AuthGuard of @nestjs/passport (nestjs/nest#7542)', () => {
  @WebSocketGateway()
  class Gateway {
    @UseGuards(AuthGuard('nest-jwt'))
    @SubscribeAck('who')
    who(@CurrentUser('name') name: string): string {
      return name;
    }
  }
  const imports = [PassportModule];
  const providers = [NestJwtStrategy, Gateway];

  it.each<[where: string, options: object]>([
    ['auth', asAda],
    ['the header', { extraHeaders: { authorization: `Bearer ${tokenOf('Ada')}` } }],
  ])('works on events with a token in %s', async (_where, options) => {
    await using running = await startApp({ imports, providers });
    expect(await (await running.clients.connect('/', options)).emitWithAck('who')).toEqual({ ok: true, data: 'Ada' });
  });

  it.each<[what: string, auth: object]>([
    ['without a token', {}],
    ['with a forged one', { token: forgedToken }],
    ['with a token that is no text', { token: { $ne: 1 } }],
  ])('refuses events %s', async (_what, auth) => {
    await using running = await startApp({ imports, providers });
    const client = await running.clients.connect('/', { auth });
    expect(await client.emitWithAck('who')).toEqual({ ok: false, error: unauthorized });
  });

  it('works as a connection guard, and sets the user', async () => {
    @WebSocketGateway({ namespace: '/members' })
    @UseConnectionGuards(AuthGuard('nest-jwt'))
    class Members {
      @SubscribeMessage('who')
      who(@CurrentUser('name') name: string): string {
        return name;
      }
    }
    await using running = await startApp({ imports, providers: [NestJwtStrategy, Members] });
    expect(await (await running.clients.connect('/members', asAda)).emitWithAck('who')).toBe('Ada');
    expect(await refusal(running.clients, '/members')).toEqual({ message: 'Unauthorized', data: unauthorized });
  });

  it('refuses as a connection guard when its strategy would redirect', async () => {
    registerStrategy('redirecting', function () {
      setImmediate(() => this.redirect('https://example.com/login'));
    });
    @WebSocketGateway()
    @UseConnectionGuards(AuthGuard('redirecting'))
    class Redirecting {}
    await using running = await startApp({ imports, providers: [Redirecting] });
    expect(await refusal(running.clients)).toEqual({ message: 'Unauthorized', data: unauthorized });
  });

  it('works on gateways of @nestjs/websockets', async () => {
    @NestGateway({ namespace: '/nest' })
    class Untouched {
      @UseGuards(AuthGuard('nest-jwt'))
      @NestSubscribe('who')
      who(client: AuthenticatedSocket<{ name: string }>): string {
        return client.user.name;
      }
    }
    await using running = await startApp({ imports, providers: [NestJwtStrategy, Untouched] });
    expect(await (await running.clients.connect('/nest', asAda)).emitWithAck('who')).toBe('Ada');
  });

  it('shares its strategies with @NamespaceAuth()', async () => {
    @WebSocketGateway({ namespace: '/members' })
    @NamespaceAuth('nest-jwt')
    class Members {
      @SubscribeMessage('who')
      who(@CurrentUser('name') name: string): string {
        return name;
      }
    }
    await using running = await startApp({ imports, providers: [NestJwtStrategy, Members] });
    expect(await (await running.clients.connect('/members', asAda)).emitWithAck('who')).toBe('Ada');
  });

  it('leaves sockets with what the application sets on them', async () => {
    let kept: unknown;
    @WebSocketGateway()
    class Setting implements OnGatewayConnection {
      handleConnection(socket: object): void {
        Object.assign(socket, { session: 'mine' });
        kept = [(socket as { session: unknown }).session, Object.keys(socket).includes('session')];
      }
    }
    await using running = await startApp({ providers: [Setting] });
    await running.clients.connect();
    expect(kept).toEqual(['mine', true]);
  });
});

describe('express-session as an engine middleware (nestjs/nest#445)', () => {
  interface WithSession {
    session: session.Session & { name?: string; passport?: object };
  }

  @Controller()
  class LoginController {
    @Post('login')
    login(@Req() request: WithSession): string {
      request.session.name = 'Ada';
      request.session.passport = { user: 'Ada' };
      return 'welcome';
    }
    @Post('logout')
    async logout(@Req() request: WithSession): Promise<void> {
      await new Promise((resolve) => request.session.destroy(resolve));
    }
    @Get('name')
    name(@Req() request: WithSession): string {
      return request.session.name ?? 'nobody';
    }
  }

  @WebSocketGateway()
  class Gateway {
    @SubscribeMessage('name')
    name(@Session('name') name: string | undefined, @Session() all: WithSession['session']): [string, boolean] {
      return [name ?? 'nobody', typeof all.save === 'function'];
    }
  }

  @WebSocketGateway({ namespace: '/members' })
  @NamespaceAuth('session', {
    onExpiry: 'revalidate',
    expiresAt: (_user, socket) => (socket.handshake.auth.short === true ? new Date(Date.now() + 30) : undefined),
  })
  class Members {
    @SubscribeMessage('who')
    who(@CurrentUser('name') name: string): string {
      return name;
    }
  }

  const hasSession: CanActivate = {
    canActivate: (context) => {
      const { session: found } = context.switchToHttp().getRequest<{ session: { name?: string } }>();
      return found.name === 'Ada';
    },
  };

  @WebSocketGateway({ namespace: '/guarded' })
  @UseConnectionGuards(hasSession)
  class Guarded {}

  beforeAll(() => {
    passport.deserializeUser((name, done) => done(null, { name: name as string }));
  });

  function start(): Promise<TestApp> {
    const middleware = session({ secret: 'of the specs', resave: false, saveUninitialized: false });
    return startApp({
      controllers: [LoginController],
      providers: [Gateway, Members, Guarded],
      configure: (app) => {
        app.use(middleware);
        app.get<Server>(SOCKET_IO_SERVER).engine.use(middleware as never);
      },
    });
  }

  async function login({ url }: TestApp): Promise<{ extraHeaders: { cookie: string } }> {
    const response = await fetch(`${url}/login`, { method: 'POST' });
    return { extraHeaders: { cookie: response.headers.get('set-cookie')!.split(';')[0]! } };
  }

  it.each(['polling', 'websocket'] as const)('shows handlers the session of the page, over %s', async (transport) => {
    await using running = await start();
    const client = await running.clients.connect('/', { ...(await login(running)), transports: [transport] });
    expect(await client.emitWithAck('name')).toEqual(['Ada', true]);
    expect(await (await running.clients.connect()).emitWithAck('name')).toEqual(['nobody', true]);
  });

  it('is there for connection guards', async () => {
    await using running = await start();
    await running.clients.connect('/guarded', await login(running));
    expect(await refusal(running.clients, '/guarded')).toMatchObject({ data: { status: 403 } });
  });

  it('authenticates with the strategy of sessions', async () => {
    await using running = await start();
    const client = await running.clients.connect('/members', await login(running));
    expect(await client.emitWithAck('who')).toBe('Ada');
    expect(await refusal(running.clients, '/members')).toEqual({ message: 'Unauthorized', data: unauthorized });
  });

  it('is loaded anew when the authentication is asked again', async () => {
    await using running = await start();
    const options = await login(running);
    const socket = running.clients.create('/members', { ...options, auth: { short: true } });
    const exception = next(socket, 'exception');
    await next(socket, 'connect');
    await fetch(`${running.url}/logout`, { method: 'POST', headers: options.extraHeaders });
    expect(await exception).toEqual([{ status: 401, message: 'The authentication has expired', event: 'connection' }]);
  });
});
