import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { request } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { ClientBundle } from '../../lib/server/client-bundle.js';
import { startTestServer } from '../../lib/testing/index.js';

const require = createRequire(import.meta.url);
const versionOf = (source: string): string => (require(`${source}/package.json`) as { version: string }).version;
const version = versionOf('rookery');
const sourceOf = (file: string): string => (file.includes('msgpack') ? 'socket.io-client' : 'rookery');
const contentOf = (file: string): Buffer =>
  readFileSync(file.includes('msgpack') ? `node_modules/socket.io-client/dist/${file}` : `dist/client/${file}`);

/** Asks without the help of `fetch`, which decodes what it gets. */
function ask(url: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const asked = request(url, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('the browser files of the client', () => {
  const files = [
    'socket.io.js',
    'socket.io.min.js',
    'socket.io.esm.min.js',
    'rookery.esm.min.js',
    'socket.io.msgpack.min.js',
  ];

  it.each(files.flatMap((file) => [file, `${file}.map`]))('hold %s', async (file) => {
    await using server = await startTestServer();
    const { status, headers, body } = await ask(`${server.url}/socket.io/${file}?whatever`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'cache-control': 'public, max-age=0',
      'content-type': `application/${file.endsWith('.map') ? 'json' : 'javascript'}; charset=utf-8`,
      etag: `"${versionOf(sourceOf(file))}"`,
    });
    expect(body.equals(contentOf(file))).toBe(true);
  });

  it.each(['socket.io.esm.js', 'socket.io.js/', '../package.json', 'socket.ioxjs', 'index.js', 'socket.io.js.map.map'])(
    'do not hold %s',
    async (file) => {
      await using server = await startTestServer();
      expect((await ask(`${server.url}/socket.io/${file}`)).status).toBe(404);
    },
  );

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
  ] as const)('are compressed: %s', async (coding, decode) => {
    await using server = await startTestServer();
    const { headers, body } = await ask(`${server.url}/socket.io/socket.io.min.js`, { 'Accept-Encoding': coding });
    expect(headers).toMatchObject({ 'content-encoding': coding, vary: 'Accept-Encoding' });
    expect(decode(body).equals(contentOf('socket.io.min.js'))).toBe(true);
  });

  it('are compressed with brotli for a client that takes everything', async () => {
    await using server = await startTestServer();
    const { headers } = await ask(`${server.url}/socket.io/socket.io.js`, { 'Accept-Encoding': 'gzip, deflate, br' });
    expect(headers['content-encoding']).toBe('br');
  });

  it.each([
    ['client', `"${version}"`],
    ['proxy', `W/"${version}"`],
  ])('are not sent again to a %s that has them', async (_, tag) => {
    await using server = await startTestServer();
    const { status, body } = await ask(`${server.url}/socket.io/socket.io.js`, { 'If-None-Match': tag });
    expect([status, body.length]).toEqual([304, 0]);
    expect((await ask(`${server.url}/socket.io/socket.io.js`, { 'If-None-Match': '"older"' })).status).toBe(200);
  });

  it('stand below the path, with the headers for other origins', async () => {
    await using server = await startTestServer(undefined, { path: '/live', cors: { origin: 'https://page.test' } });
    const { status, headers } = await ask(`${server.url}/live/socket.io.js`, { Origin: 'https://page.test' });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://page.test',
      vary: 'Origin, Accept-Encoding',
    });
    expect((await ask(`${server.url}/socket.io/socket.io.js`)).status).toBe(404);
  });

  it('are not served where serveClient is off', async () => {
    await using server = await startTestServer(undefined, { serveClient: false });
    expect(server.io.serveClient()).toBe(false);
    expect((await ask(`${server.url}/socket.io/socket.io.js`)).status).toBe(404);
  });

  it('are no more, and no less, after serveClient() and another attach()', async () => {
    await using server = await startTestServer();
    expect(server.io.serveClient()).toBe(true);
    server.io.serveClient(false).attach(server.io.httpServer!);
    expect((await ask(`${server.url}/socket.io/socket.io.js`)).status).toBe(404);
    expect((await ask(server.endpoint('polling'))).status).toBe(200);
  });

  it('are missing with a word about the package that is not installed', async () => {
    const [script, folder] = [process.argv[1], process.cwd()];
    await using server = await startTestServer();
    process.argv[1] = '/nowhere/main.js';
    process.chdir('/');
    try {
      for (const file of ['socket.io.js', 'socket.io.msgpack.min.js']) {
        const { status, body } = await ask(`${server.url}/socket.io/${file}`);
        expect(status).toBe(404);
        expect(body.toString()).toContain(sourceOf(file));
      }
    } finally {
      process.argv[1] = script!;
      process.chdir(folder);
    }
  });

  it('are told apart from everything else by their whole name', () => {
    const bundle = new ClientBundle();
    expect(bundle.serves('/socket.io', '/socket.io/socket.io.js')).toBe(true);
    expect(bundle.serves('/socket.io', '/other/socket.io.js')).toBe(false);
    expect(bundle.serves('/socket.io', undefined)).toBe(false);
  });
});
