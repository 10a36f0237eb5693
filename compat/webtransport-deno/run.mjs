// The engine in Deno, over real HTTP/3, with the published client in Chromium. See docs/webtransport.md.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const denoFolder = here('node_modules/deno');
const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const needs = [
  [chromiumPath, 'apt-get install -y --no-install-recommends chromium'],
  ['/usr/bin/openssl', 'apt-get install -y --no-install-recommends openssl'],
  [denoFolder, 'npm --prefix compat/webtransport-deno install --no-package-lock'],
  [here('../../dist/esm/server/index.js'), 'npm run build'],
];
for (const [path, advice] of needs) {
  if (existsSync(path)) continue;
  console.error(`There is no ${path}: ${advice}`);
  process.exit(1);
}

const patience = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'webtransport-deno-'));
const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
let server;
let context;
try {
  const hash = makeCertificate();
  server = await startServer();
  console.log(`Deno serves HTTP/1.1 on port ${server.port} of TCP, HTTP/3 on port ${server.quicPort} of UDP.`);
  context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: chromiumPath,
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  const page = await context.newPage();
  // The client pipes into its stream and does not look how that ends.
  page.on('pageerror', ({ message }) => /closed|lost/.test(message) || console.error(`The page: ${message}`));
  await page.goto(`http://127.0.0.1:${server.port}/`);
  await page.evaluate(prepare, { quicPort: server.quicPort, hash: [...hash], patience });
  console.log(`Chromium ${context.browser()?.version() ?? ''} has the page.`);
  await checkAll(page, server);
  console.log('All of it works.');
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await context?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

async function checkAll(page, { heard }) {
  const check = async (what, run) => {
    const result = await within(run(), what);
    console.log(`  ${what}${result === undefined ? '' : `: ${result}`}`);
  };
  for (const transports of [['webtransport'], ['polling', 'webtransport']]) {
    console.log(`The published client over ${transports.join(', then ')}`);
    await check('connects', async () => {
      const described = await page.evaluate((list) => open(list), transports);
      assert.equal(described.transport, 'webtransport');
      assert.equal(described.address, '127.0.0.1');
      return JSON.stringify(described);
    });
    await check('gets an ack in milliseconds, on average of 100', () =>
      page.evaluate(async () => {
        const start = performance.now();
        for (let count = 0; count < 100; count++) await client.emitWithAck('echo', count);
        return ((performance.now() - start) / 100).toFixed(2);
      }),
    );
    await check('exchanges text and 100 kB of bytes both ways', async () => {
      const isSame = await page.evaluate(async () => {
        const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
        const back = await client.emitWithAck('echo', { text: 'zwölf €', bytes });
        return back.text === 'zwölf €' && new Uint8Array(back.bytes).every((byte, index) => byte === bytes[index]);
      });
      assert.equal(isSame, true);
    });
    await check('keeps the order of a thousand packets', async () => {
      const order = await page.evaluate(() =>
        Promise.all(Array.from({ length: 1_000 }, (_, index) => client.emitWithAck('echo', index))),
      );
      assert.deepEqual(
        order,
        order.map((_, index) => index),
      );
    });
    await check('gets what is sent to its rooms', async () => {
      const told = await page.evaluate(async () => {
        await client.emitWithAck('join', 'garden');
        const event = next(client, 'hello');
        client.emit('tell', 'garden', 'hello', 1);
        return event;
      });
      assert.deepEqual(told, [1]);
    });
    await check('answers pings', async () => {
      await page.evaluate(() => next(client.io, 'ping').then(() => next(client.io, 'ping')));
      assert.equal(await page.evaluate(() => client.connected), true);
    });
    await check('is disconnected from its namespace', async () => {
      const reason = await page.evaluate(() => leave(() => client.emit('leave me')));
      assert.equal(reason, 'io server disconnect');
    });
    await page.evaluate((list) => open(list), transports);
    await check('is cut off, and sees this', () => page.evaluate(() => leave(() => client.emit('cut me'))));
    await page.evaluate((list) => open(list), transports);
    await check('disconnects itself, and the server sees', async () => {
      const id = await page.evaluate(() => client.id);
      await page.evaluate(() => leave(() => client.disconnect()));
      return (await heard(({ gone }) => gone === id)).reason;
    });
  }
  console.log('A session of the page');
  await check('is refused by allowRequest', async () => {
    // It settles either way, as Deno ends the connection with the session.
    await page.evaluate(() => raw('?token=wrong').then(({ session }) => session.closed.catch(() => {})));
    await heard(({ closed }) => closed === '?token=wrong');
  });
  await check('is told when the server closes, as', async () => {
    await page.evaluate(() => open(['webtransport']));
    const reason = await page.evaluate(() => leave(() => client.emit('close the server')));
    assert.match(reason, /^transport (close|error)$/);
    return reason;
  });
}

/** Runs in the page: what the checks are made of. */
function prepare({ quicPort, hash, patience }) {
  const webtransport = {
    port: quicPort,
    serverCertificateHashes: [{ algorithm: 'sha-256', value: Uint8Array.from(hash) }],
  };
  window.next = (emitter, event) =>
    new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error(`There was no "${event}"`)), patience);
      emitter.once(event, (...args) => resolve(args));
    });
  window.open = async (transports) => {
    window.client?.disconnect();
    window.client = io({ forceNew: true, reconnection: false, transports, transportOptions: { webtransport } });
    await next(client, 'connect');
    if (client.io.engine.transport.name !== 'webtransport') await next(client.io.engine, 'upgrade');
    return client.emitWithAck('describe');
  };
  window.leave = async (act) => {
    const end = next(client, 'disconnect');
    act();
    return (await end)[0];
  };
  window.raw = async (query) => {
    const session = new WebTransport(`https://127.0.0.1:${quicPort}/socket.io/${query}`, webtransport);
    await session.ready;
    const stream = await session.createBidirectionalStream();
    // Engine.IO v4 §WebTransport: each packet stands behind its length. This one opens a session.
    await stream.writable.getWriter().write(Uint8Array.of(1, 0x30));
    return { session, stream };
  };
}

