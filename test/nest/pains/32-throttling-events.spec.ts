import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import { loadCommonJs } from '../../support/commonjs.js';
import { startApp, type TestApp } from '../support.js';

jest.unstable_mockModule('@nestjs/throttler', () =>
  loadCommonJs('@nestjs/throttler', { '@nestjs/common': common, '@nestjs/core': core }),
);

let start: () => Promise<TestApp>;
beforeAll(async () => {
  const { AppModule } = await import('../../docs/socket-throttler.js');
  start = () => startApp({ socketIo: { module: AppModule } });
});

describe('@nestjs/throttler does not fit gateways (nestjs/docs.nestjs.com#3041, nestjs/nest#12240)', () => {
  it('who sends too much is told 429 in the ack, and when to try again', async () => {
    await using running = await start();
    const client = await running.clients.connect();
    const answers = [];
    for (let count = 0; count < 3; count++) answers.push(await client.emitWithAck('vote'));
    const counted = { ok: true, data: 'counted' };
    const error = { status: 429, message: 'Too many events', details: { retryAfter: expect.any(Number) } };
    expect(answers).toEqual([counted, counted, { ok: false, error }]);
    expect(running.logger.errors).toEqual([]);
  });

  it('limits are of each event, and some events have none', async () => {
    await using running = await start();
    const client = await running.clients.connect();
    for (let count = 0; count < 3; count++) await client.emitWithAck('vote');
    expect(await client.emitWithAck('list')).toEqual({ ok: true, data: ['lunch'] });
    for (let count = 0; count < 101; count++) expect(await client.emitWithAck('typing')).toMatchObject({ ok: true });
  });
});
