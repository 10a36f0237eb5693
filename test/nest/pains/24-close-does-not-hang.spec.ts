import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { next, transportLists } from '../../support/clients.js';
import { startApp } from '../support.js';

describe.each(['express', 'fastify'] as const)('app.close() hangs (nestjs/nest#13910), on %s', (platform) => {
  it.each(transportLists)('it ends while a client is connected over %s, which is told', async (_name, transports) => {
    const running = await startApp({ platform });
    const client = await running.clients.connect('/', { transports });
    const told = next(client, 'disconnect');
    await running.app.close();
    await told;
    expect(running.app.getHttpServer().listening).toBe(false);
  });
});
