import type { Page } from 'playwright-core';
import type { Chromium } from '../support/chromium.js';

/** Opens the page of the React sample, and hands what it throws to a list. */
export async function openDoor({ context }: Chromium, url: string, errors: unknown[]): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(error));
  await page.goto(url);
  await page.waitForSelector('[name=name]');
  return page;
}

/** Enters under a name, whatever becomes of it. */
export async function enter(page: Page, name: string): Promise<void> {
  await page.fill('[name=name]', name);
  await page.click('text=Enter');
}

/** Waits until the page shows this state of its connection. */
export async function showsState(page: Page, state: string): Promise<void> {
  await page.waitForSelector(`[role=status][data-state=${state}]`);
}

export async function say(page: Page, text: string): Promise<void> {
  await page.fill('[name=text]', text);
  await page.click('text="Say"');
}

/** Waits until the page shows this message as said. */
export async function showsSaid(page: Page, text: string): Promise<void> {
  await page.waitForSelector(`li[data-state=sent] span:text-is(${JSON.stringify(text)})`);
}

/** The texts that the page shows in a state, in order. */
export function textsIn(page: Page, state: 'pending' | 'sent' | 'failed'): Promise<string[]> {
  return page.$$eval(`li[data-state=${state}] span`, (all) => all.map(({ textContent }) => textContent!));
}
