import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import {
  Inject,
  Injectable,
  Module,
  NotFoundException,
  Scope,
  UseGuards,
  type CanActivate,
  type Provider,
  type Type,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { EMPTY, of, type Observable } from 'rxjs';
import {
  ConnectedSocket,
  JoinRoom,
  RoomGuard,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
  type RoomParams,
  type RoomPolicy,
  type RoomPolicySource,
  type Socket,
} from '../../lib/index.js';
import { bootError, startApp, type TestAppOptions } from './support.js';

@Injectable()
class Members {
  private readonly rooms = new Map([['42', ['ann']]]);

  has(roomId: string, name: unknown): boolean {
    return this.rooms.get(roomId)?.includes(String(name)) ?? false;
  }
}

@Injectable()
class MemberPolicy implements RoomPolicy {
  constructor(private readonly members: Members) {}

  async canJoin(socket: Socket, _room: string, params: RoomParams): Promise<boolean> {
    return this.members.has(params['roomId']!, socket.handshake.auth['name']);
  }
}

/** A gateway whose handler `use` is guarded by a policy. */
function guardedBy(...policy: [RoomPolicySource?]): Type {
  @WebSocketGateway()
  class GuardedGateway {
    @SubscribeAck('use')
    @RoomGuard('room:{roomId}', ...policy)
    use(): string {
      return 'used';
    }
  }
  return GuardedGateway;
}

const used = { ok: true, data: 'used' };

function refused(message: string, status = 403): object {
  return { ok: false, error: { status, message } };
}

/** What a client is answered that uses room 42. */
async function answerOf(options: TestAppOptions, name = 'ann'): Promise<unknown> {
  await using running = await startApp(options);
  const client = await running.clients.connect('/', { auth: { name } });
  return (await client.emitWithAck('use', { roomId: 42 })) as unknown;
}

// EarnQuest#1694, ManageHub#1481
describe('authorisation by room', () => {
  @WebSocketGateway()
  class ChatGateway {
    @SubscribeAck('enter')
    @JoinRoom('room:{roomId}', MemberPolicy)
    enter(): void {}

    @SubscribeAck('send')
    @RoomGuard('room:{roomId}')
    send(): string {
      return 'sent';
    }
  }

  it('lets in whom the policy lets in, and lets members alone use the room', async () => {
    await using running = await startApp({ providers: [ChatGateway, Members, MemberPolicy] });
    const ann = await running.clients.connect('/', { auth: { name: 'ann' } });
    const bob = await running.clients.connect('/', { auth: { name: 'bob' } });
    const room = { roomId: '42' };
    expect(await ann.emitWithAck('send', room)).toEqual(refused('Join the room first'));
    expect(await ann.emitWithAck('enter', room)).toEqual({ ok: true, data: null });
    expect(await ann.emitWithAck('send', room)).toEqual({ ok: true, data: 'sent' });
    expect(await bob.emitWithAck('enter', room)).toEqual(refused('You may not join this room'));
    expect(await bob.emitWithAck('send', room)).toEqual(refused('Join the room first'));
    expect(await ann.emitWithAck('send', { roomId: '43' })).toEqual(refused('Join the room first'));
  });

  it('goes by the rooms that the application has joined, too', async () => {
    @WebSocketGateway()
    class TrustingGateway extends ChatGateway {
      handleConnection(socket: Socket): unknown {
        return socket.join('room:42');
      }
    }
    await using running = await startApp({ providers: [TrustingGateway, Members, MemberPolicy] });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('send', { roomId: 42 })).toEqual({ ok: true, data: 'sent' });
  });

  it('tells a client that asked for no answer in an `exception` event', async () => {
    await using running = await startApp({ providers: [ChatGateway, Members, MemberPolicy] });
    const client = await running.clients.connect();
    const told = new Promise((resolve) => client.once('exception', resolve));
    client.emit('send', { roomId: 42 });
    expect(await told).toEqual({ status: 403, message: 'Join the room first', event: 'send' });
  });

  it('answers @SubscribeMessage with the error', async () => {
    @WebSocketGateway()
    class Gateway {
      @SubscribeMessage('use')
      @RoomGuard('lobby')
      use(): void {}
    }
    expect(await answerOf({ providers: [Gateway] })).toEqual({ status: 403, message: 'Join the room first' });
  });

  it('comes behind the guards', async () => {
    class Denying implements CanActivate {
      canActivate(): boolean {
        return false;
      }
    }
    @WebSocketGateway()
    class Gateway {
      @UseGuards(Denying)
      @SubscribeAck('use')
      @RoomGuard('room:{roomId}', () => {
        throw new Error('asked');
      })
      use(): void {}
    }
    expect(await answerOf({ providers: [Gateway] })).toEqual(refused('Forbidden resource'));
  });

  it('holds on methods behind other decorators', async () => {
    const Wrapped = (): MethodDecorator => (_target, _key, descriptor) => {
      const { value } = descriptor as unknown as { value: (...args: unknown[]) => unknown };
      Object.assign(descriptor, { value: (...args: unknown[]) => value(...args) });
    };
    @WebSocketGateway()
    class Gateway {
      @SubscribeAck('use')
      @Wrapped()
      @RoomGuard('lobby')
      use(): void {}
    }
    expect(await answerOf({ providers: [Gateway] })).toEqual(refused('Join the room first'));
  });
});

