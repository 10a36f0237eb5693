import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startChromium, type Chromium } from '../support/chromium.js';
import { Clients } from '../support/clients.js';
import { freePort } from '../support/cluster-process.js';
import { debian, describeWith } from '../support/debian.js';
import { startSample, type SampleProcess } from '../support/sample-process.js';
import { until } from '../support/waiting.js';
import { enter, openDoor, say, showsSaid, showsState, textsIn } from './talk-page.js';

jest.setTimeout(60_000);

describe('the page that Vite has built', () => {
  const assets = 'dist/sample/react/page/assets';

  it('has the client in a file of its own, of 10.5 kB at most when compressed', () => {
    const files = readdirSync(assets).filter((name) => /^client-.*\.js$/.test(name));
    expect(files).toHaveLength(1);
    const { byteLength } = gzipSync(readFileSync(join(assets, files[0]!)), { level: 9 });
    expect(byteLength).toBeGreaterThan(5_000);
    expect(byteLength).toBeLessThan(10_500);
  });

  it('has nothing of the server', () => {
    const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
    const text = scripts.map((name) => readFileSync(join(assets, name), 'utf8')).join('');
    // What the gateway's module holds, beside the types that the page takes from it.
    expect(readFileSync('dist/sample/react/talk/talk.gateway.js', 'utf8')).toContain('TalkGateway');
    expect(text).not.toContain('TalkGateway');
    expect(text).not.toContain('nestjs');
  });
});

describe('the talk', () => {
  it('says a draft that comes twice once', async () => {
    const sample = await startSample('react');
    const clients = new Clients(() => sample.url);
    try {
      const [ann, ben] = [
        await clients.connect('/talk', { auth: { name: 'ann' } }),
        await clients.connect('/talk', { auth: { name: 'ben' } }),
      ];
      const heard: { text: string }[] = [];
      ben.on('said', (message: { text: string }) => heard.push(message));
      const hello = { id: '1', text: 'Hello' };
      const answer = { ok: true, data: { ...hello, from: 'ann' } };
      expect(await ann.emitWithAck('say', hello)).toEqual(answer);
      expect(await ann.emitWithAck('say', hello)).toEqual(answer);
      await ann.emitWithAck('say', { id: '2', text: 'Bye' });
      await until(() => heard.some(({ text }) => text === 'Bye'));
      expect(heard).toMatchObject([{ text: 'Hello' }, { text: 'Bye' }]);
      expect(await ben.emitWithAck('history')).toMatchObject({ data: [{ id: '1' }, { id: '2' }] });
    } finally {
      clients.close();
      await sample.stop();
    }
  });
});

describeWith([debian.chromium], 'the React page, in Chromium', () => {
  let port: number;
  let sample: SampleProcess;
  let browser: Chromium;
  const pages: Page[] = [];
  const errors: unknown[] = [];

  beforeAll(async () => {
    port = await freePort();
    browser = await startChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    errors.length = 0;
    sample = await startSample('react', { port });
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
    await sample.stop();
  });

  async function open(name: string): Promise<Page> {
    const page = await openDoor(browser, sample.url, errors);
    pages.push(page);
    await enter(page, name);
    return page;
  }

  async function join_(name: string): Promise<Page> {
    const page = await open(name);
    await showsState(page, 'connected');
    return page;
  }

  it('lets two pages talk, and shows the one that comes later what was said', async () => {
    const [ann, ben] = [await join_('Ann'), await join_('Ben')];
    await say(ann, 'Hello <b>Ben</b>');
    await showsSaid(ben, 'Hello <b>Ben</b>');
    await say(ben, 'Hello Ann');
    await showsSaid(ann, 'Hello Ann');
    const late = await join_('Cleo');
    await showsSaid(late, 'Hello Ann');
    expect(await textsIn(late, 'sent')).toEqual(['Hello <b>Ben</b>', 'Hello Ann']);
    expect(errors).toEqual([]);
  });

  it('shows the error of an ack beside its message, and offers no second try', async () => {
    const page = await join_('Ann');
    await say(page, 'x'.repeat(201));
    await page.waitForSelector('text=Not sent: A message has 200 characters at most');
    await say(page, 'short');
    await showsSaid(page, 'short');
    expect(await textsIn(page, 'failed')).toEqual(['x'.repeat(201)]);
    expect(await page.$$('text=Try again')).toHaveLength(0);
    expect(errors).toEqual([]);
  });

  it('shows who is not let in why, and lets in under another name', async () => {
    const page = await open('a'.repeat(21));
    await showsState(page, 'refused');
    expect(await page.textContent('[role=alert]')).toBe('A name has 20 characters at most');
    // What would be typed here could never leave.
    expect(await page.isVisible('[name=text]')).toBe(false);
    await page.click('text=Leave');
    await enter(page, 'Ann');
    await showsState(page, 'connected');
    await say(page, 'here');
    await showsSaid(page, 'here');
    expect(errors).toEqual([]);
  });

  it('comes back after a restart of the server, with all that was typed meanwhile, in order', async () => {
    const [ann, ben] = [await join_('Ann'), await join_('Ben')];
    await sample.stop();
    for (const page of [ann, ben]) await showsState(page, 'reconnecting');
    const texts = ['one', 'two', 'three'];
    for (const text of texts) await say(ann, text);
    await ann.waitForSelector('text=(3 waiting)');
    expect(await textsIn(ann, 'pending')).toEqual(texts);
    expect(await ann.isDisabled('text=Leave')).toBe(true);
    sample = await startSample('react', { port });
    for (const page of [ann, ben]) {
      await showsState(page, 'connected');
      for (const text of texts) await showsSaid(page, text);
      expect(await textsIn(page, 'sent')).toEqual(texts);
    }
    expect(errors).toEqual([]);
  });

  it('sends again what was under way when the server was killed', async () => {
    const ann = await join_('Ann');
    // It takes nothing any more, and nobody can know.
    process.kill(sample.pid, 'SIGSTOP');
    await say(ann, 'Is anybody there?');
    await ann.waitForSelector('li[data-state=pending]');
    await showsState(ann, 'connected');
    await sample.kill();
    await showsState(ann, 'reconnecting');
    sample = await startSample('react', { port });
    await showsSaid(ann, 'Is anybody there?');
    const ben = await join_('Ben');
    await showsSaid(ben, 'Is anybody there?');
    expect(await textsIn(ben, 'sent')).toEqual(['Is anybody there?']);
    expect(errors).toEqual([]);
  });

  it('shows that the device is offline', async () => {
    const page = await join_('Ann');
    await sample.stop();
    await showsState(page, 'reconnecting');
    await browser.context.setOffline(true);
    await showsState(page, 'offline');
    await browser.context.setOffline(false);
    await showsState(page, 'reconnecting');
    expect(errors).toEqual([]);
  });
});
