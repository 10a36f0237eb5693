import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Server, type Socket as ServerSocket } from '../../lib/server/index.js';
import { startChromium, type Chromium } from '../support/chromium.js';
import { debian, describeWith } from '../support/debian.js';
import { until } from '../support/waiting.js';
import { next } from './pairs.js';

/** What a page uses of the client. */
interface PageSocket {
  id: string;
  connected: boolean;
  on(event: string, listener: (...args: never[]) => void): void;
  emit(event: string, ...args: unknown[]): void;
  emitWithAck(event: string, ...args: unknown[]): Promise<ArrayBuffer>;
  timeout(milliseconds: number): PageSocket;
  connect(): PageSocket;
  disconnect(): PageSocket;
}

declare global {
  var io: (uri: string | object, options?: object) => PageSocket;
  var all: { receiveReliably(socket: PageSocket): unknown };
  var socket: PageSocket;
  var heard: unknown[];
}

const scripts = {
  'the classic script': '<script src="/socket.io/socket.io.js"></script>',
  'the small classic script': '<script src="/socket.io/socket.io.min.js"></script>',
  'the module':
    '<script type="module">import { io } from "/socket.io/socket.io.esm.min.js"; globalThis.io = io;</script>',
  'the module of everything':
    '<script type="module">import * as all from "/socket.io/rookery.esm.min.js"; Object.assign(globalThis, { all, io: all.io });</script>',
  'the module of WebSocket alone': '<script type="module">import { io } from "/small.js"; globalThis.io = io;</script>',
};

