import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { CheckOrigin, ConnectionError, EngineOptions } from '../../lib/engine/index.js';
import { RecordingLog } from '../support/recording-log.js';
import { TestEngine, until } from './support.js';

const host = 'app.example';
const own = `https://${host}`;
const foreign = 'https://foreign.example';
const friend = 'https://friend.example';

type Headers = Record<string, string>;

/** The status of an answer to an upgrade; the connection is left to the end of the test. */
async function upgradeStatus(test: TestEngine, query: string, headers: Headers): Promise<number> {
  const tcp = test.tcp();
  tcp.on('error', () => {});
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  tcp.write(test.upgradeRequest(query, lines).replace('Host: localhost', `Host: ${headers['host'] ?? 'localhost'}`));
  const [answer] = (await once(tcp, 'data')) as [Buffer];
  tcp.destroy();
  return Number(String(answer).split(' ', 2)[1]);
}

/** How the requests of each transport are answered that a page of an origin makes. */
const requests: readonly [what: string, ask: (test: TestEngine, headers: Headers) => Promise<number>][] = [
  [
    'a polling handshake',
    async (test, headers) => (await test.request('?EIO=4&transport=polling', { headers })).status,
  ],
  [
    'a JSONP handshake',
    async (test, headers) => (await test.request('?EIO=4&transport=polling&j=0', { headers })).status,
  ],
  ['a POST of a session', async (test, headers) => (await test.post(await test.handshake(), '2', headers)).status],
  [
    'a poll of a session',
    async (test, headers) => {
      const sid = await test.handshake();
      test.sockets.at(-1)!.write('waiting');
      return (await test.get(sid, headers)).status;
    },
  ],
  ['a WebSocket', (test, headers) => upgradeStatus(test, '?EIO=4&transport=websocket', headers)],
  [
    'an upgrade of a session',
    async (test, headers) => upgradeStatus(test, `?EIO=4&transport=websocket&sid=${await test.handshake()}`, headers),
  ],
];

const isLetIn = (status: number): boolean => status === 200 || status === 101;

