import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startChromium, type Chromium } from '../support/chromium.js';
import { debian, describeWith } from '../support/debian.js';
import { startSample, type SampleProcess } from '../support/sample-process.js';

describeWith([debian.chromium], 'the page of the chat, in Chromium', () => {
  let sample: SampleProcess;
  let browser: Chromium;

  beforeAll(async () => {
    sample = await startSample('chat');
    browser = await startChromium({ width: 1000, height: 680 });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await sample?.stop();
  });

  async function join_(nickname: string): Promise<Page> {
    const page = await browser.context.newPage();
    await page.goto(sample.url);
    await page.fill('#nickname', nickname);
    await page.fill('#room', 'garden');
    await page.click('#join button');
    await page.waitForSelector('#chat:not([hidden])');
    return page;
  }

  it('lets two tabs talk', async () => {
    const errors: unknown[] = [];
    const ann = await join_('Ann');
    const bob = await join_('Bob');
    for (const page of [ann, bob]) page.on('pageerror', (error) => errors.push(error));
    const scripts = await ann.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    expect(scripts).toContain(`${sample.url}/socket.io/socket.io.esm.min.js`);
    await ann.waitForFunction(() => document.querySelectorAll('#members li').length === 2);

    await bob.fill('#text', 'Hello <b>Ann</b>, is the kettle on?');
    await ann.waitForFunction(() => document.querySelector('#typing')?.textContent === 'Bob is typing…');
    await bob.click('#send button');
    await ann.waitForFunction(() =>
      [...document.querySelectorAll('.bubble')].some(
        (line) => line.textContent === 'Hello <b>Ann</b>, is the kettle on?',
      ),
    );
    expect(await ann.textContent('#typing')).toBe('');

    await ann.fill('#text', 'It is! Come over.');
    await ann.press('#text', 'Enter');
    await bob.waitForSelector('text=It is! Come over.');
    await ann.waitForFunction(() => document.querySelectorAll('.mine:not(.pending)').length === 1);

    const late = await join_('Cleo');
    await late.waitForFunction(() => document.querySelectorAll('.bubble').length === 2);
    const screenshot = process.env['SCREENSHOT'];
    if (screenshot !== undefined) await ann.screenshot({ path: screenshot });
    expect(errors).toEqual([]);
  }, 60_000);
});