describe('a policy', () => {
  const no = refused('You may not use this room');

  it("is a provider of the gateway's module, with its own dependencies", async () => {
    const providers = [guardedBy(MemberPolicy), Members, MemberPolicy];
    expect(await answerOf({ providers })).toEqual(used);
    expect(await answerOf({ providers }, 'bob')).toEqual(no);
  });

  it("may come from a module that the gateway's module imports, or that one exports again", async () => {
    @Module({ providers: [Members, MemberPolicy], exports: [MemberPolicy] })
    class MembersModule {}
    @Module({ imports: [MembersModule], exports: [MembersModule] })
    class SharedModule {}
    @Module({ imports: [MembersModule], providers: [guardedBy(MemberPolicy)] })
    class DirectModule {}
    @Module({ imports: [SharedModule], providers: [guardedBy(MemberPolicy)] })
    class IndirectModule {}
    expect(await answerOf({ imports: [DirectModule] })).toEqual(used);
    expect(await answerOf({ imports: [IndirectModule] })).toEqual(used);
  });

  it('may be what another class stands in for', async () => {
    abstract class Rules implements RoomPolicy {
      abstract canJoin(): boolean;
    }
    class Closed extends Rules {
      canJoin(): boolean {
        return false;
      }
    }
    expect(await answerOf({ providers: [guardedBy(Rules as never), { provide: Rules, useClass: Closed }] })).toEqual(
      no,
    );
  });

  class Open implements RoomPolicy {
    constructor(private readonly isOpen: boolean) {}
    canJoin(): boolean {
      return this.isOpen;
    }
  }

  it.each<[what: string, policy: RoomPolicySource, answer: object]>([
    ['an instance that allows', new Open(true), used],
    ['an instance that refuses', new Open(false), no],
    ['a function that allows', () => true, used],
    ['a function that refuses', () => false, no],
    ['a function that decides later', () => Promise.resolve(false), no],
    ['a function that allows later', async () => true, used],
    ['a function that allows by a stream', () => of(true), used],
    ['a function that refuses by a stream', () => of(true, false), no],
    ['a function that forgets to return', (() => {}) as never, no],
    ['a function that allows by name', (socket) => socket.handshake.auth['name'] === 'ann', used],
    ['a function that sees the room', (_socket, room) => room === 'room:42', used],
    ['a function that sees the values', (_socket, _room, params) => params['roomId'] === '42', used],
    [
      'a function that says why',
      () => {
        throw new NotFoundException('No such room');
      },
      refused('No such room', 404),
    ],
    ['a function that says why later', () => Promise.reject(new NotFoundException('Gone')), refused('Gone', 404)],
  ])('may be %s', async (_what, policy, answer) => {
    expect(await answerOf({ providers: [guardedBy(policy)] })).toEqual(answer);
  });

  it.each<[what: string, policy: () => never]>([
    [
      'throws',
      () => {
        throw new Error('secret');
      },
    ],
    ['never decides', (() => EMPTY as Observable<boolean>) as never],
  ])('that %s lets nobody in, and is logged', async (_what, policy) => {
    await using running = await startApp({ providers: [guardedBy(policy)] });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('use', { roomId: 1 })).toEqual(refused('Internal server error', 500));
    expect(running.logger.errors).toHaveLength(1);
  });

  it('is asked before the method, in the place of membership, each time', async () => {
    const seen: string[] = [];
    @WebSocketGateway()
    class Gateway {
      @SubscribeAck('use')
      @RoomGuard('room:{roomId}', (_socket, room) => Boolean(seen.push(`guard ${room}`)))
      @JoinRoom('hall', (_socket, room) => Boolean(seen.push(`join ${room}`)))
      use(@ConnectedSocket() socket: Socket): string {
        seen.push(socket.rooms.has('hall') ? 'member' : 'no member');
        return 'used';
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect();
    await client.emitWithAck('use', { roomId: 1 });
    await client.emitWithAck('use', { roomId: 2 });
    expect(seen).toEqual(['guard room:1', 'join hall', 'no member', 'guard room:2', 'join hall', 'member']);
  });

  it('that refuses keeps those below it from being asked', async () => {
    let asked = 0;
    @WebSocketGateway()
    class Gateway {
      @SubscribeAck('use')
      @RoomGuard('room:{roomId}', async () => false)
      @RoomGuard('hall', () => Boolean(++asked))
      use(): void {}
    }
    expect(await answerOf({ providers: [Gateway] })).toEqual(no);
    expect(asked).toBe(0);
  });
});

describe('a policy of its own scope', () => {
  const made: object[] = [];

  @Injectable({ scope: Scope.REQUEST })
  class RequestPolicy implements RoomPolicy {
    constructor(@Inject(REQUEST) private readonly request: Socket) {
      made.push(this);
    }
    canJoin(socket: Socket): boolean {
      return this.request === socket && socket.handshake.auth['name'] === 'ann';
    }
  }

  it('is made for each event when it is request-scoped, with the socket as its request', async () => {
    made.length = 0;
    const providers = [guardedBy(RequestPolicy), RequestPolicy];
    await using running = await startApp({ providers });
    const ann = await running.clients.connect('/', { auth: { name: 'ann' } });
    const bob = await running.clients.connect('/', { auth: { name: 'bob' } });
    expect(await ann.emitWithAck('use', { roomId: 1 })).toEqual(used);
    expect(await ann.emitWithAck('use', { roomId: 1 })).toEqual(used);
    expect(await bob.emitWithAck('use', { roomId: 1 })).toEqual(refused('You may not use this room'));
    expect(new Set(made).size).toBe(3);
  });

  it('shares what is request-scoped with a request-scoped gateway', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Seen {
      asked = 0;
    }
    @Injectable()
    class CountingPolicy implements RoomPolicy {
      constructor(private readonly seen: Seen) {}
      canJoin(): boolean {
        return ++this.seen.asked > 0;
      }
    }
    @WebSocketGateway()
    class ScopedGateway {
      constructor(@Inject(Seen) private readonly seen: Seen) {}
      @SubscribeAck('use')
      @RoomGuard('lobby', CountingPolicy)
      use(): number {
        return this.seen.asked;
      }
    }
    await using running = await startApp({ providers: [Seen, CountingPolicy, ScopedGateway] });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('use')).toEqual({ ok: true, data: 1 });
    expect(await client.emitWithAck('use')).toEqual({ ok: true, data: 1 });
  });

  it('is made once per decorator when it is transient', async () => {
    let count = 0;
    @Injectable({ scope: Scope.TRANSIENT })
    class TransientPolicy implements RoomPolicy {
      private readonly number = ++count;
      canJoin(): boolean {
        return this.number > 0;
      }
    }
    await using running = await startApp({ providers: [guardedBy(TransientPolicy), TransientPolicy] });
    const client = await running.clients.connect();
    const before = count;
    expect(await client.emitWithAck('use', { roomId: 1 })).toEqual(used);
    expect(await client.emitWithAck('use', { roomId: 1 })).toEqual(used);
    expect(count).toBe(before);
  });
});

