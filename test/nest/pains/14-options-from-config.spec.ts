import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { WebSocketGateway as NestGateway } from '@nestjs/websockets';
import { PublicNamespace, SocketIoModule, SubscribeMessage, WebSocketGateway } from '../../../lib/index.js';
import { bootError, startApp } from '../support.js';

@Injectable()
class ConfigService {
  readonly path: string = '/live';
  readonly namespace: string = '/prices';
}

@Module({ providers: [ConfigService], exports: [ConfigService] })
class ConfigModule {}

@WebSocketGateway({ inject: [ConfigService], useFactory: (config) => ({ namespace: config.namespace }) })
@PublicNamespace()
class Prices {
  @SubscribeMessage('price')
  price(): number {
    return 7;
  }
}

describe('the options of a gateway are static, and those of a second one are ignored (nestjs/nest#508)', () => {
  it('module and gateway take theirs from the configuration', async () => {
    const socketIo = SocketIoModule.forRootAsync({
      imports: [ConfigModule],
      inject: [ConfigService],
      useFactory: ({ path }: ConfigService) => ({ path }),
    });
    await using running = await startApp({ socketIo, imports: [ConfigModule], providers: [Prices] });
    const client = await running.clients.connect('/prices', { path: '/live' });
    expect(await client.emitWithAck('price')).toBe(7);
  });

  it('a second gateway that wants another server keeps the application from starting, and is named', async () => {
    @NestGateway({ cors: { origin: 'https://a.example' } })
    class News {}
    @NestGateway({ namespace: 'offers', cors: { origin: 'https://b.example' } })
    class Offers {}
    expect(await bootError({ providers: [News, Offers] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: expect.stringMatching(
        /^Offers asks for its own cors on the application's port, .*SocketIoModule\.forRoot\(\)/,
      ),
    });
  });
});
