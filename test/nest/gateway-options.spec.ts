import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Inject, Injectable, Module, Scope } from '@nestjs/common';
import { Namespace, SubscribeMessage, WebSocketGateway, type GatewayOptions } from '../../lib/index.js';
import { bootError, startApp } from './support.js';

@Injectable()
class Config {
  readonly namespace: string = '/configured';
}
const suffix = Symbol('suffix');

@Module({ providers: [Config, { provide: suffix, useValue: '-late' }], exports: [Config, suffix] })
class ConfigModule {}

class Handlers {
  @SubscribeMessage('event')
  event(): string {
    return 'here';
  }
}

describe('the options of @WebSocketGateway()', () => {
  it('may be made of what the module of the gateway injects, once', async () => {
    let calls = 0;
    @WebSocketGateway({
      inject: [Config, suffix],
      useFactory: async (config, end: string) => {
        calls++;
        // Typed by the token.
        const { namespace }: Config = config;
        return { namespace: namespace + end };
      },
    })
    class Gateway extends Handlers {}
    await using running = await startApp({ imports: [ConfigModule], providers: [Gateway] });
    for (let each = 0; each < 2; each++) {
      const client = await running.clients.connect('/configured-late');
      expect(await client.emitWithAck('event')).toBe('here');
    }
    expect(calls).toBe(1);
  });

  it('may be made of nothing', async () => {
    @WebSocketGateway({ useFactory: () => ({ namespace: '/org/:id' }) })
    class Gateway extends Handlers {}
    await using running = await startApp({ providers: [Gateway] });
    expect(await (await running.clients.connect('/org/7')).emitWithAck('event')).toBe('here');
  });

  it('may differ between two applications of one class', async () => {
    @WebSocketGateway({ inject: [Config], useFactory: (config) => ({ namespace: config.namespace }) })
    class Gateway extends Handlers {}
    for (const namespace of ['/first', '/second']) {
      await using running = await startApp({
        providers: [Gateway, { provide: Config, useValue: { namespace } }],
      });
      expect(await (await running.clients.connect(namespace)).emitWithAck('event')).toBe('here');
    }
  });

  it('that agree with @Namespace() are taken, and others keep the application from starting', async () => {
    @WebSocketGateway({ useFactory: () => ({ namespace: 'same' }) })
    @Namespace('/same')
    class Agreeing extends Handlers {}
    await using running = await startApp({ providers: [Agreeing] });
    await running.clients.connect('/same');
    @WebSocketGateway({ useFactory: () => ({ namespace: '/a' }) })
    @Namespace('/b')
    class Contradicting {}
    expect(await bootError({ providers: [Contradicting] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: 'Contradicting is on "/a" by @WebSocketGateway() and on "/b" by @Namespace(); keep one',
    });
  });
});

describe('a factory of options keeps the application from starting', () => {
  @Injectable({ scope: Scope.REQUEST })
  class PerRequest {
    constructor(@Inject('a') readonly a: string) {}
  }

  it.each<[why: string, decorate: ClassDecorator, message: string]>([
    [
      'that throws',
      WebSocketGateway({
        useFactory: () => {
          throw new Error('no such setting');
        },
      }),
      'useFactory: no such setting',
    ],
    ['that rejects', WebSocketGateway({ useFactory: () => Promise.reject(new Error('late')) }), 'useFactory: late'],
    [
      'that injects what its module cannot see',
      WebSocketGateway({ inject: [Config], useFactory: () => ({}) }),
      "Nest can't resolve dependencies",
    ],
    [
      'that injects what is request-scoped',
      WebSocketGateway({ inject: [PerRequest], useFactory: () => ({}) }),
      'request-scoped',
    ],
    [
      'that returns no options',
      WebSocketGateway({ useFactory: () => ({ namespace: 7 }) as unknown as GatewayOptions }),
      'has returned something else',
    ],
  ])('%s', async (_why, decorate, message) => {
    class Gateway {}
    decorate(Gateway);
    const providers = [Gateway, PerRequest, { provide: 'a', useValue: 'a' }];
    expect(await bootError({ providers })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: expect.stringMatching(new RegExp(`^The options of Gateway .*${message}`, 's')),
    });
  });
});