describe.each(requests)('checkOrigin: %s', (_what, ask) => {
  const letsIn = async (options: EngineOptions, headers: Headers): Promise<boolean> => {
    await using test = await TestEngine.start(options);
    const status = await ask(test, { host, ...headers });
    if (!isLetIn(status)) expect(status).toBe(403);
    return isLetIn(status);
  };

  it.each<[string, Headers, boolean]>([
    ['of its own origin', { origin: own }, true],
    ['of its own origin, without TLS', { origin: `http://${host}` }, true],
    ['of its own origin, in capitals', { origin: own.toUpperCase() }, true],
    ['of its own origin with the port of its scheme', { origin: own, host: `${host}:443` }, true],
    ['of its own origin with a port', { origin: `${own}:8443`, host: `${host}:8443` }, true],
    ['of another port', { origin: `${own}:8443` }, false],
    ['of another origin', { origin: foreign }, false],
    ['of an origin that ends as its own', { origin: `https://foreign.${host}` }, false],
    ['of an origin that begins as its own', { origin: `${own}.foreign.example` }, false],
    ['of an origin with another scheme', { origin: `capacitor://${host}` }, false],
    ['of no origin that has a name', { origin: 'null' }, false],
    ['of an empty origin', { origin: '' }, false],
    ['of no page', {}, true],
    [
      'of no page, by way of a proxy that nobody trusts',
      { origin: own, host: 'inner', 'x-forwarded-host': host },
      false,
    ],
  ])('%s', async (_name, headers, isAllowed) => {
    expect(await letsIn({ checkOrigin: true }, headers)).toBe(isAllowed);
  });

  it('is not asked unless it is set', async () => {
    expect(await letsIn({}, { origin: foreign })).toBe(true);
    expect(await letsIn({ checkOrigin: false }, { origin: foreign })).toBe(true);
  });

  it.each<[string, EngineOptions['cors']]>([
    ['an origin', { origin: friend }],
    ['a list', { origin: [own, friend] }],
    ['a pattern', { origin: /^https:\/\/friend\./ }],
    ['a function', { origin: (origin, callback) => callback(null, origin === friend) }],
    ['options of the request', ({ headers }, callback) => callback(null, { origin: headers.origin === friend })],
  ])('of those that cors grants access: %s', async (_name, cors) => {
    expect(await letsIn({ checkOrigin: true, cors }, { origin: friend })).toBe(true);
    expect(await letsIn({ checkOrigin: true, cors }, { origin: foreign })).toBe(false);
  });

  it.each(['*', true] as const)('of everybody, whom cors grants access: %p', async (origin) => {
    expect(await letsIn({ checkOrigin: true, cors: { origin } }, { origin: foreign })).toBe(true);
  });

  it.each<[string, CheckOrigin]>([
    ['an origin', friend],
    ['a list', [/^none$/, friend]],
    ['a pattern', /^https:\/\/friend\./g],
  ])('of those it names, and its own: %s', async (_name, checkOrigin) => {
    const options = { checkOrigin, cors: { origin: foreign } };
    expect(await letsIn(options, { origin: friend })).toBe(true);
    expect(await letsIn(options, { origin: own })).toBe(true);
    expect(await letsIn(options, { origin: foreign })).toBe(false);
  });

  it('of those a function allows, and of nobody else', async () => {
    const checkOrigin: CheckOrigin = (origin, request, callback) =>
      setImmediate(() => callback(null, origin === friend && request.headers.host === host));
    expect(await letsIn({ checkOrigin }, { origin: friend })).toBe(true);
    expect(await letsIn({ checkOrigin }, { origin: own })).toBe(false);
    expect(await letsIn({ checkOrigin }, {})).toBe(true);
    expect(await letsIn({ checkOrigin: (_o, _r, callback) => callback(new Error('no'), true) }, { origin: own })).toBe(
      false,
    );
  });

  it('of nobody when the function fails, which is reported', async () => {
    const errors: unknown[] = [];
    const failing: CheckOrigin[] = [
      () => {
        throw null;
      },
      () => Promise.reject(null),
    ];
    for (const checkOrigin of failing) {
      expect(await letsIn({ checkOrigin, onError: (error) => errors.push(error) }, { origin: own })).toBe(false);
    }
    expect(errors).toEqual([null, null]);
  });

  it('of the host that a trusted proxy has been asked for', async () => {
    const options = { checkOrigin: true, trustedProxies: 1 };
    expect(await letsIn(options, { origin: own, host: 'inner', 'x-forwarded-host': host })).toBe(true);
    expect(await letsIn(options, { origin: own, host: 'inner', 'x-forwarded-host': `${host}, other.example` })).toBe(
      false,
    );
  });

  it('of a page that a browser tells of in other words', async () => {
    const options = { checkOrigin: true, cors: { origin: friend } };
    expect(await letsIn({ checkOrigin: friend }, { 'sec-fetch-site': 'cross-site' })).toBe(false);
    expect(await letsIn(options, { 'sec-fetch-site': 'same-site' })).toBe(false);
    expect(await letsIn(options, { 'sec-fetch-site': 'cross-site', referer: `${foreign}/page` })).toBe(false);
    expect(await letsIn(options, { 'sec-fetch-site': 'cross-site', referer: `${friend}/page` })).toBe(true);
    expect(await letsIn(options, { 'sec-fetch-site': 'same-origin' })).toBe(true);
  });

  it('of nobody who tells none, where one is required', async () => {
    const options = { checkOrigin: true, requireOrigin: true };
    await using test = await TestEngine.start({ ...options });
    expect((await test.request('?EIO=4&transport=polling', { headers: { host } })).status).toBe(403);
    expect(isLetIn((await test.request('?EIO=4&transport=polling', { headers: { host, origin: own } })).status)).toBe(
      true,
    );
    // Browsers tell none where they ask their own origin.
    const { status } = await test.request('?EIO=4&transport=polling', {
      headers: { host, 'sec-fetch-site': 'same-origin' },
    });
    expect(status).toBe(200);
  });
});

