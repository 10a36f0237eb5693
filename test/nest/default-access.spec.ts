import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import type { CanActivate } from '@nestjs/common';
import { WebSocketGateway as NestGateway } from '@nestjs/websockets';
import {
  PublicNamespace,
  SOCKET_IO_SERVER,
  UseConnectionGuards,
  UseNamespaceMiddleware,
  WebSocketGateway,
  type Server,
} from '../../lib/index.js';
import { refusal } from './refusal.js';
import { bootError, startApp, type TestAppOptions } from './support.js';

const denying: TestAppOptions['options'] = { defaultAccess: 'deny' };
const closed = { message: 'Forbidden namespace', data: { status: 403, message: 'Forbidden namespace' } };
const allowing: CanActivate = { canActivate: () => true };

describe('a namespace of which nobody says who may enter', () => {
  @WebSocketGateway({ namespace: '/chat' })
  class Gateway {}

  it('is open to everybody by default', async () => {
    await using running = await startApp({ providers: [Gateway] });
    await running.clients.connect('/chat');
    await running.clients.connect('/');
    expect(running.logger.warnings).toEqual([]);
  });

  it('is closed when access is denied by default, and a warning names its gateway', async () => {
    await using running = await startApp({ options: denying, providers: [Gateway] });
    expect(await refusal(running.clients, '/chat')).toEqual(closed);
    const warnings = running.logger.warnings.map(([line]) => String(line));
    expect(warnings).toEqual([expect.stringMatching(/namespace of Gateway:.*"deny".*@PublicNamespace/)]);
  });

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
    await using running = await startApp({ options: denying, providers: [WithMiddleware] });
    expect(await refusal(running.clients, path)).toEqual(closed);
    expect(calls).toBe(0);
  });

  it.each(['/org/7', '/org/8'])('is closed where it is made of a pattern, as %s', async (path) => {
    @WebSocketGateway({ namespace: '/org/:id' })
    class Organizations {}
    await using running = await startApp({ options: denying, providers: [Organizations] });
    expect(await refusal(running.clients, path)).toEqual(closed);
  });

  it('is closed where it is the main one, without any gateway', async () => {
    await using running = await startApp({ options: denying });
    expect(await refusal(running.clients)).toEqual(closed);
  });

  it.each<[what: string, make: (server: Server) => unknown]>([
    ['by name', (server) => server.of('/mine')],
    ['of a pattern', (server) => server.of(/^\/mine$/)],
    ['of a function', (server) => server.of((_name, _auth, next) => next(null, true))],
  ])('is closed where the application has made it %s', async (_what, make) => {
    await using running = await startApp({
      options: denying,
      configure: (app) => make(app.get(SOCKET_IO_SERVER)),
    });
    expect(await refusal(running.clients, '/mine')).toEqual(closed);
  });

  it('is closed where its gateway is of @nestjs/websockets', async () => {
    @NestGateway({ namespace: '/nest' })
    class Untouched {}
    await using running = await startApp({ options: denying, providers: [Untouched] });
    expect(await refusal(running.clients, '/nest')).toEqual(closed);
  });

  it('is closed on another port too', async () => {
    const first = await startApp({});
    const { port } = first;
    await first.close();
    @NestGateway(port)
    class OnItsOwn {}
    await using running = await startApp({ options: denying, providers: [OnItsOwn] });
    const { Clients } = await import('../support/clients.js');
    const clients = new Clients(() => `http://127.0.0.1:${port}`);
    expect(await refusal(clients)).toEqual(closed);
    clients.close();
    expect(running.port).not.toBe(port);
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
