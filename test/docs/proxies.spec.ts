import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, jest } from '@jest/globals';
import type { Socket } from 'socket.io-client';
import type { LimitHit, Server, ServerOptions } from '../../lib/server/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { createCertificate } from '../support/certificate.js';
import { Clients, transportLists } from '../support/clients.js';
import { freePort, temporaryFolder } from '../support/cluster-process.js';
import { debian, describeWith } from '../support/debian.js';
import { startHaproxy } from '../support/haproxy.js';
import { startNginx } from '../support/nginx.js';
import { until } from '../support/waiting.js';

/** A proxy of the guide before a server of this process. */
interface Proxied extends AsyncDisposable {
  readonly url: string;
  readonly plainPort: number;
  readonly server: TestServer;
  readonly hits: LimitHit[];
}

/** Changes what is shown where it has to be another in a test. */
type Change = readonly [shown: string, instead: string];

/** The ports and the files of a test, in the place of what a configuration has. */
interface Place {
  readonly plainPort: number;
  readonly port: number;
  readonly node: string;
  readonly pem: string;
  readonly key: string;
}

const guide = readFileSync('docs/hardening.md', 'utf8');

/** The one block of the guide in a language. */
function shown(language: string): string {
  const blocks = [...guide.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))];
  expect(blocks).toHaveLength(1);
  return blocks[0]![1]!;
}

function changed(configuration: string, changes: readonly Change[]): string {
  return changes.reduce((all, [from, to]) => {
    expect(all).toContain(from);
    return all.replace(from, to);
  }, configuration);
}

const proxies = {
  nginx: async (changes: readonly Change[], { port, node, pem, key }: Place) => {
    const daemon = await startNginx(
      changed(shown('nginx'), [
        ['listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`],
        ['/etc/ssl/example.org.pem', pem],
        ['/etc/ssl/example.org.key', key],
        ['10.0.0.1:3000', node],
        ...changes,
      ]),
    );
    return { stop: () => daemon.stop(), plainPort: Number(new URL(daemon.url).port) };
  },
  haproxy: async (changes: readonly Change[], { plainPort, port, node, pem }: Place) => {
    const daemon = await startHaproxy(
      changed(shown('haproxy'), [
        // Each needs two file descriptors, and a test may have few.
        ['maxconn 20000', 'maxconn 500'],
        ['bind :80', `bind 127.0.0.1:${plainPort}`],
        ['bind :443', `bind 127.0.0.1:${port}`],
        ['/etc/ssl/example.org.pem', pem],
        ['10.0.0.1:3000', node],
        ...changes,
      ]),
    );
    return { stop: () => daemon.stop(), plainPort };
  },
};

async function start(
  proxy: keyof typeof proxies,
  options: ServerOptions = {},
  changes: readonly Change[] = [],
): Promise<Proxied> {
  const hits: LimitHit[] = [];
  const echo = (io: Server): void => {
    io.on('connection', (socket) => socket.on('echo', (value: unknown, ack: (answer: unknown) => void) => ack(value)));
    io.engine.on('limit', (hit: LimitHit) => hits.push(hit));
  };
  const server = await startTestServer(echo, { security: 'strict', trustedProxies: 1, ...options });
  const folder = temporaryFolder('certificate');
  const { cert, key } = createCertificate();
  const [pem, keyFile] = [join(folder, 'both.pem'), join(folder, 'key.pem')];
  // HAProxy wants both in one file.
  writeFileSync(pem, cert + key);
  writeFileSync(keyFile, key);
  const [plainPort, port] = [await freePort(), await freePort()];
  try {
    const place = { plainPort, port, node: `127.0.0.1:${server.port}`, pem, key: keyFile };
    const daemon = await proxies[proxy](changes, place);
    return {
      url: `https://127.0.0.1:${port}`,
      plainPort: daemon.plainPort,
      server,
      hits,
      async [Symbol.asyncDispose]() {
        await server.close();
        await daemon.stop();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How a client of another address of this machine connects; it says that it is 9.9.9.9. */
function from(localAddress: string): object {
  const agent = new Agent({ localAddress, rejectUnauthorized: false, keepAlive: false });
  return { agent, rejectUnauthorized: false, extraHeaders: { 'X-Forwarded-For': '9.9.9.9' } };
}

async function send(
  url: string,
  { body, ...options }: RequestOptions & { readonly body?: string } = {},
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const open = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = open(url, { rejectUnauthorized: false, ...options }, (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode!, headers: response.headers, body: answer }),
        reject,
      );
    });
    request.once('error', reject);
    request.end(body);
  });
}

const handshake = '/socket.io/?EIO=4&transport=polling';

