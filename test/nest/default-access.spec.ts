import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import type { CanActivate } from '@nestjs/common';
import { WebSocketGateway as NestGateway } from '@nestjs/websockets';
import {
  PublicNamespace,
  SOCKET_IO_SERVER,
  UseConnectionGuards,
  SocketIoModule,
  UseNamespaceMiddleware,
  WebSocketGateway,
  type Server,
  type SocketIoModuleOptions,
} from '../../lib/index.js';
import { refusal } from './refusal.js';
import { Clients } from '../support/clients.js';
import { bootError, startApp, type TestApp } from './support.js';

const denying: SocketIoModuleOptions = { defaultAccess: 'deny' };
const strict: SocketIoModuleOptions = { security: 'strict' };
const closed = { message: 'Forbidden namespace', data: { status: 403, message: 'Forbidden namespace' } };
const allowing: CanActivate = { canActivate: () => true };

function warningsOf({ logger }: TestApp): string[] {
  return logger.warnings.map(([line]) => String(line));
}

describe('a namespace of which nobody says who may enter', () => {
  @WebSocketGateway({ namespace: '/chat' })
  class Gateway {}
  @WebSocketGateway({ namespace: 'org/:id' })
  class Organizations {}

  it.each<SocketIoModuleOptions>([{ security: 'compatible' }, { defaultAccess: 'allow' }])(
    'is open to everybody with %p',
    async (options) => {
      await using running = await startApp({ options, providers: [Gateway] });
      await running.clients.connect('/chat');
      await running.clients.connect('/');
      expect(running.logger.warnings).toEqual([]);
    },
  );

  it('is closed without any option', async () => {
    await using running = await startApp({ socketIo: SocketIoModule.forRoot(), providers: [Gateway] });
    expect(await refusal(running.clients, '/chat')).toEqual(closed);
    expect(await refusal(running.clients)).toEqual(closed);
  });

  it.each([
    ['defaultAccess is "deny"', denying],
    ['security is "strict"', strict],
  ])(
    'is closed as %s, and a warning for each gateway names it, its namespace and what opens it',
    async (why, options) => {
      await using running = await startApp({ options, providers: [Gateway, Organizations] });
      expect(await refusal(running.clients, '/chat')).toEqual(closed);
      const ways = 'add @NamespaceAuth(), @UseConnectionGuards() or @PublicNamespace()';
      expect(warningsOf(running)).toEqual([
        `Nobody may enter the namespace /chat of Gateway: ${why}; ${ways}`,
        `Nobody may enter the namespace /org/:id of Organizations: ${why}; ${ways}`,
      ]);
    },
  );
});

describe.each([denying, strict])('with %p a namespace of which nobody says who may enter', (options) => {
  it.each([
    ['/chat', '/chat'],
    ['/org/:id', '/org/7'],
  ])('is closed when it only has middlewares, which are not asked: %s', async (namespace, path) => {
    let calls = 0;
    @WebSocketGateway({ namespace })
    @UseNamespaceMiddleware((_socket, next) => {
      calls++;
      next();
    })
    class WithMiddleware {}
    await using running = await startApp({ options, providers: [WithMiddleware] });
    expect(await refusal(running.clients, path)).toEqual(closed);
    expect(calls).toBe(0);
    expect(warningsOf(running)).toEqual([
      expect.stringMatching(
        /of WithMiddleware: .*; a middleware does not say who may enter, .* beside @UseNamespaceMiddleware\(\) add @PublicNamespace\(\) where it refuses/,
      ),
    ]);
  });

  it.each(['/org/7', '/org/8'])('is closed where it is made of a pattern, as %s', async (path) => {
    @WebSocketGateway({ namespace: '/org/:id' })
    class Organizations {}
    await using running = await startApp({ options, providers: [Organizations] });
    expect(await refusal(running.clients, path)).toEqual(closed);
  });

  it('is closed where it is the main one, without any gateway', async () => {
    await using running = await startApp({ options });
    expect(await refusal(running.clients)).toEqual(closed);
  });

  it.each<[what: string, make: (server: Server) => unknown]>([
    ['by name', (server) => server.of('/mine')],
    ['of a pattern', (server) => server.of(/^\/mine$/)],
    ['of a function', (server) => server.of((_name, _auth, next) => next(null, true))],
  ])('is closed where the application has made it %s', async (_what, make) => {
    await using running = await startApp({
      options,
      configure: (app) => make(app.get(SOCKET_IO_SERVER)),
    });
    expect(await refusal(running.clients, '/mine')).toEqual(closed);
  });
});

