import { describe, expect, it } from '@jest/globals';
import type { EngineOptions, LimitHit } from '../../lib/engine/index.js';
import { TestEngine } from './support.js';

const handshake = '?EIO=4&transport=polling';
const from = (address: string): { headers: Record<string, string> } => ({ headers: { 'X-Forwarded-For': address } });

async function start(options: EngineOptions): Promise<TestEngine & { hits: LimitHit[] }> {
  const test = await TestEngine.start(options);
  const hits: LimitHit[] = [];
  test.engine.on('limit', (hit: LimitHit) => hits.push(hit));
  return Object.assign(test, { hits });
}

describe('a handshake', () => {
  it('is refused with 503 while the server is full, and let in when a session has ended', async () => {
    await using test = await start({ maxConnections: 1 });
    const client = await test.webSocket();
    const { status, headers, body } = await test.request(handshake);
    expect([status, headers['retry-after'], JSON.parse(body)]).toEqual([
      503,
      '5',
      { code: 4, message: 'Too many connections' },
    ]);
    expect(test.hits).toEqual([{ limit: 'maxConnections', max: 1 }]);
    expect(test.engine.limits.counts.get('maxConnections')).toBe(1);
    const closing = test.closing();
    await client.close();
    await closing;
    expect(await test.request(handshake)).toMatchObject({ status: 200 });
  });

  it('of a WebSocket is refused the same way', async () => {
    await using test = await start({ maxConnections: 1 });
    await test.webSocket();
    const answer = await test.raw(test.upgradeRequest('?EIO=4&transport=websocket'));
    expect(answer).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
    expect(answer).toContain('\r\nRetry-After: 5\r\n');
    expect(answer).toMatch(/\r\n\r\nToo many connections$/);
  });

  it('is refused with 429 when its address has as many sessions as it may have', async () => {
    await using test = await start({ maxConnectionsPerIp: 1, trustedProxies: 1 });
    expect(await test.request(handshake, from('1.1.1.1'))).toMatchObject({ status: 200 });
    expect(await test.request(handshake, from('2.2.2.2'))).toMatchObject({ status: 200 });
    expect(await test.request(handshake, from('9.9.9.9, 1.1.1.1'))).toMatchObject({ status: 429 });
    expect(test.hits).toEqual([{ limit: 'maxConnectionsPerIp', max: 1, address: '1.1.1.1' }]);
  });

  it('counts addresses of proxies that nobody trusts as one', async () => {
    await using test = await start({ maxConnectionsPerIp: 1 });
    expect(await test.request(handshake, from('1.1.1.1'))).toMatchObject({ status: 200 });
    expect(await test.request(handshake, from('2.2.2.2'))).toMatchObject({ status: 429 });
  });

  it('is refused with 429 when its address comes too often, whether or not it is let in', async () => {
    await using test = await start({
      handshakeRate: { perSecond: 0.001, burst: 2 },
      allowRequest: (_request, callback) => callback('no', false),
    });
    expect(await test.request(handshake)).toMatchObject({ status: 403 });
    expect(await test.request(handshake)).toMatchObject({ status: 403 });
    const { status, headers } = await test.request(handshake);
    expect(status).toBe(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(900);
  });

  it('that others overtake while it is decided finds no place any more', async () => {
    const decisions: (() => void)[] = [];
    await using test = await start({
      maxConnections: 1,
      allowRequest: (_request, callback) => decisions.push(() => callback(null, true)),
    });
    const answers = [test.request(handshake), test.request(handshake)];
    while (decisions.length < 2) await new Promise(setImmediate);
    for (const decide of decisions) decide();
    expect((await Promise.all(answers)).map(({ status }) => status).sort()).toEqual([200, 503]);
  });

  it('is announced with the limit that it ran into', async () => {
    await using test = await start({ maxConnections: 1 });
    const errors: { code: number; context: object }[] = [];
    test.engine.on('connection_error', (error: { code: number; context: object }) => errors.push(error));
    await test.request(handshake);
    await test.request(handshake);
    expect(errors).toMatchObject([{ code: 4, context: { name: 'LIMIT', limit: 'maxConnections' } }]);
  });
});

describe('options of limits', () => {
  it.each<[string, EngineOptions]>([
    ['no connections', { maxConnections: 0 }],
    ['no connections of an address', { maxConnectionsPerIp: -1 }],
    ['a rate of nothing', { handshakeRate: { perSecond: 0, burst: 1 } }],
    ['a burst of nothing', { handshakeRate: { perSecond: 1, burst: 0 } }],
    ['half a proxy', { trustedProxies: 0.5 }],
    ['no bytes', { maxBufferedBytes: 0 }],
    ['no packets', { maxBufferedPackets: NaN }],
    ['another policy', { slowConsumer: 'wait' as never }],
    ['no packets of a payload', { maxPacketsPerPayload: 0 }],
  ])('are refused: %s', async (_what, options) => {
    await expect(TestEngine.start(options)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});