/** What has to hold behind each of them. */
function describeProxy(name: keyof typeof proxies, fewConnections: readonly Change[]): void {
  describeWith([debian[name], debian.openssl], `the ${name} configuration of the guide`, () => {
    jest.setTimeout(60_000);

    it('takes the published client through, over TLS, polling, WebSocket and upgrades', async () => {
      await using proxied = await start(name);
      const clients = new Clients(() => proxied.url);
      for (const [, transports] of transportLists) {
        const socket = await clients.connect('/', { transports, ...from('127.0.0.1') });
        await until(() => nameOf(socket) === transports.at(-1));
        // One that is as long as it may be fits through.
        const value = { text: 'ä'.repeat(100_000), bytes: Buffer.from([0, 255]) };
        expect(await socket.timeout(10_000).emitWithAck('echo', value)).toEqual(value);
      }
      await clients.closed();
    });

    it('tells the server who comes, whatever clients say', async () => {
      await using proxied = await start(name, { maxConnectionsPerIp: 2 });
      const clients = new Clients(() => proxied.url);
      await clients.connect('/', { transports: ['websocket'], ...from('127.0.0.1') });
      await clients.connect('/', { transports: ['polling'], ...from('127.0.0.1') });
      for (const [, transports] of transportLists) {
        await expect(clients.connect('/', { transports, ...from('127.0.0.1') })).rejects.toThrow();
        await clients
          .connect('/', { transports, ...from(`127.0.0.${2 + transportLists.length}`) })
          .then((socket) => socket.disconnect());
        await until(() => proxied.server.io.engine.clientsCount === 2);
      }
      const hit = { limit: 'maxConnectionsPerIp', max: 2, address: '127.0.0.1' };
      expect(proxied.hits).toEqual(transportLists.map(() => hit));
      await clients.closed();
    });

    it('is one address for a server that does not know of it', async () => {
      await using proxied = await start(name, { maxConnectionsPerIp: 1, trustedProxies: 0 });
      const clients = new Clients(() => proxied.url);
      await clients.connect('/', from('127.0.0.2'));
      await expect(clients.connect('/', from('127.0.0.3'))).rejects.toThrow();
      await clients.closed();
    });

    it('lets one address have so many connections, and answers 429 then', async () => {
      await using proxied = await start(name, {}, fewConnections);
      const clients = new Clients(() => proxied.url);
      for (let count = 0; count < 3; count++) {
        await clients.connect('/', { transports: ['websocket'], ...from('127.0.0.1') });
      }
      expect(await send(proxied.url + handshake)).toMatchObject({ status: 429 });
      expect(await send(proxied.url + handshake, { localAddress: '127.0.0.2' })).toMatchObject({ status: 200 });
      expect(proxied.hits).toEqual([]);
      await clients.closed();
    });

    it('refuses a body that is too large, before the server does', async () => {
      await using proxied = await start(name);
      const { body } = await send(proxied.url + handshake);
      const { sid } = JSON.parse(body.slice(1)) as { sid: string };
      const { maxHttpBufferSize } = proxied.server.io.engine.opts;
      const post = (size: number): Promise<{ status: number }> =>
        send(`${proxied.url}${handshake}&sid=${sid}`, { method: 'POST', body: `4${'a'.repeat(size - 1)}` });
      let posts = 0;
      proxied.server.io.engine.use((request, _response, pass) => {
        if (request.method === 'POST') posts++;
        pass();
      });
      expect((await post(300_000)).status).toBe(413);
      expect(posts).toBe(0);
      expect((await post(maxHttpBufferSize)).status).toBe(200);
      expect(posts).toBe(1);
    });

    it('sends to TLS who comes without', async () => {
      await using proxied = await start(name);
      const { status, headers } = await send(`http://127.0.0.1:${proxied.plainPort}/socket.io/`);
      expect([status, headers['location']]).toEqual([
        308,
        expect.stringMatching(/^https:\/\/127\.0\.0\.1\S*\/socket\.io\/$/),
      ]);
    });

    it('waits for longer than a silent connection takes to be noticed', async () => {
      await using server = await startTestServer(undefined, { security: 'strict' });
      const { pingInterval, pingTimeout } = server.io.engine.opts;
      const times = [
        ...shown(name).matchAll(/(?:proxy_read_timeout|proxy_send_timeout|timeout (?:client|server|tunnel)) (\d+)s/g),
      ];
      expect(times.length).toBeGreaterThanOrEqual(2);
      for (const [, seconds] of times) expect(Number(seconds) * 1_000).toBeGreaterThan(pingInterval + pingTimeout);
    });
  });
}

function nameOf(socket: Socket): string {
  return socket.io.engine.transport.name;
}

describeProxy('nginx', [['limit_conn socketio_connections 100;', 'limit_conn socketio_connections 3;']]);
describeProxy('haproxy', [['sc0_conn_cur gt 100', 'sc0_conn_cur gt 3']]);

describe('the nginx configuration of the guide', () => {
  it('keeps an idle connection to the server for a shorter time than the server', async () => {
    await using server = await startTestServer();
    const seconds = Number(/\bkeepalive_timeout (\d+)s;/.exec(shown('nginx'))![1]);
    expect(seconds * 1_000).toBeLessThan(server.io.httpServer!.keepAliveTimeout);
  });
});
