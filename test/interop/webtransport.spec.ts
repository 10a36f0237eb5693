import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Socket } from 'socket.io-client';
import type { ServerOptions, Socket as ServerSocket } from '../../lib/server/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { until } from '../engine/support.js';
import { createCertificate, type Certificate } from '../support/certificate.js';
import { Clients, next } from '../support/clients.js';
import { debian, describeWith } from '../support/debian.js';
import { installWebTransport, library, WebTransportServer, type ClientSession } from '../support/webtransport.js';

type Transports = ('polling' | 'webtransport')[];

describeWith([debian.openssl], 'over HTTP/2', () => {
  let certificate: Certificate;
  let uninstall: () => void;
  let server: TestServer;
  let webTransport: WebTransportServer;
  let clients: Clients;

  beforeAll(async () => {
    certificate = createCertificate();
    uninstall = await installWebTransport();
  });

  afterAll(() => uninstall());

  afterEach(async () => {
    clients.close();
    await server.close();
    await webTransport.close();
  });

  async function start(options: ServerOptions = {}): Promise<void> {
    server = await startTestServer(undefined, { transports: ['polling', 'webtransport'], ...options });
    webTransport = await WebTransportServer.start(server.io, certificate);
    clients = new Clients(() => server.url);
  }

  function create(transports: Transports, options: object = {}): Socket {
    return clients.create('/', { transports, transportOptions: webTransport.transportOptions as never, ...options });
  }

  /** A client that is connected, over WebTransport in the end, and the server's socket for it. */
  async function connect(
    transports: Transports,
    options: object = {},
  ): Promise<{ client: Socket; socket: ServerSocket }> {
    const connection = next(server.io as never, 'connection') as Promise<[ServerSocket]>;
    const client = create(transports, options);
    await new Promise<void>((resolve, reject) => {
      client.once('connect', resolve);
      client.once('connect_error', reject);
    });
    const [socket] = await connection;
    await changesOver(socket);
    return { client, socket };
  }

  /** The server is the last to change over. The library never lets go of a client that leaves before. */
  async function changesOver({ conn }: ServerSocket): Promise<void> {
    if (conn.transport.name !== 'webtransport') await next(conn as never, 'upgrade');
  }

  describe.each<[string, Transports]>([
    ['WebTransport', ['webtransport']],
    ['polling, then WebTransport', ['polling', 'webtransport']],
  ])('the published client over %s', (_name, transports) => {
    it('connects', async () => {
      await start();
      const { client, socket } = await connect(transports);
      expect(client.id).toBe(socket.id);
      expect(client.io.engine.transport.name).toBe('webtransport');
      expect(socket.conn.transport.name).toBe('webtransport');
      expect(webTransport.urls).toHaveLength(1);
      expect(server.io.engine.clientsCount).toBe(1);
    });

    it('exchanges events and acks both ways', async () => {
      await start();
      const { client, socket } = await connect(transports);
      socket.on('sum', (a: number, b: number, ack: (sum: number) => void) => ack(a + b));
      client.on('question', (text: string, ack: (answer: unknown) => void) => ack({ text }));
      expect(await client.emitWithAck('sum', 1, 2)).toBe(3);
      expect(await socket.emitWithAck('question', 'zwölf €')).toEqual({ text: 'zwölf €' });
    });

    it('exchanges 100 kB of binary both ways', async () => {
      await start();
      const { client, socket } = await connect(transports);
      const bytes = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, index) => index % 251));
      const up = next(socket as never, 'up');
      client.emit('up', { bytes }, 'behind it');
      const [received, text] = (await up) as [{ bytes: Buffer }, string];
      expect(received.bytes.equals(bytes)).toBe(true);
      expect(text).toBe('behind it');
      const down = next(client, 'down');
      socket.emit('down', [bytes, bytes]);
      const [[first, second]] = (await down) as [[Buffer, Buffer]];
      expect([bytes.equals(first), bytes.equals(second)]).toEqual([true, true]);
    });

    it('keeps the order of a thousand packets each way', async () => {
      await start();
      const { client, socket } = await connect(transports);
      const numbers = Array.from({ length: 1_000 }, (_, index) => index);
      const received = { up: [] as number[], down: [] as number[] };
      socket.on('number', (number: number) => received.up.push(number));
      client.on('number', (number: number) => received.down.push(number));
      const ends = [next(socket as never, 'end'), next(client, 'end')];
      for (const number of numbers) {
        client.emit('number', number);
        socket.emit('number', number);
      }
      client.emit('end');
      socket.emit('end');
      await Promise.all(ends);
      expect(received).toEqual({ up: numbers, down: numbers });
    });

    it('gets what is sent to its rooms, beside clients of other transports', async () => {
      await start();
      const { client, socket } = await connect(transports);
      const other = await connect(transports);
      const polling = await clients.connect('/', { transports: ['polling'] });
      await socket.join('room');
      const seen: unknown[] = [];
      for (const each of [client, other.client, polling]) each.onAny((...args: unknown[]) => seen.push(args));
      const ends = [client, other.client, polling].map((each) => next(each, 'to all'));
      server.io.to('room').emit('to the room', Buffer.from([1]));
      server.io.emit('to all');
      await Promise.all(ends);
      expect(seen.filter((args) => (args as string[])[0] === 'to the room')).toEqual([
        ['to the room', Buffer.from([1])],
      ]);
    });

    it('is disconnected from its namespace by the server', async () => {
      await start();
      const { client, socket } = await connect(transports);
      const ends = [next(client, 'last words'), next(client, 'disconnect'), next(socket as never, 'disconnect')];
      socket.emit('last words');
      socket.disconnect();
      const [, there, here] = await Promise.all(ends);
      expect(there![0]).toBe('io server disconnect');
      expect(here![0]).toBe('server namespace disconnect');
    });

    it('is cut off by the server', async () => {
      await start();
      const { client, socket } = await connect(transports);
      const ends = [next(client, 'disconnect'), next(socket as never, 'disconnect')];
      socket.disconnect(true);
      const [there, here] = await Promise.all(ends);
      expect(there![0]).toBe('io server disconnect');
      expect(here![0]).toBe('server namespace disconnect');
      expect(server.io.engine.clientsCount).toBe(0);
    });

    it('disconnects itself', async () => {
      await start();
      const { client, socket } = await connect(transports);
      const end = next(socket as never, 'disconnect');
      client.disconnect();
      // The client ends its session at once, and its farewell with it.
      expect(['client namespace disconnect', 'transport close']).toContain((await end)[0]);
      await until(() => server.io.engine.clientsCount === 0);
    });

    it('goes without a word', async () => {
      await start();
      const { client, socket } = await connect(transports);
      const end = next(socket as never, 'disconnect');
      client.io.engine.close();
      expect((await end)[0]).toBe('transport close');
      expect(server.io.engine.clientsCount).toBe(0);
    });

    it('is told when the server closes', async () => {
      await start();
      const { client, socket } = await connect(transports);
      const ends = [next(client, 'disconnect'), next(socket as never, 'disconnect')];
      await server.close();
      const [there, here] = await Promise.all(ends);
      expect(there![0]).toBe('transport close');
      expect(here![0]).toBe('server shutting down');
    });

    it('answers pings', async () => {
      await start({ pingInterval: 20 });
      const { client } = await connect(transports);
      for (let pings = 0; pings < 3; pings++) await next(client.io as never, 'ping');
      expect(client.connected).toBe(true);
    });

    it('is served where cors is set', async () => {
      await start({ cors: { origin: 'https://page.test' } });
      const { client } = await connect(transports);
      expect(client.connected).toBe(true);
    });

    it('is recovered when its session was cut', async () => {
      await start({ connectionStateRecovery: {} });
      const { client, socket } = await connect(transports);
      const first = next(client, 'first');
      socket.emit('first');
      await first;
      const { id } = client;
      const gone = [next(client, 'disconnect'), next(socket as never, 'disconnect')];
      const second = next(client, 'second');
      client.io.engine.close();
      // A client that is back before the server has noticed that it was gone is a new one.
      await Promise.all(gone);
      server.io.emit('second');
      const connection = next(server.io as never, 'connection') as Promise<[ServerSocket]>;
      client.connect();
      await second;
      expect(client).toMatchObject({ id, recovered: true });
      await changesOver((await connection)[0]);
    });

    it('is cut for a packet above maxHttpBufferSize', async () => {
      await start({ maxHttpBufferSize: 1_000 });
      const { client, socket } = await connect(transports);
      const ends = [next(socket as never, 'disconnect'), next(client, 'disconnect')];
      client.emit('large', 'a'.repeat(1_001));
      const [here, there] = await Promise.all(ends);
      expect(here![0]).toBe('parse error');
      expect(there![0]).toBe('transport close');
    });
  });

  describe('a WebTransport session', () => {
    // The client tells its application nothing of a session that ends before it has begun.
    async function isRefused(): Promise<void> {
      const client = create(['webtransport']);
      await next(client.io.engine as never, 'close');
      expect(client.connected).toBe(false);
      expect(server.io.engine.clientsCount).toBe(0);
    }

    it('shows its request to the application', async () => {
      await start();
      const { socket } = await connect(['webtransport']);
      expect(socket.handshake).toMatchObject({
        address: '127.0.0.1',
        secure: true,
        headers: { origin: '127.0.0.1' },
        url: expect.stringMatching(/^\/socket\.io\/\?/),
      });
    });

    it('is refused by allowRequest', async () => {
      await start({ allowRequest: (_request, decide) => decide('no', false) });
      const refused = next(server.io.engine as never, 'connection_error') as Promise<[{ code: number }]>;
      await isRefused();
      expect((await refused)[0].code).toBe(4);
    });

    it('is refused by a middleware of the engine', async () => {
      await start();
      server.io.engine.use((_request, _response, proceed) => proceed(new Error('no')));
      await isRefused();
    });

    it('is refused where WebTransport is not among the transports', async () => {
      await start({ transports: ['polling', 'websocket'] });
      await isRefused();
    });

    /** A session of the library's client, and on its first stream the packets that join the main namespace. */
    async function open(query = ''): Promise<ClientSession> {
      const { WebTransport } = await library();
      const url = `https://127.0.0.1:${webTransport.port}/socket.io/${query}`;
      const session = new WebTransport(url, webTransport.clientOptions);
      await session.ready;
      const { writable } = await session.createBidirectionalStream();
      await writable.getWriter().write(join);
      return session;
    }

    it('shows the query of its request', async () => {
      await start();
      const connection = next(server.io as never, 'connection') as Promise<[ServerSocket]>;
      const session = await open('?token=a');
      const [{ handshake }] = await connection;
      session.close();
      await session.closed;
      expect(handshake.url).toBe('/socket.io/?token=a&EIO=4&transport=webtransport');
      expect(handshake.query).toEqual({ token: 'a', EIO: '4', transport: 'webtransport' });
    });

    it('is closed when its client answers no ping', async () => {
      await start({ pingInterval: 50, pingTimeout: 50 });
      const connection = next(server.io as never, 'connection') as Promise<[ServerSocket]>;
      const session = await open();
      const [socket] = await connection;
      expect((await next(socket as never, 'disconnect'))[0]).toBe('ping timeout');
      await session.closed;
    });

    it('is closed when its client answers no ping and lets nothing be written', async () => {
      await start({ pingInterval: 50, pingTimeout: 50 });
      const connection = next(server.io as never, 'connection') as Promise<[ServerSocket]>;
      const [readable, writable] = [streamOf(join), new WritableStream({ write: () => new Promise(() => {}) })];
      let isClosed = false;
      void server.io.engine.onWebTransportSession({
        incomingBidirectionalStreams: streamOf({ readable, writable }),
        closed: new Promise(() => {}),
        close: () => (isClosed = true),
      });
      const [socket] = await connection;
      expect((await next(socket as never, 'disconnect'))[0]).toBe('ping timeout');
      await until(() => isClosed);
    }, 10_000);
  });
});

// Engine.IO v4 §WebTransport: each packet stands behind its length. An open packet, and CONNECT in a message.
const join = Uint8Array.of(1, 0x30, 2, 0x34, 0x30);

/** A stream of one thing, which does not end. */
function streamOf<T>(thing: T): ReadableStream<T> {
  return new ReadableStream({ start: (controller) => controller.enqueue(thing) });
}
