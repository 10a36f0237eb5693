import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Socket } from '../../lib/server/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { debian, describeWith } from '../support/debian.js';
import { startChromium, type Chromium } from '../support/chromium.js';
import { next, type ForeignSocket } from './fixtures/foreign-clients.js';

/** Text that scripts, forms and JSON each treat in their own way. */
const awkwardTexts = [
  ['a line end', 'a\nb\r\nc\rd'],
  ['an escaped line end', String.raw`a\nb\\n\r`],
  ['a backslash before a line end', 'a\\\nb\\\\\nc'],
  ['line ends of scripts', 'a\u2028b\u2029c'],
  ['more than ASCII', 'zwölf € 😀 \u0000'],
  ['what forms and markup use', `a+b&d=c%20%0A;"'</script><b>`],
] as const;

describe('JSONP by hand', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await startTestServer(undefined, { allowEIO3: true });
  });

  afterEach(() => server.close());

  const endpoint = (query: string) => `${server.url}/socket.io/?transport=polling&${query}`;
  const get = async (url: string) => (await fetch(url)).text();

  /** Runs an answer as a page does; returns what its function was called with. */
  function called(script: string, index = 0): string {
    const payloads: string[] = [];
    const ___eio: unknown[] = [];
    ___eio[index] = (payload: string) => payloads.push(payload);
    runInNewContext(script, { ___eio });
    expect(payloads).toHaveLength(1);
    return payloads[0]!;
  }

  /** A session in the main namespace: the URL of its requests, and the server's socket for it. */
  async function open(): Promise<[string, Socket]> {
    const connection = next(server.io, 'connection');
    const handshake = called(await get(endpoint('EIO=3&j=0')));
    const sid = /"sid":"([\w-]{24})"/.exec(handshake)![1]!;
    const session = `${endpoint('EIO=3&j=0')}&sid=${sid}`;
    if (!handshake.endsWith('2:40')) expect(called(await get(session))).toBe('2:40');
    return [session, (await connection)[0] as Socket];
  }

  /** Posts a payload as the published client does: line ends are escaped, for forms change them. */
  async function post(session: string, payload: string): Promise<string> {
    const escaped = payload.replace(/\\n/g, '\\\n').replace(/\n/g, '\\n');
    return (await fetch(session, { method: 'POST', body: new URLSearchParams({ d: escaped }) })).text();
  }

  it('answers with a script that calls the function of the page', async () => {
    const response = await fetch(endpoint('EIO=3&j=7'));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=UTF-8');
    const script = await response.text();
    expect(script).toMatch(/^___eio\[7\]\("\d+:0\{\\"sid\\":\\"[\w-]{24}\\",.*"\);$/);
    expect(response.headers.get('content-length')).toBe(String(script.length));
  });

  it('answers clients of Engine.IO 4 likewise', async () => {
    expect(called(await get(endpoint('EIO=4&j=5')), 5)).toMatch(/^0\{"sid":"[\w-]{24}",/);
  });

  it.each([
    ['alert(1)', '1'],
    ['0](alert(document.cookie));___eio[12', '012'],
    ['</script>', ''],
    ['-1.5e3', '153'],
  ])('keeps nothing but the digits of j=%s', async (callback, digits) => {
    const script = await get(endpoint(`EIO=3&j=${encodeURIComponent(callback)}`));
    expect(script.slice(0, script.indexOf('('))).toBe(`___eio[${digits}]`);
    expect(script).toMatch(/^[^(]*\("(?:[^"\\]|\\.)*"\);$/);
  });

  it('takes the function from the handshake, whatever later requests say', async () => {
    const [session, peer] = await open();
    peer.emit('hi');
    expect(await get(session.replace('j=0', 'j=alert(2)'))).toBe(String.raw`___eio[0]("8:42[\"hi\"]");`);
  });

  it('waits with the answer until there is something to say', async () => {
    const [session, peer] = await open();
    const polled = next(peer.conn, 'drain');
    const answer = get(session);
    await polled;
    peer.emit('late', 1);
    expect(called(await answer)).toBe('12:42["late",1]');
  });

  it.each(awkwardTexts)('sends %s as a script that holds it', async (_what, text) => {
    const [session, peer] = await open();
    peer.emit('text', text);
    const script = await get(session);
    expect(script).not.toMatch(/[\n\r\u2028\u2029]/);
    const message = `42${JSON.stringify(['text', text])}`;
    expect(called(script)).toBe(`${message.length}:${message}`);
  });

  it.each(awkwardTexts)('takes %s from a form', async (_what, text) => {
    const [session, peer] = await open();
    const received = next(peer, 'text');
    const message = `42${JSON.stringify(['text', text])}`;
    expect(await post(session, `${message.length}:${message}`)).toBe('ok');
    expect(await received).toEqual([text]);
  });

  it('carries bytes as base64, both ways', async () => {
    const [session, peer] = await open();
    peer.emit('bytes', Buffer.from([1, 2, 3, 4]));
    const payload = '43:451-["bytes",{"_placeholder":true,"num":0}]10:b4AQIDBA==';
    expect(called(await get(session))).toBe(payload);
    const received = next(peer, 'bytes');
    await post(session, payload);
    expect(await received).toEqual([Buffer.from([1, 2, 3, 4])]);
  });

  it.each([
    ['no payload', 'e=1:2'],
    ['an empty payload', 'd='],
    ['a payload of another length', 'd=9:42["a"]'],
  ])('ends the session for a form with %s', async (_what, body) => {
    const [session, peer] = await open();
    const left = next(peer, 'disconnect');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const response = await fetch(session, { method: 'POST', headers, body });
    expect(await response.text()).toBe('ok');
    expect((await left)[0]).toBe('parse error');
    expect(await get(session)).toBe('{"code":1,"message":"Session ID unknown"}');
  });

  it('tells the page that the session was closed', async () => {
    const [session, peer] = await open();
    peer.disconnect(true);
    expect([called(await get(session)), called(await get(session))]).toEqual(['2:41', '1:61:1']);
  });
});

