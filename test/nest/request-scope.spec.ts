import { describe, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';
import {
  forwardRef,
  Inject,
  Injectable,
  Optional,
  Scope,
  UseGuards,
  type CanActivate,
  type Provider,
  type Type,
} from '@nestjs/common';
import { INQUIRER, REQUEST } from '@nestjs/core';
import { SubscribeMessage, WebSocketGateway, type Socket } from '../../lib/index.js';
import { Injector } from '../../lib/nest-common/index.js';
import { startApp } from './support.js';

/** Sends `event` twice, from each of two clients, and gives what it was answered with. */
async function answersOf(gateway: Type, ...providers: Provider[]): Promise<unknown[]> {
  await using running = await startApp({ providers: [gateway, ...providers] });
  const answers: unknown[] = [];
  for (let count = 0; count < 2; count++) {
    const client = await running.clients.connect();
    answers.push(await client.emitWithAck('event', client.id), await client.emitWithAck('event', client.id));
  }
  return answers;
}

/** Counts its instances. */
abstract class Counted {
  static created = 0;
  readonly number: number;
  constructor() {
    this.number = ++(this.constructor as typeof Counted).created;
  }
}

describe('an event of a request-scoped gateway', () => {
  it('shares what several of its providers inject, and nothing with other events', async () => {
    @Injectable()
    class Single extends Counted {
      static override created = 0;
    }
    @Injectable({ scope: Scope.REQUEST })
    class Shared extends Counted {
      static override created = 0;
    }
    @Injectable()
    class Left {
      constructor(@Inject(Shared) readonly shared: Shared) {}
    }
    @Injectable()
    class Right {
      @Inject(Shared) readonly shared!: Shared;
      @Inject(REQUEST) readonly request!: Socket;
    }
    @WebSocketGateway()
    class Gateway {
      @Inject(Single) private readonly single!: Single;
      constructor(
        @Inject(Left) private readonly left: Left,
        @Inject(Right) private readonly right: Right,
      ) {}
      @SubscribeMessage('event')
      event(_socket: Socket, id: string): unknown {
        const { left, right, single } = this;
        return [left.shared === right.shared, left.shared.number, right.request.id === id, single.number];
      }
    }
    expect(await answersOf(Gateway, Single, Shared, Left, Right)).toEqual([
      [true, 1, true, 1],
      [true, 2, true, 1],
      [true, 3, true, 1],
      [true, 4, true, 1],
    ]);
  });

  it('is made without the injector of Nest, where its providers are plain classes', async () => {
    const load = jest.spyOn(Injector.prototype, 'loadPerContext');
    @Injectable({ scope: Scope.REQUEST })
    class Shared {}
    @WebSocketGateway()
    class Gateway {
      constructor(@Inject(Shared) private readonly shared: Shared) {}
      @SubscribeMessage('event')
      event(): unknown {
        return this.shared instanceof Shared;
      }
    }
    try {
      expect(await answersOf(Gateway, Shared)).toEqual([true, true, true, true]);
      expect(load).not.toHaveBeenCalled();
    } finally {
      load.mockRestore();
    }
  });

  it('shares its providers with its request-scoped guards', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Shared extends Counted {
      static override created = 0;
      isAllowed = false;
    }
    @Injectable()
    class Guard implements CanActivate {
      constructor(@Inject(Shared) private readonly shared: Shared) {}
      canActivate(): boolean {
        return (this.shared.isAllowed = true);
      }
    }
    @WebSocketGateway()
    class Gateway {
      constructor(@Inject(Shared) private readonly shared: Shared) {}
      @UseGuards(Guard)
      @SubscribeMessage('event')
      event(): unknown {
        return [this.shared.isAllowed, this.shared.number];
      }
    }
    expect(await answersOf(Gateway, Shared)).toEqual([
      [true, 1],
      [true, 2],
      [true, 3],
      [true, 4],
    ]);
  });

  it('gets what optional, transient, made by factories or circular its providers are', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Shared extends Counted {
      static override created = 0;
    }
    @Injectable({ scope: Scope.TRANSIENT })
    class Named {
      constructor(@Inject(INQUIRER) readonly owner: object) {}
    }
    @Injectable({ scope: Scope.REQUEST })
    class Hen {
      constructor(@Inject(forwardRef(() => Egg)) readonly egg: object) {}
    }
    @Injectable({ scope: Scope.REQUEST })
    class Egg {
      constructor(@Inject(forwardRef(() => Hen)) readonly hen: object) {}
    }
    @WebSocketGateway()
    class OptionalGateway {
      constructor(
        @Inject(Shared) private readonly shared: Shared,
        @Optional() @Inject('missing') private readonly missing?: unknown,
      ) {}
      @SubscribeMessage('event')
      event(): unknown {
        return [this.shared.number, this.missing === undefined];
      }
    }
    @WebSocketGateway()
    class TransientGateway {
      constructor(
        @Inject(Shared) private readonly shared: Shared,
        @Inject(Named) private readonly named: Named,
      ) {}
      @SubscribeMessage('event')
      event(): unknown {
        return [this.shared.number > 4, this.named.owner instanceof TransientGateway];
      }
    }
    @WebSocketGateway()
    class FactoryGateway {
      constructor(@Inject('name') private readonly name: string) {}
      @SubscribeMessage('event')
      event(_socket: Socket, id: string): unknown {
        return this.name === `later ${id}`;
      }
    }
    @WebSocketGateway()
    class CircularGateway {
      constructor(@Inject(Hen) private readonly hen: Hen) {}
      @SubscribeMessage('event')
      event(): unknown {
        return this.hen.egg instanceof Egg;
      }
    }
    const name: Provider = {
      provide: 'name',
      scope: Scope.REQUEST,
      inject: [REQUEST],
      useFactory: async (socket: Socket) => `later ${socket.id}`,
    };
    expect(await answersOf(OptionalGateway, Shared)).toEqual([1, 2, 3, 4].map((number) => [number, true]));
    expect(await answersOf(TransientGateway, Shared, Named)).toEqual(Array.from({ length: 4 }, () => [true, true]));
    expect(await answersOf(FactoryGateway, name)).toEqual([true, true, true, true]);
    expect(await answersOf(CircularGateway, Hen, Egg)).toEqual([true, true, true, true]);
  });

  it('sees a provider that replaces REQUEST in the application', async () => {
    const own: Provider = { provide: REQUEST, scope: Scope.REQUEST, useFactory: () => 'own' };
    @WebSocketGateway()
    class Gateway {
      constructor(@Inject(REQUEST) private readonly request: unknown) {}
      @SubscribeMessage('event')
      event(): unknown {
        return this.request;
      }
    }
    expect(await answersOf(Gateway, own)).toEqual(['own', 'own', 'own', 'own']);
  });
});
