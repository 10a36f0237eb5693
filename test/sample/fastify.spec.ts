import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Clients, next, transportLists } from '../support/clients.js';
import { startSample, type SampleProcess } from '../support/sample-process.js';

const page = 'https://page.test';

/** Put in front of the sample: `localhost` has two addresses, whatever machine this is. */
const twoAddresses = `data:text/javascript,${encodeURIComponent(`
  import dns from 'node:dns';
  const { lookup } = dns;
  const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
  dns.lookup = (name, how, done) =>
    name === 'localhost' && how.all === true ? process.nextTick(done, null, addresses) : lookup(name, how, done);
`)}`;

// The whole of 127.0.0.0/8 is the machine itself on Linux alone.
const isLinux = process.platform === 'linux';
const hosts = isLinux ? ['localhost', '127.0.0.1', '127.0.0.2'] : ['localhost'];

describe('the chat on Fastify', () => {
  let sample: SampleProcess;
  let port: string;
  let clients: Clients;
  let host = 'localhost';

  beforeAll(async () => {
    process.env['ORIGINS'] = page;
    if (isLinux) process.env['NODE_OPTIONS'] = `--import ${twoAddresses}`;
    try {
      sample = await startSample('fastify');
    } finally {
      delete process.env['ORIGINS'];
      delete process.env['NODE_OPTIONS'];
    }
    ({ port } = new URL(sample.url));
    clients = new Clients(() => `http://${host}:${port}`);
  }, 60_000);
  afterEach(() => clients.close());
  afterAll(async () => {
    await sample.stop();
  });

  describe.each(hosts)('at %s', (name) => {
    const url = (): string => `http://${name}:${port}`;
    beforeAll(() => {
      host = name;
    });

    it.each(transportLists)('carries a conversation over %s', async (transport, transports) => {
      const room = `${name}, ${transport}`;
      const [ann, bob] = [
        await clients.connect('/chat', { transports, auth: { name: 'Ann' } }),
        await clients.connect('/chat', { transports, auth: { name: 'Bob' } }),
      ];
      const first = { from: 'Ann', text: 'first' };
      expect(await ann.emitWithAck('send', { room, text: 'too early' })).toEqual({
        ok: false,
        error: { status: 403, message: 'Join the room first' },
      });
      expect(await ann.emitWithAck('join', { room })).toEqual({ ok: true, data: [] });
      expect(await ann.emitWithAck('send', { room, text: 'first' })).toEqual({ ok: true, data: first });
      expect(await bob.emitWithAck('join', { room })).toEqual({ ok: true, data: [first] });
      const arrived = next(bob, 'message');
      await ann.emitWithAck('send', { room, text: 'second' });
      expect(await arrived).toEqual([{ from: 'Ann', text: 'second' }]);
      expect(await ann.emitWithAck('send', { room, text: ' ' })).toEqual({
        ok: false,
        error: { status: 400, message: 'A message is a text of 1 to 500 characters' },
      });
    });

    it('has the same rooms over HTTP', async () => {
      const room = `http at ${name}`;
      const socket = await clients.connect('/chat');
      await socket.emitWithAck('join', { room });
      const arrived = next(socket, 'message');
      const body = new URLSearchParams({ from: 'curl', text: 'Hello' });
      const sent = await fetch(`${url()}/rooms/${room}`, { method: 'POST', body });
      expect({ status: sent.status, message: await sent.json() }).toEqual({
        status: 201,
        message: { from: 'curl', text: 'Hello' },
      });
      expect(await arrived).toEqual([{ from: 'curl', text: 'Hello' }]);
      const history = await fetch(`${url()}/rooms/${room}`);
      expect(await history.json()).toEqual([{ from: 'curl', text: 'Hello' }]);
      expect((await fetch(`${url()}/rooms/${room}`, { method: 'POST' })).status).toBe(400);
    });

    // A page of another origin does not read the answer, and opens no session at all.
    it.each([
      ['/rooms/lobby', 200],
      ['/socket.io/?EIO=4&transport=polling', 403],
      ['/socket.io/socket.io.js', 200],
    ])('lets the one page read %s', async (path, foreign) => {
      const allowed = async (origin: string): Promise<unknown[]> => {
        const { status, headers } = await fetch(url() + path, { headers: { origin } });
        return [
          status,
          headers.get('access-control-allow-origin') === origin,
          headers.get('access-control-allow-credentials'),
        ];
      };
      expect(await allowed(page)).toEqual([200, true, 'true']);
      expect((await allowed('https://other.test')).slice(0, 2)).toEqual([foreign, false]);
    });

    it.each(['/rooms/lobby', '/socket.io/?EIO=4&transport=polling'])(
      'answers the preflight of the page for %s',
      async (path) => {
        const headers = { origin: page, 'access-control-request-method': 'POST' };
        const preflight = await fetch(url() + path, { method: 'OPTIONS', headers });
        expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, page]);
      },
    );

    it('serves the client', async () => {
      const response = await fetch(`${url()}/socket.io/socket.io.js`);
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'application/javascript; charset=utf-8',
      ]);
    });
  });

  it('tells at which addresses it is', () => {
    expect(sample.output()).toMatch(isLinux ? /at 127\.0\.0\.2 and 127\.0\.0\.1\n/ : /at \S+/);
  });
});
