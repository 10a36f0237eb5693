import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startChromium, type Chromium } from '../support/chromium.js';
import { freePort } from '../support/cluster-process.js';
import { debian, describeWith } from '../support/debian.js';
import { startSample, type SampleProcess } from '../support/sample-process.js';

jest.setTimeout(60_000);

describeWith([debian.chromium], 'the pages without a build step, in Chromium', () => {
  let port: number;
  let sample: SampleProcess;
  let browser: Chromium;
  let asking: Page;
  let desk: Page;
  const errors: unknown[] = [];

  beforeAll(async () => {
    port = await freePort();
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });

  beforeEach(async () => {
    errors.length = 0;
    sample = await startSample('html', { port });
    [asking, desk] = [await open(''), await open('/desk')];
  });
  afterEach(async () => {
    await asking.close();
    await desk.close();
    await sample.stop();
  });

  async function open(path: string): Promise<Page> {
    const page = await browser.context.newPage();
    page.on('pageerror', (error) => errors.push(error));
    await page.goto(`${sample.url}${path}`);
    await page.waitForSelector('#connection[data-state=connected]');
    return page;
  }

  async function ask(text: string): Promise<void> {
    await asking.fill('#text', text);
    await asking.click('#ask button');
  }

  const lines = (page: Page, list: string): Promise<string[]> =>
    page.$$eval(`${list} > li`, (all) => all.map((line) => line.firstChild!.textContent!));

  it('talk: the classic script asks, the module answers', async () => {
    await ask('Is <b>tea</b> served?');
    await desk.fill('text=Is <b>tea</b> served? >> input', 'At five.');
    await desk.click('button');
    await asking.waitForSelector('#questions p:text-is("At five.")');
    await desk.waitForSelector('#questions p:text-is("At five.")');
    expect(await lines(asking, '#waiting')).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('show the errors of acks, with their status', async () => {
    await ask(' ');
    await asking.waitForSelector('#refusal:text-is("400: A question needs a text")');
    await ask('Who?');
    await desk.waitForSelector('#questions form');
    await desk.click('button');
    await desk.waitForSelector('#refusal:text-is("An answer needs a text")');
    expect(await lines(desk, '#questions')).toEqual(['Who?']);
    expect(errors).toEqual([]);
  });

  it('come back after a restart of the server, with all that was asked meanwhile, in order', async () => {
    await sample.stop();
    for (const page of [asking, desk]) await page.waitForSelector('#connection[data-state=reconnecting]');
    const questions = ['First?', 'Second?', 'Third?'];
    for (const question of questions) await ask(question);
    expect(await lines(asking, '#waiting')).toEqual(questions);
    sample = await startSample('html', { port });
    for (const page of [asking, desk]) {
      await page.waitForSelector('#connection[data-state=connected]');
      await page.waitForFunction(() => document.querySelectorAll('#questions > li').length === 3);
      expect(await lines(page, '#questions')).toEqual(questions);
    }
    await asking.waitForFunction(() => document.querySelectorAll('#waiting > li').length === 0);
    expect(await asking.textContent('#refusal')).toBe('');
    expect(errors).toEqual([]);
  });
});
