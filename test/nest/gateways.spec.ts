import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Inject, Injectable, Module, Scope, UseGuards, type CanActivate } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { WebSocketGateway as NestGateway } from '@nestjs/websockets';
import {
  Ack,
  ConnectedSocket,
  InjectServer,
  MessageBody,
  Namespace,
  OnConnect,
  OnDisconnect,
  SOCKET_IO_SERVER,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  type Server,
  type Socket,
} from '../../lib/index.js';
import { next } from '../support/clients.js';
import { bootError, Gate, startApp } from './support.js';

describe('a gateway in two modules', () => {
  function modules(): {
    calls: () => number;
    imports: [new () => object, new () => object];
    Gateway: new () => object;
  } {
    let calls = 0;
    @WebSocketGateway()
    class SharedGateway {
      @SubscribeMessage('event')
      event(): number {
        return ++calls;
      }
    }
    @Module({ providers: [SharedGateway], exports: [SharedGateway] })
    class FirstModule {}
    @Module({ providers: [SharedGateway] })
    class SecondModule {}
    return { calls: () => calls, imports: [FirstModule, SecondModule], Gateway: SharedGateway };
  }

  it('is bound once, with a warning that names it and both modules', async () => {
    const { calls, imports } = modules();
    await using running = await startApp({ imports });
    expect(await (await running.clients.connect()).emitWithAck('event')).toBe(1);
    expect(calls()).toBe(1);
    const warnings = running.logger.warnings.map(([line]) => String(line));
    expect(warnings).toEqual([expect.stringMatching(/SharedGateway.*FirstModule.*SecondModule/)]);
  });

  it('that share it, is bound once without a word', async () => {
    const { imports, Gateway } = modules();
    @Injectable()
    class User {
      constructor(@Inject(Gateway) readonly gateway: object) {}
    }
    @Module({ imports: [imports[0]], providers: [User] })
    class UserModule {}
    await using running = await startApp({ imports: [imports[0], UserModule] });
    expect(await (await running.clients.connect()).emitWithAck('event')).toBe(1);
    expect(running.logger.warnings).toEqual([]);
  });
});

describe('the namespace of a gateway', () => {
  it.each([
    ['@WebSocketGateway, with a slash', '/a', undefined, '/a'],
    ['@WebSocketGateway, without one', 'a', undefined, '/a'],
    ['@Namespace, with a slash', undefined, '/a', '/a'],
    ['@Namespace, without one', undefined, 'a', '/a'],
    ['both, when they agree', '/a', '/a', '/a'],
    ['both, when they agree but for the slash', 'a', '/a', '/a'],
    ['neither: the main one', undefined, undefined, '/'],
  ])('is said by %s', async (_how, option, decorated, path) => {
    @WebSocketGateway(option === undefined ? {} : { namespace: option })
    class Gateway {
      @SubscribeMessage('where')
      where(socket: Socket): string {
        return socket.nsp.name;
      }
    }
    if (decorated !== undefined) Namespace(decorated)(Gateway);
    await using running = await startApp({ providers: [Gateway] });
    expect(await (await running.clients.connect(path)).emitWithAck('where')).toBe(path);
  });

  it('keeps its events to itself', async () => {
    @WebSocketGateway()
    @Namespace('/a')
    class A {
      @SubscribeMessage('where')
      where(): string {
        return 'a';
      }
    }
    @WebSocketGateway({ namespace: 'b' })
    class B {
      @SubscribeMessage('where')
      where(): string {
        return 'b';
      }
    }
    await using running = await startApp({ providers: [A, B] });
    expect(await (await running.clients.connect('/a')).emitWithAck('where')).toBe('a');
    expect(await (await running.clients.connect('/b')).emitWithAck('where')).toBe('b');
    const [error] = await next(running.clients.create('/c'), 'connect_error');
    expect(error).toMatchObject({ message: 'Invalid namespace' });
  });
});

