import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { EMPTY, type Observable } from 'rxjs';
import { SubscribeAck, SubscribeMessage, WebSocketGateway } from '../../../lib/index.js';
import { next } from '../../support/clients.js';
import { startApp } from '../support.js';

@WebSocketGateway()
class Gateway {
  @SubscribeAck('nothing')
  nothing(): void {}

  @SubscribeAck('null')
  async null(): Promise<null> {
    return null;
  }

  @SubscribeAck('empty stream')
  emptyStream(): Observable<never> {
    return EMPTY;
  }

  @SubscribeAck('calendar entry')
  entry(): object {
    return { event: 'birthday', data: '1 May' };
  }

  @SubscribeMessage('calendar entry of before')
  entryOfBefore(): object {
    return { event: 'birthday', data: '1 May' };
  }

  @SubscribeMessage('nothing of before')
  nothingOfBefore(): void {}
}

describe('a result of nothing is not acked, and { event, data } is no result (nestjs/nest#982)', () => {
  it('is acked by @SubscribeAck(), whatever it is', async () => {
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect();
    for (const event of ['nothing', 'null', 'empty stream']) {
      expect(await client.emitWithAck(event)).toEqual({ ok: true, data: null });
    }
    expect(await client.emitWithAck('calendar entry')).toEqual({
      ok: true,
      data: { event: 'birthday', data: '1 May' },
    });
  });

  it('keeps the habits of Nest in @SubscribeMessage(), but for the ack that never came', async () => {
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect();
    const birthday = next(client, 'birthday');
    client.emit('calendar entry of before');
    expect(await birthday).toEqual(['1 May']);
    expect(await client.emitWithAck('nothing of before')).toBeUndefined();
  });
});
