import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { SubscribeMessage, WebSocketGateway } from '../../../lib/index.js';
import { Clients, next } from '../../support/clients.js';
import { startApp } from '../support.js';

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('hi')
  hi(): string {
    return 'there';
  }
}

describe('polling is answered with 404 on fastify (nestjs/nest#9903)', () => {
  it('it is served on every address of localhost', async () => {
    const running = await startApp({ platform: 'fastify', host: 'localhost', providers: [Gateway] });
    const fastify = running.app.getHttpAdapter().getInstance() as { addresses(): AddressInfo[] };
    const told: Promise<unknown>[] = [];
    for (const { address, family } of fastify.addresses()) {
      const clients = new Clients(() => `http://${family === 'IPv6' ? `[${address}]` : address}:${running.port}`);
      const client = await clients.connect('/', { transports: ['polling'] });
      expect(await client.emitWithAck('hi')).toBe('there');
      told.push(next(client, 'disconnect'));
    }
    await running.app.close();
    await Promise.all(told);
  });
});