describe('checkOrigin', () => {
  it('looks at the page of a script element where the browser says no more', async () => {
    await using test = await TestEngine.start({ checkOrigin: true });
    const statusFor = async (referer: string): Promise<number> =>
      (await test.request('?EIO=4&transport=polling&j=0', { headers: { host, referer } })).status;
    expect([await statusFor(`${foreign}/page`), await statusFor(`${own}/page`)]).toEqual([403, 200]);
  });

  it('lets nobody take over a session of another origin', async () => {
    await using test = await TestEngine.start({ checkOrigin: true });
    const sid = await test.handshake({ host, origin: own });
    const query = `?EIO=4&transport=websocket&sid=${sid}`;
    expect(await upgradeStatus(test, query, { host, origin: foreign })).toBe(403);
    expect(await upgradeStatus(test, query.replace('EIO=4', 'EIO=3'), { host, origin: own })).toBe(400);
    expect(test.engine.clients[sid]!.transport.name).toBe('polling');
    expect(await upgradeStatus(test, query, { host, origin: own })).toBe(101);
  });

  it('tells why, with the code that clients know', async () => {
    await using test = await TestEngine.start({ checkOrigin: true });
    const refused: ConnectionError[] = [];
    test.engine.on('connection_error', (error: ConnectionError) => refused.push(error));
    const { body } = await test.request('?EIO=4&transport=polling', { headers: { host, origin: foreign } });
    expect(JSON.parse(body)).toEqual({ code: 4, message: 'Origin not allowed' });
    await upgradeStatus(test, '?EIO=4&transport=websocket', { host, origin: foreign });
    expect(refused.map(({ code, context }) => ({ code, context }))).toEqual(
      Array.from({ length: 2 }, () => ({
        code: 4,
        context: { name: 'ORIGIN', message: 'Origin not allowed', origin: foreign },
      })),
    );
  });

  it('writes one line of log for each origin, of a hundred at most, on which it stays', async () => {
    const log = new RecordingLog();
    await using test = await TestEngine.start({ checkOrigin: true, log });
    const ask = (origin: string): Promise<unknown> =>
      test.request('?EIO=4&transport=polling', { headers: { host, origin } });
    // As bytes: no client would send it.
    await test.raw(test.upgradeRequest('?EIO=4&transport=websocket', ['Origin: https://\u009b31m\u0085.example']));
    await ask(`https://${'a'.repeat(5_000)}`);
    await ask(foreign);
    await ask(foreign);
    expect(log.lines).toHaveLength(3);
    expect(log.lines[0]).toMatch(
      /^engine warn A request of the origin "https:\/\/Â\\u009b31mÂ\\u0085\.example.*set cors\.origin or checkOrigin/,
    );
    expect(log.lines.join('')).not.toMatch(/[\p{Cc}]/u);
    expect(log.lines[1]!.length).toBeLessThan(600);
    for (let count = 0; count < 200; count++) await ask(`https://${count}.example`);
    await until(() => log.lines.length === 101);
    expect(log.lines.at(-1)).toContain('more than 100 origins');
  });

  it('wants values that can work', async () => {
    const refused: [EngineOptions, string][] = [
      [{ checkOrigin: '*' }, 'checkOrigin: "*" is no origin'],
      [{ checkOrigin: ['friend.example'] }, '"friend.example" is no origin'],
      [{ checkOrigin: 1 as never }, 'checkOrigin is true, false'],
      [{ requireOrigin: true }, 'requireOrigin needs checkOrigin'],
      [{ cors: { origin: '*', credentials: true } }, 'no credentials from origin "*"'],
      [{ cors: { credentials: true } }, 'no credentials from origin "*"'],
    ];
    for (const [options, message] of refused) {
      await expect(TestEngine.start(options)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(message) as unknown,
      });
    }
  });
});
