import { beforeAll, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { ForbiddenException } from '@nestjs/common';
import {
  Broadcaster,
  ConnectedSocket,
  CurrentUser,
  NamespaceAuth,
  PublicNamespace,
  SOCKET_IO_SERVER,
  SubscribeMessage,
  UseConnectionGuards,
  UseNamespaceMiddleware,
  userRoom,
  WebSocketGateway,
  type AuthenticatedSocket,
  type NamespaceAuthOptions,
  type RequestFields,
  type Server,
  type Socket,
  type TokenSource,
} from '../../lib/index.js';
import { forgedToken, passport, registerJwt, registerStrategy, tokenOf } from './passport-strategies.js';
import { refusal } from './refusal.js';
import { bootError, startApp, type TestApp, type TestAppOptions } from './support.js';

const unauthorized = { message: 'Unauthorized', data: { status: 401, message: 'Unauthorized' } };

beforeAll(() => {
  registerJwt();
});

/** A gateway that tells who its clients are. */
function gatewayWith(strategies: string | string[], options?: NamespaceAuthOptions): new () => object {
  @WebSocketGateway()
  @NamespaceAuth(strategies, options)
  class Gateway {
    @SubscribeMessage('who')
    who(@CurrentUser('sub') name: string | undefined): string {
      return name ?? 'nobody';
    }
    @SubscribeMessage('rooms')
    rooms(@ConnectedSocket() socket: AuthenticatedSocket<{ sub: string }>): [string, boolean] {
      return [socket.user.sub, socket.rooms.has(userRoom(socket.user.sub))];
    }
  }
  return Gateway;
}

function start(strategies: string | string[], options?: NamespaceAuthOptions, more?: TestAppOptions): Promise<TestApp> {
  return startApp({ ...more, providers: [gatewayWith(strategies, options)] });
}

const bearer = (token: string): { extraHeaders: Record<string, string> } => ({
  extraHeaders: { authorization: `Bearer ${token}` },
});

describe('@NamespaceAuth() (nestjs/nest#3206)', () => {
  it('lets in who shows a token in auth, and tells handlers who it is', async () => {
    await using running = await start('jwt');
    const client = await running.clients.connect('/', { auth: { token: tokenOf('Ada') } });
    expect(await client.emitWithAck('who')).toBe('Ada');
    expect(await client.emitWithAck('rooms')).toEqual(['Ada', true]);
  });

  it('lets in who shows a token in the header', async () => {
    await using running = await start('jwt');
    const client = await running.clients.connect('/', bearer(tokenOf('Ada')));
    expect(await client.emitWithAck('who')).toBe('Ada');
  });

  it.each<[what: string, token: string | undefined]>([
    ['no token', undefined],
    ['a forged token', forgedToken],
    ['a token that has expired', tokenOf('Ada', -1)],
    ['a token of a user who is gone', tokenOf('Nobody')],
    ['something else', 'token'],
  ])('refuses %s before the client is connected', async (_what, token) => {
    await using running = await start('jwt');
    expect(await refusal(running.clients, '/', { auth: { token } })).toEqual(unauthorized);
    expect(running.logger.errors).toEqual([]);
  });

  it('tells what a strategy refuses with on purpose', async () => {
    await using running = await start('jwt');
    const { data } = await refusal(running.clients, '/', { auth: { token: tokenOf('Banned') } });
    expect(data).toMatchObject({ status: 401, message: 'Banned' });
  });

  it('asks strategies in order until one knows the client', async () => {
    const asked: string[] = [];
    registerStrategy('stranger', function () {
      asked.push('stranger');
      this.fail('Stranger realm="specs"', 403);
    });
    await using running = await start(['stranger', 'jwt']);
    const client = await running.clients.connect('/', { auth: { token: tokenOf('Ada') } });
    expect(await client.emitWithAck('who')).toBe('Ada');
    expect(await refusal(running.clients)).toEqual(unauthorized);
    expect(asked).toEqual(['stranger', 'stranger']);
  });

  it('comes behind the middlewares and before the guards', async () => {
    const order: unknown[] = [];
    @WebSocketGateway()
    @UseConnectionGuards({
      canActivate: (context) =>
        order.push((context.switchToWs().getClient<AuthenticatedSocket>().user as object) && 'guard') > 0,
    })
    @NamespaceAuth('jwt')
    @UseNamespaceMiddleware((socket, next) => {
      order.push('user' in socket ? 'too late' : 'middleware');
      next();
    })
    class Gateway {}
    await using running = await startApp({ providers: [Gateway] });
    await running.clients.connect('/', { auth: { token: tokenOf('Ada') } });
    await refusal(running.clients);
    expect(order).toEqual(['middleware', 'guard', 'middleware']);
  });

  it('counts for every gateway of its namespace, and declares it where access is denied by default', async () => {
    @WebSocketGateway()
    class Other {
      @SubscribeMessage('event')
      event(): string {
        return 'handled';
      }
    }
    await using running = await startApp({
      options: { defaultAccess: 'deny' },
      providers: [Other, gatewayWith('jwt'), gatewayWith('jwt')],
    });
    expect(await refusal(running.clients)).toEqual(unauthorized);
    const client = await running.clients.connect('/', { auth: { token: tokenOf('Ada') } });
    expect(await client.emitWithAck('event')).toBe('handled');
  });

  it('asks a client that comes back again: its user is there', async () => {
    await using running = await start('jwt', {}, { options: { connectionStateRecovery: {} } });
    const client = await running.clients.connect('/', {
      auth: { token: tokenOf('Ada') },
      reconnection: true,
      reconnectionDelay: 1,
    });
    const news = new Promise((resolve) => client.once('news', resolve));
    // The client knows where it was from the first event on.
    running.app.get(Broadcaster).emit('news');
    await news;
    const back = new Promise((resolve) => client.once('connect', () => resolve(client.recovered)));
    client.io.engine.close();
    expect(await back).toBe(true);
    expect(await client.emitWithAck('who')).toBe('Ada');
  });

  it('gives the session of one user to no other, whatever that one shows', async () => {
    await using running = await start('jwt', {}, { options: { connectionStateRecovery: {} } });
    const ada = await running.clients.connect('/', { auth: { token: tokenOf('Ada') } });
    const news = new Promise((resolve) => ada.once('news', resolve));
    running.app.get(Broadcaster).emit('news');
    await news;
    const { id } = ada;
    const { _pid: pid, _lastOffset: offset } = ada as unknown as { _pid: string; _lastOffset: string };
    const server = running.app.get<Server>(SOCKET_IO_SERVER);
    const left = new Promise((resolve) => server.sockets.sockets.get(id!)!.once('disconnect', resolve));
    ada.io.engine.close();
    await left;
    const comeBack = async (name: string): Promise<unknown[]> => {
      const client = await running.clients.connect('/', { auth: { token: tokenOf(name), pid, offset } });
      return [client.id === id, await client.emitWithAck('rooms')];
    };
    expect(await comeBack('Eve')).toEqual([false, ['Eve', true]]);
    expect(await comeBack('Ada')).toEqual([true, ['Ada', true]]);
  });
});

describe('a strategy', () => {
  it.each<[what: string, register: Parameters<typeof registerStrategy>[1]]>([
    [
      'would redirect',
      function () {
        this.redirect('https://example.com/login');
      },
    ],
    [
      'passes without a user',
      function () {
        this.pass();
      },
    ],
    [
      'succeeds without a user',
      function () {
        this.success();
      },
    ],
    [
      'fails later',
      function () {
        setImmediate(() => this.fail());
      },
    ],
  ])('that %s refuses', async (_what, register) => {
    registerStrategy('odd', register);
    await using running = await start('odd');
    expect(await refusal(running.clients)).toEqual(unauthorized);
  });

  it('that passes may have logged a user in', async () => {
    registerStrategy('passing', function (request: { logIn(user: object, done: () => void): void }) {
      request.logIn({ sub: 'Ada' }, () => this.pass());
    });
    await using running = await start('passing');
    expect(await (await running.clients.connect()).emitWithAck('who')).toBe('Ada');
  });

  it.each<[what: string, register: Parameters<typeof registerStrategy>[1]]>([
    [
      'reports an error',
      function () {
        this.error(new Error('database secret'));
      },
    ],
    [
      'throws',
      function () {
        throw new Error('database secret');
      },
    ],
  ])('that %s is logged once and told as an internal error', async (_what, register) => {
    registerStrategy('broken', register);
    await using running = await start('broken');
    expect(await refusal(running.clients)).toMatchObject({ data: { status: 500, message: 'Internal server error' } });
    expect(running.logger.errors.map(([line]) => line)).toEqual(['"connection" failed: database secret']);
  });

  it('refuses with the status of its HttpException', async () => {
    registerStrategy('forbidding', function () {
      this.error(new ForbiddenException('Not here'));
    });
    await using running = await start('forbidding');
    expect(await refusal(running.clients)).toMatchObject({ data: { status: 403, message: 'Not here' } });
  });

  it('sees a request: headers, query, url, method, body and cookies', async () => {
    let request!: RequestFields;
    registerStrategy('curious', function (given: RequestFields) {
      request = given;
      this.success({});
    });
    await using running = await start('curious');
    await running.clients.connect('/', {
      query: { room: 'a' },
      auth: { name: 'Ada', token: 't' },
      extraHeaders: { cookie: 'id=1; theme="dark%20blue"; id=2; odd; broken=%zz' },
    });
    expect(request).toMatchObject({
      headers: { host: expect.stringContaining('127.0.0.1'), authorization: 'Bearer t' },
      query: { room: 'a', EIO: '4' },
      url: expect.stringMatching(/^\/socket\.io\/\?.*room=a/),
      method: 'GET',
      body: { name: 'Ada', token: 't' },
      cookies: { id: '1', theme: 'dark blue', broken: '%zz' },
    });
  });

  it('gets strategyOptions', async () => {
    let options: unknown;
    registerStrategy('optioned', function (_request, given) {
      options = given;
      this.success({});
    });
    await using running = await start('optioned', { strategyOptions: { scope: 'chat' } });
    await running.clients.connect();
    expect(options).toEqual({ session: false, scope: 'chat' });
  });
});

describe('tokenFrom', () => {
  const [first, second] = [tokenOf('first'), tokenOf('second')];
  const cookie = { extraHeaders: { cookie: `token=${first}` } };

  it.each<[what: string, sources: TokenSource[] | undefined, options: object, name: string]>([
    ['the header, then auth, by default', undefined, { auth: { token: second }, ...bearer(first) }, 'first'],
    ['auth, where it comes first', ['auth', 'header'], { auth: { token: first }, ...bearer(second) }, 'first'],
    ['a scheme in auth as it is', undefined, { auth: { token: `Bearer ${first}` } }, 'first'],
    ['a cookie', ['cookie:token'], cookie, 'first'],
    ['a parameter of the query', ['query:token'], { query: { token: first } }, 'first'],
    [
      'what a function finds',
      [({ handshake }: Socket) => handshake.auth.jwt as string],
      { auth: { jwt: first } },
      'first',
    ],
    [
      'what a function finds later',
      [() => undefined, async ({ handshake }: Socket) => handshake.auth.jwt as string],
      { auth: { jwt: first } },
      'first',
    ],
    [
      'the next source, where the first has none',
      ['cookie:other', 'query:token'],
      { query: { token: first } },
      'first',
    ],
  ])('reads %s', async (_what, tokenFrom, options, name) => {
    await using running = await start('jwt', tokenFrom && { tokenFrom });
    const client = await running.clients.connect('/', options);
    expect(await client.emitWithAck('who')).toBe(name);
  });

  it('reads nothing else', async () => {
    await using running = await start('jwt', { tokenFrom: ['cookie:token'] });
    const options = { auth: { token: first }, query: { token: first }, ...bearer(first) };
    expect(await refusal(running.clients, '/', options)).toEqual(unauthorized);
  });
});

describe('optional', () => {
  it('lets in who shows no token, without a user', async () => {
    await using running = await start('jwt', { optional: true });
    expect(await (await running.clients.connect()).emitWithAck('who')).toBe('nobody');
    const known = await running.clients.connect('/', { auth: { token: tokenOf('Ada') } });
    expect(await known.emitWithAck('who')).toBe('Ada');
  });

  it('does not let in who shows a token that is refused', async () => {
    await using running = await start('jwt', { optional: true });
    expect(await refusal(running.clients, '/', { auth: { token: forgedToken } })).toEqual(unauthorized);
  });
});

describe('an application does not start', () => {
  it.each<[what: string, providers: () => (new () => object)[], message: RegExp]>([
    [
      'with a strategy that nobody has registered',
      () => [gatewayWith('missing')],
      /Gateway names the strategy "missing"/,
    ],
    ['without the name of a strategy', () => [gatewayWith([])], /Gateway has @NamespaceAuth\(\) without the name/],
    [
      'with a source of tokens that does not exist',
      () => [gatewayWith('jwt', { tokenFrom: ['body' as never] })],
      /Gateway has @NamespaceAuth\(\) with tokenFrom "body"/,
    ],
    [
      'with an onExpiry that does not exist',
      () => [gatewayWith('jwt', { onExpiry: 'later' as never })],
      /Gateway has @NamespaceAuth\(\) with onExpiry "later"/,
    ],
    [
      'with two authentications in one namespace',
      () => [gatewayWith('jwt'), gatewayWith('jwt', { optional: true })],
      /share a namespace and have different @NamespaceAuth/,
    ],
    ['with an authentication of a public namespace', () => [publicToo()], /@PublicNamespace/],
  ])('%s', async (_what, providers, message) => {
    passport.unuse('missing');
    expect(await bootError({ providers: providers() })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: expect.stringMatching(message),
    });
  });

  it('when recovery would let clients past', async () => {
    const options = { connectionStateRecovery: { skipMiddlewares: true } };
    expect(await bootError({ options, providers: [gatewayWith('jwt')] })).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(/skipMiddlewares.*Gateway/),
    });
  });
});

function publicToo(): new () => object {
  @PublicNamespace()
  class Gateway extends gatewayWith('jwt') {}
  return Gateway;
}
