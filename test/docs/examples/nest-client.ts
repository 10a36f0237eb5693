import { Injectable, Module } from '@nestjs/common';
import { request, type EventsOf, type Socket } from '../../../lib/client/node/index.js';
import {
  InjectSocket,
  OnServerConnect,
  OnServerDisconnect,
  OnServerEvent,
  SocketClientModule,
} from '../../../lib/nest-client/index.js';
import type { Message, TalkGateway } from './typed-client.js';

interface TalkEvents {
  said(message: Message): void;
}

@Injectable()
export class TalkService {
  readonly log: string[] = [];

  constructor(@InjectSocket('/talk') private readonly talk: Socket<TalkEvents, EventsOf<TalkGateway>>) {}

  say(text: string): Promise<Message> {
    return request(this.talk.timeout(5_000), 'say', text);
  }

  @OnServerEvent('said', { namespace: '/talk' })
  said(message: Message): { readonly seen: boolean } {
    this.log.push(message.text);
    return { seen: true };
  }

  @OnServerConnect({ namespace: '/talk' })
  connected(): void {
    this.log.push('connected');
  }

  @OnServerDisconnect({ namespace: '/talk' })
  disconnected(reason: string): void {
    this.log.push(reason);
  }
}

export class Config {
  url = 'http://localhost:3000';
}

@Module({ providers: [Config], exports: [Config] })
export class ConfigModule {}

@Module({
  imports: [
    SocketClientModule.forRootAsync({
      namespaces: ['/talk'],
      imports: [ConfigModule],
      inject: [Config],
      useFactory: ({ url }: Config) => ({ url, transports: ['websocket'], startTimeout: 10_000 }),
    }),
  ],
  providers: [TalkService],
  exports: [TalkService],
})
export class TalkModule {}