describe('a policy keeps the application from starting', () => {
  class NoPolicy {}

  async function message(policy: unknown, ...providers: Provider[]): Promise<unknown> {
    const error = await bootError({ providers: [guardedBy(policy as RoomPolicySource), ...providers] });
    expect(error).toMatchObject({ code: 'INVALID_GATEWAY' });
    return (error as Error).message;
  }

  it('when the module does not see it', async () => {
    expect(await message(MemberPolicy, Members)).toMatch(
      /^GuardedGateway\.use\(\): \w+ does not see MemberPolicy; add it to the providers/,
    );
  });

  it('when the module that provides it keeps it to itself', async () => {
    @Module({ providers: [Members, MemberPolicy] })
    class ClosedModule {}
    const error = await bootError({ imports: [ClosedModule], providers: [guardedBy(MemberPolicy)] });
    expect((error as Error).message).toContain('does not see MemberPolicy');
  });

  it('when an imported module sees it, and does not export it again', async () => {
    @Module({ providers: [Members, MemberPolicy], exports: [MemberPolicy] })
    class MembersModule {}
    @Module({ imports: [MembersModule] })
    class SilentModule {}
    const error = await bootError({ imports: [SilentModule], providers: [guardedBy(MemberPolicy)] });
    // The root module of the test imports SilentModule alone.
    expect((error as Error).message).toContain('does not see MemberPolicy');
  });

  it('when it is written and undefined, as in a circle of imports', async () => {
    expect(await message(undefined)).toBe(
      'GuardedGateway.use(): its policy is undefined; do the imports go in a circle?',
    );
  });

  it('when it has no canJoin()', async () => {
    expect(await message(NoPolicy, NoPolicy)).toBe('GuardedGateway.use(): NoPolicy has no method canJoin()');
    expect(await message({})).toBe('GuardedGateway.use(): its policy has no method canJoin()');
  });
});
