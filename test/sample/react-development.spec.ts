import { spawn, type ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startChromium, type Chromium } from '../support/chromium.js';
import { end, freePort } from '../support/cluster-process.js';
import { debian, describeWith } from '../support/debian.js';
import { startSample, type SampleProcess } from '../support/sample-process.js';
import { enter, openDoor, say, showsSaid, showsState } from './talk-page.js';

jest.setTimeout(60_000);

/** Starts Vite's development server of the page, which hands on what is for Socket.IO to a port. */
async function startVite(port: number, target: number): Promise<ChildProcess> {
  const args = ['-c', 'sample/11-react/vite.config.ts', '--port', String(port), '--strictPort'];
  const vite = spawn(process.execPath, ['node_modules/vite/bin/vite.js', ...args], {
    env: { ...process.env, PORT: String(target), NO_COLOR: '1', NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [vite.stdout, vite.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes(`http://localhost:${port}`)) resolve();
      });
    }
    vite.once('exit', (code) => reject(new Error(`Vite ended with ${code}\n${output}`)));
  });
  return vite;
}

describeWith([debian.chromium], 'the React page in development, with StrictMode and behind the proxy of Vite', () => {
  let url: string;
  let sample: SampleProcess;
  let vite: ChildProcess;
  let browser: Chromium;
  const errors: unknown[] = [];

  beforeAll(async () => {
    const [port, target] = [await freePort(), await freePort()];
    url = `http://localhost:${port}`;
    sample = await startSample('react', { port: target });
    vite = await startVite(port, target);
    browser = await startChromium();
    // The first page has Vite prepare the packages, and may be loaded twice for it.
    const first = await openDoor(browser, url, errors);
    await enter(first, 'First');
    await showsState(first, 'connected');
    await first.close();
  });
  afterAll(async () => {
    await browser?.close();
    if (vite !== undefined) await end(vite, 'SIGTERM');
    await sample?.stop();
  });

  /** Every listener of the page's socket that a component has added. */
  const listeners = (page: Page): Promise<number> =>
    page.evaluate(async () => {
      const path = '/socket/shared-socket.ts';
      const { sharedSocket } = (await import(path)) as {
        sharedSocket: (url: string) => { socket: { listeners(event: string): unknown[] } };
      };
      const { socket } = sharedSocket('/talk');
      return ['said', 'connect', 'disconnect', 'connect_error'].flatMap((event) => socket.listeners(event)).length;
    });

  it('lets two pages talk through the proxy, over WebSocket', async () => {
    const pages = [await openDoor(browser, url, errors), await openDoor(browser, url, errors)];
    const isUpgraded = pages[0]!.waitForEvent('websocket', (socket) => socket.url().includes('transport=websocket'));
    for (const [index, page] of pages.entries()) {
      await enter(page, `Tab ${index}`);
      await showsState(page, 'connected');
    }
    await isUpgraded;
    await say(pages[0]!, 'through the proxy');
    await showsSaid(pages[1]!, 'through the proxy');
    for (const page of pages) await page.close();
    expect(errors).toEqual([]);
  });

  it('makes one connection, though effects run twice', async () => {
    const page = await openDoor(browser, url, errors);
    let handshakes = 0;
    let joins = 0;
    page.on('request', (request) => {
      if (request.url().includes('/socket.io/?EIO=4') && !request.url().includes('sid=')) handshakes++;
      joins += request.postData()?.split('40/talk').slice(1).length ?? 0;
    });
    await enter(page, 'Ann');
    await showsState(page, 'connected');
    await say(page, 'once');
    await showsSaid(page, 'once');
    expect([handshakes, joins]).toEqual([1, 1]);
    await page.close();
    expect(errors).toEqual([]);
  });

  it('leaves no listener behind when it leaves, and connects anew when it comes back', async () => {
    const page = await openDoor(browser, url, errors);
    expect(await listeners(page)).toBe(0);
    await enter(page, 'Ann');
    await showsState(page, 'connected');
    expect(await listeners(page)).toBe(4);
    await page.click('text=Leave');
    await page.waitForSelector('[name=name]');
    expect(await listeners(page)).toBe(0);
    await enter(page, 'Ben');
    await showsState(page, 'connected');
    expect(await listeners(page)).toBe(4);
    await say(page, 'as Ben');
    await page.waitForSelector('li[data-state=sent]:has(b:text-is("Ben")) span:text-is("as Ben")');
    await page.close();
    expect(errors).toEqual([]);
  });
});
