import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Inject, Injectable, Scope, type CanActivate } from '@nestjs/common';
import { APP_GUARD, REQUEST } from '@nestjs/core';
import { SubscribeAck, WebSocketGateway, type GatewayRequest } from '../../../lib/index.js';
import { startApp } from '../support.js';

@Injectable({ scope: Scope.REQUEST })
class TenantGuard implements CanActivate {
  constructor(@Inject(REQUEST) private readonly request: GatewayRequest) {}

  canActivate(): boolean {
    return this.request.handshake.auth.tenant === 'ours';
  }
}

describe('a request-scoped global guard is skipped (Nest’s global-scoped-enhancers.spec)', () => {
  it('it is asked for each event, with the socket as REQUEST, and the gateway stays one instance', async () => {
    let instances = 0;
    @WebSocketGateway()
    class Gateway {
      readonly number = ++instances;
      @SubscribeAck('event')
      event(): number {
        return this.number;
      }
    }
    await using running = await startApp({ providers: [Gateway, { provide: APP_GUARD, useClass: TenantGuard }] });
    const ours = await running.clients.connect('/', { auth: { tenant: 'ours' } });
    const theirs = await running.clients.connect('/', { auth: { tenant: 'theirs' } });
    expect([await ours.emitWithAck('event'), await ours.emitWithAck('event')]).toEqual([
      { ok: true, data: 1 },
      { ok: true, data: 1 },
    ]);
    expect(await theirs.emitWithAck('event')).toMatchObject({ ok: false, error: { status: 403 } });
  });
});