describe('a gateway that cannot work keeps the application from starting', () => {
  it('with two namespaces: both are named', async () => {
    @WebSocketGateway({ namespace: '/a' })
    @Namespace('/b')
    class Torn {}
    expect(await bootError({ providers: [Torn] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: expect.stringMatching(/Torn.*"\/a".*"\/b"/),
    });
  });

  it('with the decorators of both packages: both are named', async () => {
    @WebSocketGateway()
    @NestGateway()
    class Twofold {}
    expect(await bootError({ providers: [Twofold] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: expect.stringMatching(/Twofold.*rookery.*@nestjs\/websockets/),
    });
  });

  it('with a name that no namespace can have', async () => {
    @WebSocketGateway({ namespace: '/a,b' })
    class Comma {}
    expect(await bootError({ providers: [Comma] })).toMatchObject({ code: 'INVALID_NAMESPACE' });
  });
});

describe('two gateways of one namespace', () => {
  it('both handle an event they share; the first answer is the ack', async () => {
    const handled: string[] = [];
    @WebSocketGateway()
    class First {
      @SubscribeMessage('event')
      event(): string {
        handled.push('first');
        return 'first';
      }
    }
    @WebSocketGateway()
    class Second {
      @SubscribeMessage('event')
      event(): string {
        handled.push('second');
        return 'second';
      }
      @SubscribeMessage('own')
      own(): string {
        return 'own';
      }
    }
    await using running = await startApp({ providers: [First, Second] });
    const socket = await running.clients.connect();
    expect(await socket.emitWithAck('event')).toBe('first');
    expect(await socket.emitWithAck('own')).toBe('own');
    expect(handled).toEqual(['first', 'second']);
  });
});

describe('what a gateway is given', () => {
  it('is its namespace, the server, and its providers', async () => {
    @Injectable()
    class Greetings {
      readonly hello = 'hello';
    }
    @WebSocketGateway({ namespace: '/a' })
    class Gateway {
      @WebSocketServer() namespace!: { name: string; server: unknown };
      @InjectServer() property!: Server;
      constructor(
        @Inject(Greetings) private readonly greetings: Greetings,
        @InjectServer() readonly server: Server,
      ) {}
      @SubscribeMessage('event')
      event(): unknown {
        return [this.greetings.hello, this.namespace.name, this.namespace.server === this.server];
      }
    }
    await using running = await startApp({ providers: [Gateway, Greetings] });
    const gateway = running.app.get(Gateway);
    expect(gateway.server).toBe(running.app.get(SOCKET_IO_SERVER));
    expect(gateway.property).toBe(gateway.server);
    expect(gateway.namespace).toBe(gateway.server.of('/a'));
    expect(await (await running.clients.connect('/a')).emitWithAck('event')).toEqual(['hello', '/a', true]);
  });

  it('comes from its base class too: handlers, parameters, hooks, guards and properties', async () => {
    const hooks: string[] = [];
    const gone = new Gate();
    class Denying implements CanActivate {
      canActivate(): boolean {
        return false;
      }
    }
    abstract class Base {
      @WebSocketServer() namespace!: { name: string };
      @OnConnect()
      connected(): void {
        hooks.push('connected');
      }
      @OnDisconnect()
      disconnected(): void {
        hooks.push('disconnected');
        gone.open();
      }
      @SubscribeMessage('inherited')
      inherited(@MessageBody('text') text: string, @ConnectedSocket() socket: Socket): unknown {
        return [text, socket.nsp.name, this.namespace.name, this.constructor.name];
      }
      @UseGuards(new Denying())
      @SubscribeMessage('guarded')
      guarded(): string {
        return 'never';
      }
      @SubscribeMessage('overridden')
      overridden(@MessageBody() body: string): string {
        return `base ${body}`;
      }
    }
    @WebSocketGateway({ namespace: '/derived' })
    class Derived extends Base {
      @SubscribeMessage('overridden')
      override overridden(@MessageBody() body: string, @Ack() ack?: (answer: string) => void): string {
        ack?.(`derived, ${super.overridden(body)}`);
        return 'ignored';
      }
    }
    await using running = await startApp({ providers: [Derived] });
    const socket = await running.clients.connect('/derived');
    expect(await socket.emitWithAck('inherited', { text: 'hi' })).toEqual(['hi', '/derived', '/derived', 'Derived']);
    expect(await socket.emitWithAck('guarded')).toMatchObject({ status: 403 });
    expect(await socket.emitWithAck('overridden', 'x')).toBe('derived, base x');
    socket.disconnect();
    await gone.opened;
    expect(hooks).toEqual(['connected', 'disconnected']);
  });
});

describe('a request-scoped gateway', () => {
  it('has an instance per event, and is given the socket as REQUEST', async () => {
    let created = 0;
    const hooks: string[] = [];
    const gone = new Gate();
    @WebSocketGateway()
    @Injectable({ scope: Scope.REQUEST })
    class Gateway {
      readonly number = ++created;
      constructor(@Inject(REQUEST) private readonly request: Socket) {}
      async handleConnection(socket: Socket): Promise<void> {
        await new Promise(setImmediate);
        hooks.push(`connected ${socket === this.request}`);
      }
      handleDisconnect(_socket: Socket, reason: string): void {
        hooks.push(reason);
        gone.open();
      }
      @SubscribeMessage('event')
      event(@ConnectedSocket() socket: Socket): unknown {
        return { number: this.number, isSame: socket === this.request, hooks: [...hooks] };
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    const socket = await running.clients.connect();
    const first = (await socket.emitWithAck('event')) as { number: number };
    expect(first).toMatchObject({ isSame: true, hooks: ['connected true'] });
    expect(await socket.emitWithAck('event')).toMatchObject({ number: first.number + 1 });
    socket.disconnect();
    await gone.opened;
    expect(hooks).toEqual(['connected true', 'client namespace disconnect']);
  });

  it('is one that injects a request-scoped provider, whose failure is answered and logged once', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Tenant {
      constructor(@Inject(REQUEST) socket: Socket) {
        if (socket.handshake.auth['tenant'] === undefined) throw new Error('no tenant');
      }
    }
    @WebSocketGateway()
    class Gateway {
      constructor(@Inject(Tenant) readonly tenant: Tenant) {}
      @SubscribeMessage('event')
      event(): boolean {
        return this.tenant instanceof Tenant;
      }
    }
    await using running = await startApp({ providers: [Gateway, Tenant] });
    const stranger = await running.clients.connect();
    expect(await stranger.emitWithAck('event')).toEqual({ status: 500, message: 'Internal server error' });
    expect(running.logger.errors).toHaveLength(1);
    expect(await (await running.clients.connect('/', { auth: { tenant: 'a' } })).emitWithAck('event')).toBe(true);
  });

  it('is not one whose guard alone is request-scoped', async () => {
    let created = 0;
    const guards = new Set<unknown>();
    @Injectable({ scope: Scope.REQUEST })
    class ScopedGuard implements CanActivate {
      canActivate(): boolean {
        guards.add(this);
        return true;
      }
    }
    @WebSocketGateway()
    class Gateway {
      readonly number = ++created;
      @UseGuards(ScopedGuard)
      @SubscribeMessage('event')
      event(): number {
        return this.number;
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    const socket = await running.clients.connect();
    expect([await socket.emitWithAck('event'), await socket.emitWithAck('event')]).toEqual([1, 1]);
    expect(guards.size).toBe(2);
  });
});
