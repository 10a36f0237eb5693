import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import type { Page } from 'playwright-core';
import { startChromium, type Chromium } from '../support/chromium.js';
import { Clients, next, transportLists } from '../support/clients.js';
import { debian, describeWith } from '../support/debian.js';
import { startSample, type SampleProcess } from '../support/sample-process.js';
import { refusal } from '../nest/refusal.js';

const passwords = { ada: 'analytical engine', grace: 'first compiler', mallory: 'man in the middle' };
type Name = keyof typeof passwords;

/** The sample with settings of its environment. */
async function startAuth(settings: Record<string, string> = {}): Promise<SampleProcess> {
  Object.assign(process.env, settings);
  try {
    return await startSample('auth');
  } finally {
    for (const name of Object.keys(settings)) delete process.env[name];
  }
}

async function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

async function tokenOf({ url }: SampleProcess, name: Name): Promise<string> {
  const response = await post(`${url}/login`, { name, password: passwords[name] });
  return ((await response.json()) as { token: string }).token;
}

describe('the login', () => {
  const secret = 'a secret of the specs';
  let sample: SampleProcess;
  let clients: Clients;

  beforeAll(async () => {
    sample = await startAuth({ JWT_SECRET: secret });
    clients = new Clients(() => sample.url);
  }, 60_000);
  afterEach(() => clients.close());
  afterAll(async () => {
    await sample.stop();
  });

  const enter = (name: Name): Promise<Awaited<ReturnType<Clients['connect']>>> =>
    tokenOf(sample, name).then((token) => clients.connect('/members', { auth: { token } }));

  it.each(transportLists)('lets in by the token in `auth` over %s', async (_name, transports) => {
    const token = await tokenOf(sample, 'ada');
    const socket = await clients.connect('/members', { transports, auth: { token } });
    expect(await socket.emitWithAck('who')).toEqual({ ok: true, data: { name: 'ada', isAdmin: true } });
  });

  it.each(transportLists)('lets in by the token in a cookie over %s', async (_name, transports) => {
    const login = await post(`${sample.url}/login`, { name: 'grace', password: passwords.grace, remember: true });
    expect(await login.json()).toEqual({ name: 'grace' });
    const [cookie] = login.headers.getSetCookie();
    expect(cookie).toMatch(/^token=[\w.-]+; Max-Age=900; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/);
    const extraHeaders = { cookie: cookie!.split(';')[0]! };
    const socket = await clients.connect('/members', { transports, extraHeaders });
    expect(await socket.emitWithAck('who')).toEqual({ ok: true, data: { name: 'grace', isAdmin: false } });
  });

  it.each([
    ['a wrong password', { name: 'ada', password: 'wrong' }, 401, 'Wrong name or password'],
    ['an unknown name', { name: 'nobody', password: passwords.ada }, 401, 'Wrong name or password'],
    ['no password', { name: 'ada' }, 400, 'A password cannot be empty'],
    ['a password that is no text', { name: 'ada', password: { length: 1 } }, 400, 'A password cannot be empty'],
    [
      'an endless password',
      { name: 'ada', password: 'x'.repeat(201) },
      400,
      'A password can have 200 characters at most',
    ],
  ])('refuses %s', async (_what, body, status, message) => {
    const response = await post(`${sample.url}/login`, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ message });
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  const claims = { subject: 'ada', jwtid: 'by hand' };
  it.each([
    ['no token', undefined],
    ['a token of somebody else', jwt.sign({}, 'another secret', { ...claims, expiresIn: 60 })],
    ['a token that has expired', jwt.sign({}, secret, { ...claims, expiresIn: -60 })],
    ['a token of nobody', jwt.sign({}, secret, { ...claims, subject: 'nobody', expiresIn: 60 })],
    ['a token without a signature', jwt.sign({}, '', { ...claims, algorithm: 'none', expiresIn: 60 })],
  ])('is asked for with %s', async (_what, token) => {
    expect(await refusal(clients, '/members', { auth: token === undefined ? {} : { token } })).toEqual({
      message: 'Unauthorized',
      data: { status: 401, message: 'Unauthorized' },
    });
  });

  it('keeps out who is banned, and says why', async () => {
    const token = await tokenOf(sample, 'mallory');
    expect(await refusal(clients, '/members', { auth: { token } })).toEqual({
      message: 'You are banned',
      data: { status: 403, message: 'You are banned' },
    });
  });

  it('is not needed in the lobby alone', async () => {
    const lobby = clients.create('/lobby');
    expect(await next(lobby, 'members')).toEqual([0]);
    const counted = next(lobby, 'members');
    const ada = await enter('ada');
    expect(await counted).toEqual([1]);
    const countedAgain = next(lobby, 'members');
    ada.disconnect();
    expect(await countedAgain).toEqual([0]);
    expect(await refusal(clients)).toEqual({
      message: 'Forbidden namespace',
      data: { status: 403, message: 'Forbidden namespace' },
    });
  });

  it('tells members what a member says', async () => {
    const [ada, grace] = [await enter('ada'), await enter('grace')];
    const said = next(grace, 'said');
    expect(await ada.emitWithAck('say', 'Hello')).toEqual({ ok: true, data: null });
    expect(await said).toEqual([{ from: 'ada', text: 'Hello' }]);
    expect(await ada.emitWithAck('say', ' ')).toEqual({
      ok: false,
      error: { status: 400, message: 'A message cannot be empty' },
    });
  });

  it('sends a notice of a controller to every device of one user', async () => {
    const [phone, laptop, ada] = [await enter('grace'), await enter('grace'), await enter('ada')];
    const others: unknown[] = [];
    ada.on('notice', (notice) => others.push(notice));
    const arrived = Promise.all([next(phone, 'notice'), next(laptop, 'notice')]);
    const authorization = `Bearer ${await tokenOf(sample, 'ada')}`;
    const notify = (name: string, headers = {}): Promise<number> =>
      post(`${sample.url}/notices/${name}`, { text: 'Tea?' }, headers).then(({ status }) => status);
    expect(await notify('grace', { authorization })).toBe(202);
    expect(await arrived).toEqual([[{ from: 'ada', text: 'Tea?' }], [{ from: 'ada', text: 'Tea?' }]]);
    await ada.emitWithAck('who');
    expect(others).toEqual([]);
    expect(await notify('nobody', { authorization })).toBe(404);
    expect(await notify('grace')).toBe(401);
  });

  it('ends with the logout: its sockets are disconnected, its token is worth nothing; other logins go on', async () => {
    const token = await tokenOf(sample, 'grace');
    const ending = await clients.connect('/members', { auth: { token } });
    const other = await enter('grace');
    const gone = next(ending, 'disconnect');
    const logOut = (): Promise<Response> => post(`${sample.url}/logout`, {}, { authorization: `Bearer ${token}` });
    const response = await logOut();
    expect(response.status).toBe(204);
    expect(response.headers.getSetCookie()).toEqual([
      'token=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Strict',
    ]);
    expect((await gone)[0]).toBe('io server disconnect');
    expect((await refusal(clients, '/members', { auth: { token } })).data).toMatchObject({ status: 401 });
    expect((await logOut()).status).toBe(401);
    expect(await other.emitWithAck('who')).toMatchObject({ ok: true });
  });
});

it('lets an admin ban, who else may not', async () => {
  const sample = await startAuth();
  const clients = new Clients(() => sample.url);
  try {
    const [adaToken, graceToken] = [await tokenOf(sample, 'ada'), await tokenOf(sample, 'grace')];
    const ada = await clients.connect('/members', { auth: { token: adaToken } });
    const grace = await clients.connect('/members', { auth: { token: graceToken } });
    expect(await grace.emitWithAck('ban', 'ada')).toEqual({
      ok: false,
      error: { status: 403, message: 'Forbidden resource' },
    });
    const gone = next(grace, 'disconnect');
    expect(await ada.emitWithAck('ban', 'grace')).toEqual({ ok: true, data: null });
    expect((await gone)[0]).toBe('io server disconnect');
    const { message } = await refusal(clients, '/members', { auth: { token: graceToken } });
    expect(message).toBe('You are banned');
    expect(await ada.emitWithAck('ban', 'nobody')).toMatchObject({ ok: false, error: { status: 404 } });
  } finally {
    clients.close();
    await sample.stop();
  }
}, 60_000);

it('disconnects a socket whose token expires, and says so', async () => {
  const sample = await startAuth({ TOKEN_LIFETIME: '3' });
  const clients = new Clients(() => sample.url);
  try {
    const ada = await clients.connect('/members', { auth: { token: await tokenOf(sample, 'ada') } });
    const [told, gone] = [next(ada, 'exception'), next(ada, 'disconnect')];
    expect(await told).toMatchObject([{ status: 401, message: 'The authentication has expired' }]);
    expect((await gone)[0]).toBe('io server disconnect');
  } finally {
    clients.close();
    await sample.stop();
  }
}, 60_000);

describeWith([debian.chromium], 'the login page, in Chromium', () => {
  let sample: SampleProcess;
  let browser: Chromium;

  beforeAll(async () => {
    sample = await startAuth();
    browser = await startChromium();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await sample?.stop();
  });

  async function logIn(page: Page, name: Name, password: string = passwords[name]): Promise<void> {
    await page.fill('#name', name);
    await page.fill('#password', password);
    await page.click('#login button');
  }

  const waitForText = (page: Page, selector: string, text: string): Promise<unknown> =>
    page.waitForFunction(([query, wanted]) => document.querySelector(query!)?.textContent === wanted, [selector, text]);

  it('lets in with a token or a cookie, shows refusals, and logs out', async () => {
    const page = await browser.context.newPage();
    const errors: unknown[] = [];
    page.on('pageerror', (error) => errors.push(error));
    await page.goto(sample.url);
    await waitForText(page, '#count', '0');
    expect(await page.textContent('#refusal')).toBe('');

    await logIn(page, 'ada', 'wrong');
    await waitForText(page, '#refusal', '401: Wrong name or password');
    await logIn(page, 'mallory');
    await waitForText(page, '#refusal', '403: You are banned');

    await logIn(page, 'ada');
    await page.waitForSelector('#room:not([hidden])');
    expect(await page.textContent('#me')).toBe('ada');
    expect(await page.textContent('#refusal')).toBe('');
    await waitForText(page, '#count', '1');
    // The token was in memory alone.
    await page.reload();
    await page.waitForSelector('#login:not([hidden])');
    await waitForText(page, '#count', '0');

    await page.check('#remember');
    await logIn(page, 'grace');
    await waitForText(page, '#me', 'grace');
    expect(await page.evaluate(() => document.cookie)).toBe('');
    await page.reload();
    await waitForText(page, '#me', 'grace');

    const second = await browser.context.newPage();
    await second.goto(sample.url);
    await waitForText(second, '#me', 'grace');
    await second.fill('#text', 'Hello <b>me</b>');
    await second.click('#say button');
    await waitForText(page, '#lines li', 'grace: Hello <b>me</b>');

    await page.click('#logout');
    await page.waitForSelector('#login:not([hidden])');
    await waitForText(second, '#refusal', 'You have been disconnected');
    await page.reload();
    await waitForText(page, '#count', '0');
    expect(await page.isVisible('#login')).toBe(true);
    expect(errors).toEqual([]);
  }, 60_000);

  it('shows that a token has expired', async () => {
    const own = await startAuth({ TOKEN_LIFETIME: '5' });
    try {
      const page = await browser.context.newPage();
      await page.goto(own.url);
      await logIn(page, 'ada');
      await page.waitForSelector('#room:not([hidden])');
      await waitForText(page, '#refusal', 'The authentication has expired');
      expect(await page.isVisible('#login')).toBe(true);
    } finally {
      await own.stop();
    }
  }, 60_000);
});
