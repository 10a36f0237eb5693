import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Inject, Injectable, Module } from '@nestjs/common';
import { SubscribeMessage as NestMessage, WebSocketGateway as NestGateway } from '@nestjs/websockets';
import {
  PublicNamespace,
  SocketIoModule,
  SubscribeMessage,
  WebSocketGateway,
  type SocketIoModuleOptions,
  type SocketIoOptionsFactory,
} from '../../../lib/index.js';
import { startApp } from '../support.js';

@Injectable()
class Config {
  readonly path = '/from-config';
  static async load(): Promise<Config> {
    return new Config();
  }
}

@Module({ providers: [{ provide: Config, useFactory: () => Config.load() }], exports: [Config] })
class ConfigModule {}

@Injectable()
class Options implements SocketIoOptionsFactory {
  constructor(@Inject(Config) private readonly config: Config) {}
  async createSocketIoOptions(): Promise<SocketIoModuleOptions> {
    return { path: this.config.path };
  }
}

@WebSocketGateway()
@PublicNamespace()
class Gateway {
  @SubscribeMessage('ping')
  ping(): string {
    return 'pong';
  }
}

@NestGateway({ namespace: 'untouched' })
class UntouchedGateway {
  @NestMessage('ping')
  ping(): string {
    return 'untouched pong';
  }
}

describe('the server has no options of injected providers (nestjs/nest#16992)', () => {
  it.each([
    [
      'a factory',
      SocketIoModule.forRootAsync({
        imports: [ConfigModule],
        inject: [Config],
        useFactory: ({ path }: Config) => ({ path }),
      }),
    ],
    ['a class', SocketIoModule.forRootAsync({ imports: [ConfigModule], useClass: Options })],
  ])('has them from %s, for gateways of both kinds, and main.ts stays as it is', async (_how, socketIo) => {
    await using running = await startApp({ socketIo, providers: [Gateway, UntouchedGateway] });
    const options = { path: '/from-config' };
    expect(await (await running.clients.connect('/', options)).emitWithAck('ping')).toBe('pong');
    expect(await (await running.clients.connect('/untouched', options)).emitWithAck('ping')).toBe('untouched pong');
    await expect(running.clients.connect('/')).rejects.toThrow();
  });
});
