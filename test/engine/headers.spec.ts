import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import type { CookieOptions } from '../../lib/engine/cookie.js';
import type { EngineOptions } from '../../lib/engine/index.js';
import { TestEngine, until } from './support.js';

const query = '?EIO=4&transport=polling';

/** The headers of the 101 that opens a WebSocket. */
function upgradeHeaders(test: TestEngine, more = '', headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const webSocket = new WebSocket(`${test.url}/engine.io/?EIO=4&transport=websocket${more}`, { headers });
    webSocket.once('upgrade', (response) => {
      resolve(response);
      webSocket.terminate();
    });
    webSocket.once('error', reject);
  });
}

describe('initial_headers and headers', () => {
  it('add to the answers of a polling session: the first once, the second always', async () => {
    await using test = await TestEngine.start();
    test.engine.on('initial_headers', (headers: Record<string, string>, request: IncomingMessage) => {
      headers['X-First'] = request.url!;
    });
    test.engine.on('headers', (headers: Record<string, string>, request: IncomingMessage) => {
      headers['X-Every'] = request.method!;
    });
    const first = await test.request(query);
    const sid = (JSON.parse(first.body.slice(1)) as { sid: string }).sid;
    expect(first.headers).toMatchObject({ 'x-first': `/engine.io/${query}`, 'x-every': 'GET' });
    const second = await test.post(sid, '4a');
    expect(second.headers).toMatchObject({ 'x-every': 'POST' });
    expect(second.headers).not.toHaveProperty('x-first');
  });

  it('add to the 101 of a WebSocket; initial_headers not to that of an upgrade', async () => {
    await using test = await TestEngine.start();
    test.engine.on('initial_headers', (headers: Record<string, string>) => {
      headers['X-First'] = 'yes';
    });
    test.engine.on('headers', (headers: Record<string, string | string[]>) => {
      headers['Set-Cookie'] = ['a=1', 'b=2'];
    });
    const direct = await upgradeHeaders(test);
    expect(direct.headers).toMatchObject({ 'x-first': 'yes', 'set-cookie': ['a=1', 'b=2'] });
    const upgrade = await upgradeHeaders(test, `&sid=${await test.handshake()}`);
    expect(upgrade.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(upgrade.headers).not.toHaveProperty('x-first');
  });
});

describe('cookie', () => {
  const cases: [CookieOptions | true, string][] = [
    [true, 'io=<sid>; Path=/; HttpOnly; SameSite=Lax'],
    [{ name: 'n', path: '/p', httpOnly: false, sameSite: 'strict' }, 'n=<sid>; Path=/p; SameSite=Strict'],
    [{ path: false }, 'io=<sid>; SameSite=Lax'],
    [{ sameSite: false }, 'io=<sid>; Path=/; HttpOnly'],
    [{ sameSite: true }, 'io=<sid>; Path=/; HttpOnly; SameSite=Strict'],
    [{ sameSite: 'none', secure: true }, 'io=<sid>; Path=/; HttpOnly; Secure; SameSite=None'],
    [
      { maxAge: 60, domain: 'a.test', expires: new Date(0), partitioned: true },
      'io=<sid>; Max-Age=60; Domain=a.test; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Partitioned; ' +
        'SameSite=Lax',
    ],
  ];

  it.each(cases)('%j is set by the polling handshake alone', async (cookie, expected) => {
    await using test = await TestEngine.start({ cookie });
    const { headers, body } = await test.request(query);
    const { sid } = JSON.parse(body.slice(1)) as { sid: string };
    expect(headers['set-cookie']).toEqual([expected.replace('<sid>', sid)]);
    expect((await test.post(sid, '4a')).headers).not.toHaveProperty('set-cookie');
    expect((await upgradeHeaders(test)).headers).not.toHaveProperty('set-cookie');
  });

  it.each<CookieOptions>([
    { name: 'a b' },
    { name: '' },
    { path: '/;x' },
    { domain: 'a\r\nb' },
    { maxAge: 1.5 },
    { expires: new Date(Number.NaN) },
  ])('%j is refused when the engine is made', async (cookie) => {
    await expect(TestEngine.start({ cookie })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('engine middlewares', () => {
  it('run in order for every request and upgrade', async () => {
    await using test = await TestEngine.start();
    const calls: string[] = [];
    for (const name of ['first', 'second']) {
      test.engine.use((request, _response, next) => {
        calls.push(`${name} ${request.method!}`);
        // A second call is one too many, and does nothing.
        next();
        next();
      });
    }
    const sid = await test.handshake();
    await test.post(sid, '4a');
    await upgradeHeaders(test);
    expect(calls).toEqual(['first GET', 'second GET', 'first POST', 'second POST', 'first GET', 'second GET']);
  });

  it('add headers to every answer: refusals and the 101 too', async () => {
    await using test = await TestEngine.start();
    test.engine.use((_request, response, next) => {
      response.setHeader('X-Mine', ['a', 'b']);
      next();
    });
    expect((await test.request(query)).headers['x-mine']).toBe('a, b');
    expect((await test.request('?EIO=3&transport=polling')).headers['x-mine']).toBe('a, b');
    expect((await upgradeHeaders(test)).headers['x-mine']).toBe('a, b');
  });

  it('that wait for writeHead add theirs to the 101 too', async () => {
    await using test = await TestEngine.start();
    test.engine.use((_request, response, next) => {
      const writeHead = response.writeHead.bind(response);
      response.writeHead = ((...args: Parameters<typeof writeHead>) => {
        response.setHeader('Set-Cookie', 'session=1');
        return writeHead(...args);
      }) as never;
      next();
    });
    expect((await upgradeHeaders(test)).headers['set-cookie']).toEqual(['session=1']);
  });

  it.each([
    ['passes an error on', (next: (error?: unknown) => void) => next(new Error('secret'))],
    [
      'throws',
      () => {
        throw new Error('secret');
      },
    ],
  ])('refuse when one %s', async (_how, act) => {
    await using test = await TestEngine.start();
    const errors: object[] = [];
    test.engine.on('connection_error', ({ code, context }: { code: number; context: object }) =>
      errors.push({ code, context }),
    );
    test.engine.use((_request, _response, next) => act(next));
    expect(await test.request(query)).toMatchObject({ status: 400, body: '{"code":3,"message":"Bad request"}' });
    expect(await test.raw(test.upgradeRequest('?EIO=4&transport=websocket'))).toMatch(/\r\n\r\nBad request$/);
    const expected = { code: 3, context: { name: 'MIDDLEWARE_FAILURE' } };
    expect(errors).toEqual([expected, expected]);
  });

  it('end what they answer themselves', async () => {
    await using test = await TestEngine.start();
    test.engine.use((_request, response) => {
      response.statusCode = 418;
      response.end('no coffee');
    });
    expect(await test.request(query)).toMatchObject({ status: 418, body: 'no coffee' });
    expect(await test.raw(test.upgradeRequest('?EIO=4&transport=websocket'))).toBe('');
    expect(test.engine.clientsCount).toBe(0);
  });

  it('may take their time', async () => {
    await using test = await TestEngine.start();
    test.engine.use((_request, _response, next) => setImmediate(next));
    const sid = await test.handshake();
    expect(await test.post(sid, '4a')).toMatchObject({ status: 200 });
    const client = await test.webSocket();
    client.send('4b');
    await until(() => test.messages.length === 2);
  });
});

describe('cors', () => {
  const origin = 'https://page.test';
  const cases: [string, EngineOptions['cors'], Record<string, string | undefined>][] = [
    ['everyone', {}, { 'access-control-allow-origin': '*' }],
    ['one origin', { origin }, { 'access-control-allow-origin': origin, vary: 'Origin' }],
    [
      'another origin',
      { origin: 'https://other.test' },
      { 'access-control-allow-origin': 'https://other.test', vary: 'Origin' },
    ],
    ['a list', { origin: ['https://a.test', /page\.test$/g] }, { 'access-control-allow-origin': origin }],
    ['a list without it', { origin: ['https://a.test'] }, { 'access-control-allow-origin': undefined, vary: 'Origin' }],
    ['whoever asks', { origin: true }, { 'access-control-allow-origin': origin }],
    ['nobody', { origin: false }, { 'access-control-allow-origin': undefined }],
    [
      'what a function says',
      { origin: (asked, done) => done(null, asked === origin) },
      { 'access-control-allow-origin': origin },
    ],
    ['nobody a function knows', { origin: (_asked, done) => done(null, false) }, { vary: undefined }],
    [
      'options chosen per request',
      (request, done) => done(null, { origin: request.headers.origin! }),
      { 'access-control-allow-origin': origin },
    ],
    [
      'credentials and exposed headers',
      { origin, credentials: true, exposedHeaders: ['X-A', 'X-B'] },
      { 'access-control-allow-credentials': 'true', 'access-control-expose-headers': 'X-A,X-B' },
    ],
  ];

  it.each(cases)('lets in %s', async (_whom, cors, expected) => {
    await using test = await TestEngine.start({ cors });
    const answer = await test.request(query, { headers: { origin } });
    expect(answer.status).toBe(200);
    const upgrade = await upgradeHeaders(test, '', { origin });
    for (const [name, value] of Object.entries(expected)) {
      expect([name, answer.headers[name]]).toEqual([name, value]);
      expect([name, upgrade.headers[name]]).toEqual([name, value]);
    }
  });

  it('stands on refusals too', async () => {
    await using test = await TestEngine.start({ cors: { origin } });
    expect((await test.request('?EIO=3&transport=polling')).headers['access-control-allow-origin']).toBe(origin);
  });

  it('answers preflights', async () => {
    await using test = await TestEngine.start({ cors: { origin, maxAge: 60 } });
    const { status, headers } = await test.request(query, {
      method: 'OPTIONS',
      headers: { origin, 'Access-Control-Request-Headers': 'x-token' },
    });
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'content-length': '0',
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE',
      'access-control-allow-headers': 'x-token',
      'access-control-max-age': '60',
      vary: 'Origin, Access-Control-Request-Headers',
    });
  });

  it('answers preflights with the methods, headers and status it is given', async () => {
    await using test = await TestEngine.start({
      cors: { methods: ['GET', 'POST'], allowedHeaders: 'x-a', optionsSuccessStatus: 200 },
    });
    const { status, headers } = await test.request(query, { method: 'OPTIONS', headers: { origin } });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'x-a',
    });
    expect(headers).not.toHaveProperty('vary');
  });

  it('hands preflights on where it is told to', async () => {
    await using test = await TestEngine.start({ cors: { preflightContinue: true } });
    expect(await test.request(query, { method: 'OPTIONS', headers: { origin } })).toMatchObject({
      status: 400,
      body: '{"code":2,"message":"Bad handshake method"}',
    });
  });

  it.each<EngineOptions['cors']>([
    { origin: (_asked, done) => done(new Error('secret')) },
    (_request, done) => done(new Error('secret')),
  ])('refuses when its function fails', async (cors) => {
    await using test = await TestEngine.start({ cors });
    expect(await test.request(query, { headers: { origin } })).toMatchObject({
      status: 400,
      body: '{"code":3,"message":"Bad request"}',
    });
  });

  it.each([undefined, false] as const)('grants nothing where it is %s', async (cors) => {
    await using test = await TestEngine.start(cors === undefined ? {} : { cors });
    const { headers } = await test.request(query, { headers: { origin } });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(await test.request(query, { method: 'OPTIONS', headers: { origin } })).toMatchObject({ status: 400 });
  });
});