describeWith([debian.chromium], 'the browser builds, in Chromium', () => {
  let browser: Chromium;
  let io: Server;
  let url: string;
  /** What the page has in it. */
  let script: string;
  let page: Page;

  beforeAll(async () => {
    browser = await startChromium();
  }, 60_000);

  afterAll(() => browser?.close());

  beforeEach(async () => {
    const httpServer = createServer((request, response) => {
      const isPage = request.url === '/page';
      response.setHeader('Content-Type', isPage ? 'text/html' : 'text/javascript');
      response.end(isPage ? script : readFileSync('dist/client/socket.io.websocket.esm.min.js'));
    });
    io = new Server(httpServer, { pingInterval: 1_000, pingTimeout: 1_000, reliableDelivery: true });
    await new Promise<void>((resolve) => {
      httpServer.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
    io.on('connection', (peer) => peer.on('echo', (data: unknown, ack: (data: unknown) => void) => ack(data)));
    page = await browser.context.newPage();
  });

  afterEach(async () => {
    await browser.context.setOffline(false);
    await page.close();
    const closed = io.close();
    io.httpServer!.closeAllConnections();
    await closed;
  });

  /** Opens a page with a script, and connects; returns the server's socket. */
  async function connect(content: string, options: object = {}): Promise<ServerSocket> {
    script = content;
    const connection = next(io as never, 'connection');
    await page.goto(`${url}/page`);
    await page.waitForFunction(() => typeof globalThis.io === 'function');
    await page.evaluate((given) => {
      globalThis.heard = [];
      globalThis.socket = globalThis.io({ reconnectionDelay: 20, reconnectionDelayMax: 50, ...given });
      for (const event of ['connect', 'disconnect']) {
        globalThis.socket.on(event, (reason) => globalThis.heard.push(reason ?? event));
      }
    }, options);
    await page.waitForFunction(() => globalThis.socket.connected);
    return (await connection)[0] as ServerSocket;
  }

  const connected = (): Promise<unknown> => page.waitForFunction(() => globalThis.socket.connected);

  it.each(Object.entries(scripts))('connect and carry bytes: %s', async (_name, script) => {
    const peer = await connect(script);
    await until(() => peer.conn.transport.name === 'websocket');
    const bytes = await page.evaluate(async () => [
      ...new Uint8Array(await globalThis.socket.emitWithAck('echo', Uint8Array.of(1, 2, 255).buffer)),
    ]);
    expect(bytes).toEqual([1, 2, 255]);
  });

  it.each(Object.entries(scripts))('do what applications cannot do without: %s', async (_name, script) => {
    io.of('/closed').use((_socket, proceed) => proceed(new Error('closed')));
    const received: unknown[] = [];
    io.of('/talk').on('connection', (peer) => {
      peer.onAny((...args: unknown[]) => received.push(args.filter((each) => typeof each !== 'function')));
      peer.on('ask', (ack: (answer: unknown) => void) => ack(peer.handshake.auth));
    });
    await connect(script);
    const outcome = await page.evaluate(async () => {
      const refused = globalThis.io('/closed');
      const message = await new Promise((resolve) => {
        refused.on('connect_error', (error: Error) => resolve(error.message));
      });
      const talk = globalThis.io('/talk', { auth: { token: 'a' }, autoConnect: true });
      for (let index = 0; index < 20; index++) talk.emit('early', index);
      const auth = await talk.emitWithAck('ask');
      const late = await talk
        .timeout(20)
        .emitWithAck('nobody answers')
        .catch((error: Error) => error.message);
      return { message, auth, late };
    });
    expect(outcome).toEqual({ message: 'closed', auth: { token: 'a' }, late: 'operation has timed out' });
    const early = Array.from({ length: 20 }, (_, index) => ['early', index]);
    expect(received).toEqual([...early, ['ask'], ['nobody answers']]);
  });

  it('are one with all that stands beside the published names', async () => {
    io.on('connection', (peer) => void peer.join('news'));
    await connect(scripts['the module of everything']);
    await page.evaluate(() => {
      const socket = globalThis.io('/', { forceNew: true, autoConnect: false, reconnectionDelay: 20 });
      globalThis.all.receiveReliably(socket);
      socket.on('news', (...args) => globalThis.heard.push(args));
      globalThis.socket = socket.connect();
    });
    await connected();
    await io.to('news').emitReliable('news', 1);
    await page.waitForFunction(() => globalThis.heard.length > 1);
    await page.evaluate(() => {
      globalThis.socket.disconnect();
    });
    await io.to('news').emitReliable('news', 2);
    await page.evaluate(() => {
      globalThis.socket.connect();
    });
    await page.waitForFunction(() => globalThis.heard.length > 2);
    expect(await page.evaluate(() => globalThis.heard)).toEqual(['connect', [1], [2]]);
  });

  it('read a Blob to send it as base64', async () => {
    const peer = await connect(scripts['the module'], { transports: ['websocket'], forceBase64: true });
    const data = next(peer as never, 'data');
    await page.evaluate(() => {
      globalThis.socket.emit('data', new Blob([Uint8Array.of(4, 5)]));
    });
    expect([...((await data)[0] as Buffer)]).toEqual([4, 5]);
  });

  it.each([['polling'], ['websocket']])('keep to %s', async (transport) => {
    const peer = await connect(scripts['the module'], { transports: [transport] });
    expect(peer.conn.transport.name).toBe(transport);
    const bytes = await page.evaluate(async () => [
      ...new Uint8Array(await globalThis.socket.emitWithAck('echo', Uint8Array.of(7, 0))),
    ]);
    expect(bytes).toEqual([7, 0]);
    expect(peer.conn.transport.name).toBe(transport);
  });

  it.each([['polling'], ['websocket']])('come back after a cut connection over %s', async (transport) => {
    const peer = await connect(scripts['the small classic script'], { transports: [transport] });
    peer.conn.close();
    await page.waitForFunction(() => globalThis.heard.length === 3);
    expect(await page.evaluate(() => globalThis.heard)).toEqual(['connect', 'transport close', 'connect']);
  });

  it('close as the page goes offline, and come back with it', async () => {
    await connect(scripts['the classic script']);
    await browser.context.setOffline(true);
    await page.waitForFunction(() => globalThis.heard.includes('transport close'));
    expect(await page.evaluate(() => globalThis.socket.connected)).toBe(false);
    await browser.context.setOffline(false);
    await connected();
  });

  it.each([['polling'], ['websocket']])('carry a Blob, in its place among events, over %s', async (transport) => {
    const peer = await connect(scripts['the module'], { transports: [transport] });
    const seen: unknown[] = [];
    peer.on('data', (data: unknown) => seen.push(data instanceof Buffer ? [...data] : data));
    await page.evaluate(() => {
      globalThis.socket.emit('data', 'before');
      globalThis.socket.emit('data', new Blob([Uint8Array.of(4, 5)]));
      globalThis.socket.emit('data', 'after');
    });
    await until(() => seen.length === 3);
    expect(seen).toEqual(['before', [4, 5], 'after']);
  });
});
