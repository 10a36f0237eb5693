import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { UseInterceptors, type CallHandler, type NestInterceptor } from '@nestjs/common';
import { concat, of, throwError, type Observable } from 'rxjs';
import { SubscribeAck, SubscribeMessage, WebSocketGateway } from '../../../lib/index.js';
import { next } from '../../support/clients.js';
import { startApp } from '../support.js';

const failing = (): Observable<unknown> => throwError(() => new Error('secret'));
const internal = { status: 500, message: 'Internal server error' };

class Passing implements NestInterceptor {
  intercept(_context: unknown, handler: CallHandler): Observable<unknown> {
    return handler.handle();
  }
}

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('message')
  message(): Observable<unknown> {
    return failing();
  }
  @SubscribeAck('ack')
  ack(): Observable<unknown> {
    return failing();
  }
  @SubscribeMessage('intercepted')
  @UseInterceptors(Passing)
  async intercepted(): Promise<Observable<unknown>> {
    return failing();
  }
  @SubscribeMessage('values')
  values(): Observable<unknown> {
    return concat(of({ event: 'value', data: 1 }), failing());
  }
}

describe('an error of an Observable ends the server (nestjs/nest#1285)', () => {
  it.each<[event: string, answer: unknown]>([
    ['message', internal],
    ['ack', { ok: false, error: internal }],
    ['intercepted', internal],
  ])('it is the answer, and one line of the log: %s', async (event, answer) => {
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect();
    expect(await client.emitWithAck(event)).toEqual(answer);
    expect(running.logger.errors.map(([line]) => line)).toEqual([`"${event}" failed: secret`]);
    expect(client.connected).toBe(true);
  });

  it('it comes behind the values before it', async () => {
    await using running = await startApp({ providers: [Gateway] });
    const client = await running.clients.connect();
    const told: unknown[] = [];
    client.onAny((...args: unknown[]) => told.push(args));
    const failed = next(client, 'exception');
    client.emit('values');
    await failed;
    expect(told).toEqual([
      ['value', 1],
      ['exception', { ...internal, event: 'values' }],
    ]);
  });
});