describe('a namespace of a gateway of @nestjs/websockets', () => {
  @NestGateway({ namespace: 'nest' })
  class Untouched {}

  it('is closed where its gateway is of @nestjs/websockets', async () => {
    await using running = await startApp({ options: denying, providers: [Untouched] });
    expect(await refusal(running.clients, '/nest')).toEqual(closed);
    expect(running.logger.warnings).toEqual([]);
  });

  it('stays open in the preset strict, and one warning names all of them', async () => {
    @NestGateway({ namespace: /^\/team\/\d+$/ })
    class Teams {}
    await using running = await startApp({ options: strict, providers: [Untouched, Teams] });
    await running.clients.connect('/nest');
    await running.clients.connect('/team/7');
    expect(warningsOf(running)).toEqual([
      expect.stringMatching(
        /^Everybody may enter "\/nest" of Untouched, ".*team.*" of Teams: .*defaultAccess: "deny".*@PublicNamespace\(\)$/,
      ),
    ]);
  });

  it('opens no other namespace: neither the main one, nor what the application makes of a name that its pattern has', async () => {
    @NestGateway({ namespace: /^\/team\/\d+$/ })
    class Teams {}
    await using running = await startApp({
      options: strict,
      providers: [Untouched, Teams],
      configure: (app) => app.get<Server>(SOCKET_IO_SERVER).of('/team/1'),
    });
    expect(await refusal(running.clients)).toEqual(closed);
    expect(await refusal(running.clients, '/team/1')).toEqual(closed);
    await running.clients.connect('/team/2');
  });

  it('stays open where it is the main one', async () => {
    @NestGateway()
    class Main {}
    await using running = await startApp({ options: strict, providers: [Main] });
    await running.clients.connect('/');
  });

  it('stays open for a gateway of ours beside it that says nothing, and is closed by one that does', async () => {
    @WebSocketGateway({ namespace: '/nest' })
    class Silent {}
    await using open = await startApp({ options: strict, providers: [Untouched, Silent] });
    await open.clients.connect('/nest');
    expect(warningsOf(open)).toEqual([expect.stringContaining('"/nest" of Untouched')]);

    @WebSocketGateway({ namespace: '/nest' })
    @UseConnectionGuards({ canActivate: () => false })
    class Door {}
    await using guarded = await startApp({ options: strict, providers: [Untouched, Door] });
    expect(await refusal(guarded.clients, '/nest')).toMatchObject({ data: { status: 403 } });
    expect(warningsOf(guarded)).toEqual([]);
  });

  it('is closed, or stays open, on another port as on the first', async () => {
    const { port, close } = await startApp({});
    await close();
    @NestGateway(port, { namespace: '/nest' })
    class OnItsOwn {}
    const clients = new Clients(() => `http://127.0.0.1:${port}`);
    {
      await using running = await startApp({ options: denying, providers: [OnItsOwn] });
      expect(running.port).not.toBe(port);
      expect(await refusal(clients, '/nest')).toEqual(closed);
    }
    await using running = await startApp({ options: strict, providers: [OnItsOwn] });
    await clients.connect('/nest');
    expect(await refusal(clients)).toEqual(closed);
    clients.close();
    expect(warningsOf(running)).toEqual([expect.stringContaining(`"/nest" of OnItsOwn on port ${port}`)]);
  });
});

describe('a namespace that is closed by default', () => {
  it.each<[how: string, decorator: ClassDecorator]>([
    ['is opened by @PublicNamespace()', PublicNamespace()],
    ['leaves it to connection guards where there are any', UseConnectionGuards(allowing)],
  ])('%s', async (_how, decorator) => {
    @WebSocketGateway({ namespace: '/chat' })
    @decorator
    class Gateway {}
    await using running = await startApp({ options: denying, providers: [Gateway] });
    await running.clients.connect('/chat');
    expect(await refusal(running.clients, '/')).toEqual(closed);
    expect(running.logger.warnings).toEqual([]);
  });

  it('is opened with all that are made of its pattern, and no other', async () => {
    @WebSocketGateway({ namespace: '/org/:id' })
    @PublicNamespace()
    class Organizations {}
    await using running = await startApp({ options: denying, providers: [Organizations] });
    await running.clients.connect('/org/7');
    expect(await refusal(running.clients, '/')).toEqual(closed);
  });

  it('is opened by one of its gateways, also for those of @nestjs/websockets', async () => {
    @WebSocketGateway({ namespace: '/chat' })
    @PublicNamespace()
    class Door {}
    @WebSocketGateway({ namespace: '/chat' })
    class Gateway {}
    @NestGateway({ namespace: '/chat' })
    class Untouched {}
    await using running = await startApp({ options: denying, providers: [Door, Gateway, Untouched] });
    await running.clients.connect('/chat');
  });
});

describe('@PublicNamespace()', () => {
  it('keeps the application from starting where another gateway of the namespace says who may enter', async () => {
    @WebSocketGateway({ namespace: '/chat' })
    @PublicNamespace()
    class Open {}
    @WebSocketGateway({ namespace: '/chat' })
    @UseConnectionGuards(allowing)
    class Closed {}
    expect(await bootError({ providers: [Open, Closed] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: expect.stringMatching(/Open has @PublicNamespace\(\), and Closed/),
    });
  });
});

describe('defaultAccess', () => {
  it('keeps the application from starting with anything but its two values', async () => {
    expect(await bootError({ options: { defaultAccess: 'maybe' as never } })).toMatchObject({
      code: 'INVALID_OPTION',
      message: 'defaultAccess is "allow" or "deny", not maybe',
    });
  });
});
