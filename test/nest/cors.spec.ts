import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import type { SocketIoModuleOptions } from '../../lib/index.js';
import { sessionPath, startApp, upgradeByHand, type TestApp, type TestAppOptions } from './support.js';

const page = 'https://page.test';

async function allowedOrigin({ url }: Pick<TestApp, 'url'>): Promise<string | null> {
  const { headers } = await fetch(url + sessionPath('polling'), { headers: { origin: page } });
  return headers.get('access-control-allow-origin');
}

function warnings({ logger }: TestApp): unknown[] {
  return logger.warnings.map(([line]) => line).filter((line) => String(line).includes('app.enableCors()'));
}

const enabling: Pick<TestAppOptions, 'configure'> = { configure: (app) => app.enableCors({ origin: page }) };

describe.each(['express', 'fastify'] as const)('cross-origin access on %s', (platform) => {
  it('is what the module says, of options and of a function of the request', async () => {
    const chosen: SocketIoModuleOptions['cors'][] = [
      { origin: page },
      (request, callback) => callback(null, { origin: request.headers.origin ?? false }),
    ];
    for (const cors of chosen) {
      await using running = await startApp({ platform, options: { cors } });
      expect(await allowedOrigin(running)).toBe(page);
    }
  });

  it('of the application alone does not count, and is warned of once', async () => {
    await using running = await startApp({ platform, ...enabling });
    expect(await allowedOrigin(running)).toBeNull();
    expect(warnings(running)).toEqual([expect.stringContaining('`cors` in SocketIoModule.forRoot()')]);
  });

  it.each<[what: string, options: SocketIoModuleOptions]>([
    ['the module has its own', { cors: { origin: page } }],
    ['the module says that there is none', { cors: false }],
    ["the application's is shared", { attach: 'middleware' }],
  ])('is not warned of where %s', async (_what, options) => {
    await using running = await startApp({ platform, options, ...enabling });
    expect(warnings(running)).toEqual([]);
  });

  it('is not warned of where the application has none', async () => {
    await using running = await startApp({ platform });
    expect(warnings(running)).toEqual([]);
  });

  it("of the application is shared by attach: 'middleware', preflights included", async () => {
    await using running = await startApp({ platform, options: { attach: 'middleware' }, ...enabling });
    expect(await allowedOrigin(running)).toBe(page);
    const preflight = await fetch(running.url + sessionPath('polling'), {
      method: 'OPTIONS',
      headers: { origin: page, 'access-control-request-method': 'POST' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, page]);
  });
});

/** How the server answers what a browser sends for a page: each status, for polling and for a WebSocket. */
async function answersFor(running: TestApp, origin: string | undefined): Promise<number[]> {
  const headers: Record<string, string> = origin === undefined ? {} : { origin };
  const { status } = await fetch(running.url + sessionPath('polling'), { headers });
  const lines = origin === undefined ? [] : [`Origin: ${origin}`];
  const { tcp, answer } = await upgradeByHand(running, sessionPath('websocket'), lines);
  tcp.destroy();
  return [status, Number(answer.split(' ', 2)[1])];
}

describe.each(['express', 'fastify'] as const)('pages on %s', (platform) => {
  it('of other origins are refused unless they are allowed', async () => {
    await using running = await startApp({ platform });
    expect(await answersFor(running, page)).toEqual([403, 403]);
    expect(await answersFor(running, undefined)).toEqual([200, 101]);
    expect(running.logger.warnings.map(([line]) => line)).toEqual([
      expect.stringContaining(`A request of the origin "${page}"`),
    ]);
  });

  it('of the same origin are let in', async () => {
    await using running = await startApp({ platform, options: { attach: 'middleware' } });
    const { status } = await fetch(running.url + sessionPath('polling'), { headers: { origin: running.url } });
    const own = 'Origin: http://localhost';
    const { tcp, answer } = await upgradeByHand(running, sessionPath('websocket'), [own]);
    tcp.destroy();
    expect([status, answer.split(' ', 2)[1]]).toEqual([200, '101']);
  });

  it.each<[string, SocketIoModuleOptions]>([
    ['of the module', { cors: { origin: page } }],
    ['of the module, shared by the application', { attach: 'middleware', cors: { origin: page } }],
    ['that checkOrigin names', { checkOrigin: page }],
  ])('of origins %s are let in, and nobody else', async (_what, options) => {
    await using running = await startApp({ platform, options });
    expect(await answersFor(running, page)).toEqual([200, 101]);
    expect(await answersFor(running, 'https://foreign.test')).toEqual([403, 403]);
  });

  it.each<[string, Parameters<TestApp['app']['enableCors']>[0]]>([
    ['a list', { origin: [page] }],
    [
      'a function',
      { origin: (origin: string, callback: (e: null, ok: boolean) => void) => callback(null, origin === page) },
    ],
  ])("of origins that the application's CORS lets in by %s count with attach: 'middleware'", async (_what, cors) => {
    await using running = await startApp({
      platform,
      options: { attach: 'middleware' },
      configure: (app) => app.enableCors(cors),
    });
    expect(await answersFor(running, page)).toEqual([200, 101]);
    expect(await answersFor(running, 'https://foreign.test')).toEqual([403, 403]);
  });

  it('of all origins are let in where that is asked for', async () => {
    await using running = await startApp({ platform, options: { checkOrigin: false } });
    expect(await answersFor(running, page)).toEqual([200, 101]);
  });
});

describe('a CORS middleware of Express', () => {
  it('for some paths alone is not warned of', async () => {
    const { default: cors } = (await import('cors')) as { default: (options: object) => never };
    await using running = await startApp({ configure: (app) => void app.use('/api', cors({ origin: page })) });
    expect(warnings(running)).toEqual([]);
  });
});