/** What the bundle puts into its page. */
declare const io: (url: string, options: object) => ForeignSocket;
/** What the tests put there. */
interface TestWindow {
  socket: ForeignSocket;
  received: unknown[][];
}

const bundle = join(
  dirname(createRequire(import.meta.url).resolve('socket.io-client-2/package.json')),
  'dist/socket.io.js',
);

const ways: [name: string, options: object][] = [
  ['JSONP', { forceJSONP: true, transports: ['polling'], upgrade: false }],
  ['XMLHttpRequest', { transports: ['polling'], upgrade: false }],
  ['a WebSocket', { transports: ['websocket'] }],
  ['XMLHttpRequest, then a WebSocket', {}],
];

for (const [name, options] of ways) {
  describeWith([debian.chromium], `a page of another origin with the published client 2.5.0 over ${name}`, () => {
    let chromium: Chromium;
    let pages: HttpServer;
    let origin: string;
    let server: TestServer;
    let page: Page;
    let peer: Socket;
    let errors: unknown[];

    beforeAll(async () => {
      chromium = await startChromium();
      pages = createServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>page</title>');
      });
      pages.listen(0, '127.0.0.1');
      await once(pages, 'listening');
      origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    }, 60_000);

    afterAll(async () => {
      await chromium?.close();
      pages?.close();
    });

    beforeEach(async () => {
      errors = [];
      server = await startTestServer(undefined, { allowEIO3: true, cors: { origin, credentials: true } });
      page = await chromium.context.newPage();
      page.on('pageerror', (error) => errors.push(error));
      await page.goto(origin);
      await page.addScriptTag({ path: bundle });
      const connection = next(server.io, 'connection');
      await page.evaluate(
        ([url, clientOptions]) => {
          const test = window as unknown as TestWindow;
          test.socket = io(url, { reconnection: false, ...clientOptions });
          return new Promise<void>((resolve, reject) => {
            test.socket.once('connect', resolve);
            test.socket.once('connect_error', reject);
          });
        },
        [server.url, options] as const,
      );
      [peer] = (await connection) as [Socket];
    }, 30_000);

    afterEach(async () => {
      await page?.close();
      await server?.close();
    });

    it('connects, and stays on its transport', async () => {
      const best = name.includes('WebSocket') ? 'websocket' : 'polling';
      if (peer.conn.transport.name !== best) await next(peer.conn, 'upgrade');
      expect(await page.evaluate(() => (window as unknown as TestWindow).socket.id)).toBe(peer.id);
      expect(peer.conn.transport.name).toBe(best);
      expect(peer.handshake.query['j']).toBe(name === 'JSONP' ? '0' : undefined);
      expect(peer.handshake).toMatchObject({ xdomain: name !== 'JSONP', query: { EIO: '3' } });
    });

    it('gets acks, and gives them', async () => {
      peer.on('sum', (a: number, b: number, ack: (sum: number) => void) => ack(a + b));
      const sum = await page.evaluate(() => {
        const { socket } = window as unknown as TestWindow;
        socket.on('question', (n: number, ack: (answer: string) => void) => ack(`answer ${n}`));
        return new Promise((resolve) => {
          socket.emit('sum', 1, 2, resolve);
        });
      });
      expect(sum).toBe(3);
      expect(await peer.emitWithAck('question', 1)).toBe('answer 1');
    });

    it('echoes text as it is, both ways', async () => {
      peer.on('echo', (...args: unknown[]) => (args.pop() as (...answers: unknown[]) => void)(...args));
      const texts = awkwardTexts.map(([, text]) => text);
      const received = next(peer, 'up');
      const answers = await page.evaluate((sent) => {
        const { socket } = window as unknown as TestWindow;
        socket.emit('up', ...sent);
        return new Promise((resolve) => {
          socket.emit('echo', ...sent, (...args: unknown[]) => resolve(args));
        });
      }, texts);
      expect(await received).toEqual(texts);
      expect(answers).toEqual(texts);
    });

    it('exchanges bytes, in events and in acks', async () => {
      const received = next(peer, 'up');
      await page.evaluate(() => {
        const { socket } = window as unknown as TestWindow;
        socket.on('reverse', (value: { bytes: ArrayBuffer }, ack: (answer: unknown) => void) => {
          ack({ isBuffer: value.bytes instanceof ArrayBuffer, list: [new Uint8Array(value.bytes).reverse().buffer] });
        });
        socket.emit('up', new Uint8Array([0, 255, 10]).buffer, { deep: [new Uint8Array([1])] });
      });
      expect(await received).toEqual([Buffer.from([0, 255, 10]), { deep: [Buffer.from([1])] }]);
      expect(await peer.emitWithAck('reverse', { bytes: Buffer.from([1, 2, 3]) })).toEqual({
        isBuffer: true,
        list: [Buffer.from([3, 2, 1])],
      });
    });

    it('gets everything in order', async () => {
      const numbers = Array.from({ length: 200 }, (_, n) => n);
      await page.evaluate(() => {
        const test = window as unknown as TestWindow;
        test.received = [];
        test.socket.on('n', (...args: unknown[]) => test.received.push(args));
      });
      for (const n of numbers) peer.emit('n', n, n % 50 === 0 ? Buffer.from([n]) : null);
      await page.waitForFunction(
        (count) => (window as unknown as TestWindow).received.length === count,
        numbers.length,
      );
      const order = await page.evaluate(() => (window as unknown as TestWindow).received.map(([n]) => n));
      expect(order).toEqual(numbers);
    });

    it('tells the server why it leaves', async () => {
      const told = next(peer, 'disconnect');
      await page.evaluate(() => void (window as unknown as TestWindow).socket.disconnect());
      expect((await told)[0]).toBe('client namespace disconnect');
      expect(errors).toEqual([]);
    });

    it('learns that the server ends the connection', async () => {
      await page.evaluate(() => {
        const test = window as unknown as TestWindow;
        test.received = [];
        test.socket.on('disconnect', (...args: unknown[]) => test.received.push(args));
      });
      peer.disconnect(true);
      await page.waitForFunction(() => (window as unknown as TestWindow).received.length > 0);
      const received = await page.evaluate(() => (window as unknown as TestWindow).received);
      expect(received).toEqual([['io server disconnect']]);
      expect(errors).toEqual([]);
    });
  });
}
