import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Args, EventName, SubscribeAny, SubscribeMessage, WebSocketGateway } from '../../../lib/index.js';
import { startApp } from '../support.js';

const audited: unknown[] = [];

@WebSocketGateway()
class OrdersGateway {
  @SubscribeMessage('order')
  order(): string {
    return 'ordered';
  }
}

@WebSocketGateway()
class AuditGateway {
  @SubscribeAny()
  audit(@EventName() event: string, @Args() args: readonly unknown[]): void {
    audited.push([event, ...args]);
  }
}

describe('there is no handler for any event, and unknown ones are lost (socketio/socket.io#434, socketio/socket.io#3389)', () => {
  it('has @SubscribeAny(), which sees every event and leaves the answer to whose event it is', async () => {
    audited.length = 0;
    await using running = await startApp({ providers: [AuditGateway, OrdersGateway] });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('order', 'tea', 2)).toBe('ordered');
    expect(await client.emitWithAck('odrer', 'tea')).toBeUndefined();
    expect(audited).toEqual([
      ['order', 'tea', 2],
      ['odrer', 'tea'],
    ]);
  });

  it('tells who asks for an unknown event that it is one, where the application says so', async () => {
    await using running = await startApp({ options: { onUnknownEvent: 'ack-error' }, providers: [OrdersGateway] });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('order')).toBe('ordered');
    expect(await client.emitWithAck('odrer')).toEqual({ ok: false, error: { status: 404, message: 'Unknown event' } });
  });
});