/** Starts Deno, and waits until it listens. */
async function startServer() {
  // Puts the program in its place where npm runs no install scripts.
  execFileSync(process.execPath, [join(denoFolder, 'bin.cjs'), '--version'], { stdio: 'pipe' });
  const denoPath = join(denoFolder, process.platform === 'win32' ? 'deno.exe' : 'deno');
  const child = spawn(denoPath, ['run', '-A', '--unstable-net', here('server.mjs'), files.cert, files.key], {
    cwd: here('.'),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DENO_DIR: join(folder, 'deno'), DENO_NO_UPDATE_CHECK: '1' },
  });
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  const said = [];
  const lines = createInterface(child.stdout).on('line', (line) => said.push(JSON.parse(line)));
  try {
    const ended = exited.then(([code]) => Promise.reject(new Error(`Deno ended with ${code}`)));
    await within(Promise.race([once(lines, 'line'), ended]), 'Deno starts');
    ended.catch(() => {});
  } catch (error) {
    await stop();
    throw error;
  }
  const heard = async (matches) => {
    while (!said.some(matches)) await within(once(lines, 'line'), 'Deno says what it has to');
    return said.find(matches);
  };
  return { ...said[0], heard, stop };
}

function makeCertificate() {
  // W3C WebTransport §serverCertificateHashes: of an elliptic curve, and valid for two weeks at most.
  execFileSync(
    '/usr/bin/openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '10'],
      ...['-keyout', files.key, '-out', files.cert, '-subj', '/CN=127.0.0.1'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ],
    { stdio: 'pipe' },
  );
  return createHash('sha256')
    .update(new X509Certificate(readFileSync(files.cert)).raw)
    .digest();
}

async function within(promise, what) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`In ${patience} ms it did not come to this: ${what}`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
