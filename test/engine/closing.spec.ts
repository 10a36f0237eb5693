import { describe, expect, it } from '@jest/globals';
import type { EngineOptions } from '../../lib/engine/index.js';
import { deferred, TestEngine } from './support.js';

describe('a closed engine', () => {
  it('tells that it takes nobody any more, until it is attached again', async () => {
    await using test = await TestEngine.start();
    const { engine } = test;
    engine.close();
    const status = (): Promise<number> =>
      new Promise((resolve) => {
        const response = { writeHead: resolve, end() {} };
        engine.handleRequest({ url: '/?EIO=4&transport=polling', headers: {} } as never, response as never);
      });
    expect(await status()).toBe(503);
    test.httpServer.on('upgrade', (request, socket, head) => engine.handleUpgrade(request, socket, head));
    expect(await test.raw(test.upgradeRequest('?EIO=4&transport=websocket'))).toMatch(/^HTTP\/1\.1 503 /);
    test.httpServer.removeAllListeners('upgrade');
    engine.attach(test.httpServer);
    expect(await test.handshake()).toHaveLength(24);
  });

  it('opens no session that was asked for before it closed', async () => {
    const asked = [deferred<() => void>(), deferred<() => void>()];
    const waiting = [...asked];
    const allowRequest: EngineOptions['allowRequest'] = (_request, decide) =>
      waiting.shift()!.resolve(() => decide(null, true));
    await using test = await TestEngine.start({ allowRequest });
    const polling = test.request('?EIO=4&transport=polling');
    const allowPolling = await asked[0]!.promise;
    const upgrade = test.raw(test.upgradeRequest('?EIO=4&transport=websocket'));
    const allowUpgrade = await asked[1]!.promise;
    test.engine.close();
    allowPolling();
    allowUpgrade();
    expect((await polling).status).toBe(503);
    expect(await upgrade).toMatch(/^HTTP\/1\.1 503 /);
    expect(test.engine.clientsCount).toBe(0);
    expect(test.sockets).toEqual([]);
  });
});
