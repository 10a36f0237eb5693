import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { SubscribeMessage as NestMessage, WebSocketGateway as NestGateway } from '@nestjs/websockets';
import { Ack, Args, MessageBody, SubscribeMessage, WebSocketGateway } from '../../../lib/index.js';
import { startApp } from '../support.js';

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('refresh')
  refresh(@MessageBody() body: unknown): unknown {
    return { body: body === undefined ? 'none' : body };
  }

  @SubscribeMessage('by hand')
  byHand(@Args() args: readonly unknown[], @Ack() ack: ((answer: unknown) => void) | undefined): void {
    ack?.({ args });
  }
}

@NestGateway({ namespace: 'untouched' })
class UntouchedGateway {
  @NestMessage('refresh')
  refresh(): string {
    return 'fresh';
  }
}

describe('an event without data is never acked (nestjs/nest#1727, nestjs/nest#5711)', () => {
  it('is acked, and its ack is no data', async () => {
    await using running = await startApp({ providers: [Gateway, UntouchedGateway] });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('refresh')).toEqual({ body: 'none' });
    expect(await client.emitWithAck('by hand')).toEqual({ args: [] });
    const untouched = await running.clients.connect('/untouched');
    expect(await untouched.emitWithAck('refresh')).toBe('fresh');
  });

  it('has no ack where nobody asked for one, whatever its data are', async () => {
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect();
    client.emit('by hand', { last: 'argument' });
    expect(await client.emitWithAck('by hand', 1, null)).toEqual({ args: [1, null] });
  });
});
