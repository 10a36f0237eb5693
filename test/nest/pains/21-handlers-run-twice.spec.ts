import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Inject, Injectable, Module } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway, type OnGatewayConnection } from '../../../lib/index.js';
import { startApp } from '../support.js';

const calls: string[] = [];

@WebSocketGateway()
class ChatGateway implements OnGatewayConnection {
  handleConnection(): void {
    calls.push('connection');
  }
  @SubscribeMessage('say')
  say(): string[] {
    calls.push('say');
    return calls;
  }
}

@Module({ providers: [ChatGateway], exports: [ChatGateway] })
class ChatModule {}

@Injectable()
class Moderation {
  constructor(@Inject(ChatGateway) readonly chat: ChatGateway) {}
}

// The mistake: what is injected is provided a second time, instead of importing its module.
@Module({ providers: [Moderation, ChatGateway] })
class ModerationModule {}

describe('handlers run twice (nestjs/nest#732, nestjs/nest#3704, nestjs/nest#14787)', () => {
  it('run once where two modules provide the gateway, and a warning names them', async () => {
    calls.length = 0;
    await using running = await startApp({ imports: [ChatModule, ModerationModule] });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('say')).toEqual(['connection', 'say']);
    expect(running.logger.warnings.map(([line]) => line)).toEqual([
      'ChatGateway is provided in ChatModule and in ModerationModule; it is bound once, as of ChatModule',
    ]);
  });
});
