import { once } from 'node:events';
import { connect as connectTcp, type Socket as TcpSocket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocketServer } from 'ws';
import type { LimitHit, Server, ServerOptions, Socket } from '../../lib/server/index.js';
import { MemoryWireClient, startTestServer, WebSocketWireClient, type TestServer } from '../../lib/testing/index.js';
import { Clients } from '../support/clients.js';
import { handled, join, ManualPolling, member, next, until, type Member } from './support.js';

interface Counting extends TestServer {
  readonly hits: LimitHit[];
  /** The numbers of the events `n`, in the order in which they were handled. */
  readonly seen: number[];
}

async function start(options: ServerOptions, prepare: (io: Server) => void = () => {}): Promise<Counting> {
  const hits: LimitHit[] = [];
  const seen: number[] = [];
  const count = (socket: Socket): unknown => socket.on('n', (n: number) => seen.push(n));
  const server = await startTestServer((io) => {
    io.engine.on('limit', (hit: LimitHit) => hits.push(hit));
    io.on('connection', count);
    io.of('/counted').on('connection', count);
    prepare(io);
  }, options);
  return Object.assign(server, { hits, seen });
}

const clients: Clients[] = [];
afterEach(async () => {
  for (const each of clients.splice(0)) await each.closed();
});

const transports = ['websocket', 'polling'] as const;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Sends so many events in one tick: a POST, or one piece of a stream. */
function send({ client }: Pick<Member, 'client'>, count: number, namespace = ''): void {
  for (const n of numbers(count)) client.send(`42${namespace}["n",${n}]`);
}

/** So many events as the body of a POST. */
function posted(count: number): string {
  return numbers(count)
    .map((n) => `42["n",${n}]`)
    .join('\x1e');
}

/** Resolves when a session is read no more, or is read again; the rate is reported once per pause. */
const paused = (server: Counting): Promise<void> => until(() => server.hits.length > 0);

describe.each(transports)('over %s, a client', (transport) => {
  it('may send a burst at once, and goes unnoticed', async () => {
    await using server = await start({ eventRate: { perSecond: 0.001, burst: 50 } });
    const one = await member(server, { transport });
    send(one, 50);
    await until(() => server.seen.length === 50);
    // Acks and pongs are no events.
    const answer = one.socket.emitWithAck('question');
    expect(await one.client.next()).toBe('420["question"]');
    one.client.send('430["answer"]');
    expect(await answer).toBe('answer');
    expect(server.hits).toEqual([]);
  });

  it('is read later when it sends more, in order and to the last event', async () => {
    const rate = { perSecond: 200, burst: 40 };
    await using server = await start({ eventRate: rate });
    const other = await member(server, { transport });
    const one = await member(server, { transport });
    const begun = performance.now();
    send(one, 80);
    await paused(server);
    expect(server.hits[0]).toEqual({ limit: 'eventRate', max: 40, socket: one.socket.conn });
    // Nobody else waits: its event is handled while what is too much is still owed.
    await handled(other);
    await until(() => server.seen.length === 80);
    expect(server.seen).toEqual(numbers(80));
    one.client.send('42["n",80]');
    await until(() => server.seen.length === 81);
    // 81 events are a burst, and 41 more that each take their time: none of it is let off.
    expect(performance.now() - begun).toBeGreaterThan((40 / rate.perSecond) * 1_000);
    await handled(one);
    expect(server.io.engine.clientsCount).toBe(2);
  });

  it('holds nothing and no timer when it leaves during a pause', async () => {
    await using server = await start({ eventRate: { perSecond: 1, burst: 5 } });
    const before = server.io.engine.wheel.size;
    const one = await member(server, { transport });
    send(one, 7);
    await paused(server);
    const left = next(one.socket, 'disconnect');
    one.socket.disconnect(true);
    await left;
    await one.client.closed;
    expect(server.io.engine.clientsCount).toBe(0);
    expect(server.io.engine.wheel.size).toBe(before);
  });
});

/** A WebSocket whose bytes are written by hand: what is written at once is read at once. */
async function rawWebSocket(server: Counting): Promise<TcpSocket> {
  const { port } = new URL(server.url);
  const tcp = connectTcp(Number(port), '127.0.0.1');
  tcp.write(
    [
      `GET ${server.endpoint('websocket').slice(server.url.length)} HTTP/1.1`,
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '\r\n',
    ].join('\r\n'),
  );
  await once(tcp, 'data');
  const joined = next(server.io, 'connection');
  tcp.write(frame('40'));
  await joined;
  return tcp;
}

/** A short text message of a client, under a mask of zeros. */
function frame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}

describe('a client that had far too much on its way', () => {
  it('is closed, with the code 1008, and nobody else', async () => {
    await using server = await start({ eventRate: { perSecond: 0.001, burst: 10 } });
    const other = await member(server);
    const tcp = await rawWebSocket(server);
    const socket = [...server.io.sockets.sockets.values()].at(-1)!;
    const left = next(socket, 'disconnect');
    const chunks: Buffer[] = [];
    tcp.on('data', (chunk: Buffer) => chunks.push(chunk));
    tcp.write(Buffer.concat(numbers(200).map((n) => frame(`42["n",${n}]`))));
    expect((await left)[0]).toBe('rate limit');
    // FIN and close, a payload of 12 bytes: the code, and the reason.
    const closeFrame = Buffer.from('\x88\x0c\x03\xf0rate limit', 'latin1');
    await until(() => Buffer.concat(chunks).subarray(-closeFrame.length).equals(closeFrame));
    // A burst, and another one that was owed, at most: what was read in the same turn as the last is dropped with it.
    expect(server.seen.length).toBeLessThanOrEqual(20);
    expect(server.hits).toEqual(
      Array.from({ length: 2 }, () => ({ limit: 'eventRate', max: 10, socket: socket.conn })),
    );
    expect(server.io.engine.limits.counts.get('eventRate')).toBe(2);
    await handled(other);
    expect(server.io.engine.clientsCount).toBe(1);
    tcp.destroy();
  });
});

describe('a published client', () => {
  it.each(transports)('loses nothing of what it sends too fast, over %s', async (transport) => {
    await using server = await start({ eventRate: { perSecond: 200, burst: 40 } });
    const made = new Clients(() => server.url);
    clients.push(made);
    const client = await made.connect('/', { transports: [transport] });
    for (const n of numbers(80)) client.emit('n', n);
    await until(() => server.seen.length === 80);
    expect(server.seen).toEqual(numbers(80));
    expect(server.hits.length).toBeGreaterThan(0);
    expect(client.connected).toBe(true);
  });
});

describe('a POST during a pause', () => {
  it('is answered when what came before it was read', async () => {
    await using server = await start({ eventRate: { perSecond: 20, burst: 5 } });
    const session = await ManualPolling.open(server);
    await session.join(server);
    expect(await session.post(posted(8))).toBe('ok');
    await paused(server);
    expect(server.seen.length).toBeLessThan(8);
    expect(await session.post('42["n",8]')).toBe('ok');
    await until(() => server.seen.length === 9);
    expect(server.seen).toEqual(numbers(9));
  });

  /** A session of which a POST waits; `answer` is that of the POST. */
  async function waitingPost(
    server: Counting,
  ): Promise<{ socket: Socket; session: ManualPolling; answer: Promise<Response> }> {
    const session = await ManualPolling.open(server);
    const socket = await session.join(server);
    await session.post(posted(8));
    await paused(server);
    const arrived = new Promise<void>((resolve) => {
      server.io.engine.use((request, _response, done) => {
        if (request.method === 'POST') setImmediate(resolve);
        done();
      });
    });
    const answer = fetch(session.url, { method: 'POST', body: '42["n",8]' });
    await arrived;
    return { socket, session, answer };
  }

  it('is answered 400 when the session ends meanwhile', async () => {
    await using server = await start({ eventRate: { perSecond: 0.001, burst: 5 } });
    const { socket, answer } = await waitingPost(server);
    socket.conn.close(true);
    expect((await answer).status).toBe(400);
    expect(server.seen).toEqual(numbers(6));
  });

  it('is answered, and none of it handled, when the session is being closed', async () => {
    await using server = await start({ eventRate: { perSecond: 0.001, burst: 5 } });
    const { socket, session, answer } = await waitingPost(server);
    socket.disconnect(true);
    expect((await answer).status).toBe(200);
    // DISCONNECT, and with the next poll the end of the session.
    expect([await session.poll(), await session.poll()]).toEqual(['41', '6\x1e1']);
    expect(server.seen).toEqual(numbers(6));
  });
});

describe('an upgrade during a pause', () => {
  it('comes behind what was sent before it', async () => {
    await using server = await start({ eventRate: { perSecond: 100, burst: 20 } });
    const session = await ManualPolling.open(server);
    await session.join(server);
    const webSocket = await WebSocketWireClient.open(`${server.endpoint('websocket')}&sid=${session.sid}`);
    webSocket.send('2probe');
    expect(await webSocket.next()).toBe('3probe');
    await session.post(posted(35));
    await paused(server);
    expect(server.seen.length).toBeLessThan(35);
    webSocket.send('5');
    webSocket.send('42["n",35]');
    await until(() => server.seen.length === 36);
    expect(server.seen).toEqual(numbers(36));
    expect(server.io.engine.clientsCount).toBe(1);
    await webSocket.close();
  });
});

describe('a client whose pong lies behind too many events', () => {
  it.each(transports)('is not taken for silent, over %s', async (transport) => {
    // A pause of more than three heartbeats.
    await using server = await start({ eventRate: { perSecond: 10, burst: 8 }, pingInterval: 100, pingTimeout: 200 });
    const one = await member(server, { transport });
    send(one, 16);
    await paused(server);
    await until(() => server.seen.length === 16);
    one.client.send('42["n",16]');
    await until(() => server.seen.length === 17);
    await handled(one);
    expect(one.socket.connected).toBe(true);
  });
});

describe('a client of Engine.IO 3 whose ping lies behind too many events', () => {
  it('is not taken for silent', async () => {
    // A pause of more than twice the silence that ends a session.
    const rate = { perSecond: 10, burst: 8 };
    await using server = await start({ allowEIO3: true, eventRate: rate, pingInterval: 100, pingTimeout: 200 });
    const joined = next(server.io, 'connection') as Promise<[Socket]>;
    await using client = await WebSocketWireClient.connect(server.endpoint('websocket').replace('EIO=4', 'EIO=3'));
    const [socket] = await joined;
    expect(await client.next()).toBe('40');
    const heartbeat = next(socket.conn, 'heartbeat');
    send({ client }, 16);
    client.send('42["n",16]');
    client.send('2');
    await heartbeat;
    await until(() => server.seen.length === 17);
    expect(server.hits.length).toBeGreaterThan(0);
    expect(socket.connected).toBe(true);
  });

  it('is given up when it stays silent once it is read again', async () => {
    const rate = { perSecond: 20, burst: 5 };
    await using server = await start({ allowEIO3: true, eventRate: rate, pingInterval: 100, pingTimeout: 100 });
    const joined = next(server.io, 'connection') as Promise<[Socket]>;
    await using client = await WebSocketWireClient.connect(server.endpoint('websocket').replace('EIO=4', 'EIO=3'));
    const [socket] = await joined;
    const left = next(socket, 'disconnect');
    send({ client }, 8);
    expect((await left)[0]).toBe('ping timeout');
    expect(server.seen).toEqual(numbers(8));
  });
});

/** A WebSocket server whose WebSockets read what comes, whether or not anybody wants them to. */
class RestlessServer extends WebSocketServer {
  override handleUpgrade(...args: Parameters<WebSocketServer['handleUpgrade']>): void {
    const [request, socket, head, callback] = args;
    super.handleUpgrade(request, socket, head, (webSocket, of) => {
      Object.assign(webSocket, { pause: undefined, resume: undefined });
      callback(webSocket, of);
    });
  }
}

describe('a WebSocket that cannot be paused, of another class', () => {
  const options: ServerOptions = { eventRate: { perSecond: 0.001, burst: 10 }, wsEngine: RestlessServer as never };

  it('may send its burst, and another that is handled at once', async () => {
    await using server = await start(options);
    const one = await member(server);
    send(one, 20);
    await until(() => server.seen.length === 20);
    expect(server.hits).toEqual([{ limit: 'eventRate', max: 10, socket: one.socket.conn }]);
    expect(one.socket.connected).toBe(true);
  });

  it('is closed with 1008 when it sends more', async () => {
    await using server = await start(options);
    const one = await member(server);
    const left = next(one.socket, 'disconnect');
    for (const n of numbers(21)) {
      one.client.send(`42["n",${n}]`);
      await new Promise(setImmediate);
    }
    expect((await left)[0]).toBe('rate limit');
    expect(await one.client.closed).toBe(1008);
  });
});

describe('a client in memory', () => {
  it('is read later when it sends too much, in order and to its end', async () => {
    await using server = await start({ eventRate: { perSecond: 200, burst: 10 } });
    const joined = next(server.io, 'connection') as Promise<[Socket]>;
    const client = await MemoryWireClient.connect(server.io.engine);
    await client.join();
    const [socket] = await joined;
    send({ client }, 25);
    await paused(server);
    expect(server.seen.length).toBeLessThan(25);
    await until(() => server.seen.length === 25);
    expect(server.seen).toEqual(numbers(25));
    const left = next(socket, 'disconnect');
    send({ client }, 20);
    // Its end comes behind what it has sent.
    await client.close();
    expect((await left)[0]).toBe('transport close');
    expect(server.seen).toHaveLength(45);
  });
});

describe('the rate of a namespace', () => {
  it.each(transports)('counts its own events, over %s', async (transport) => {
    await using server = await start({}, (io) => {
      io.of('/counted').limit({ eventRate: { perSecond: 0.001, burst: 3 } });
    });
    const one = await member(server, { transport });
    await join(server, one.client, '/counted');
    send(one, 30);
    await until(() => server.seen.length === 30);
    send(one, 3, '/counted,');
    await until(() => server.seen.length === 33);
    expect(server.hits).toEqual([]);
    one.client.send('42/counted,["n",3]');
    await paused(server);
    expect(server.hits).toEqual([{ limit: 'eventRate', max: 3, socket: one.socket.conn, namespace: '/counted' }]);
  });

  it('closes the connection of who sends far too much', async () => {
    await using server = await start({ eventRate: { perSecond: 1_000, burst: 1_000 } }, (io) => {
      io.of('/counted').limit({ eventRate: { perSecond: 0.001, burst: 3 } });
    });
    const one = await member(server);
    await join(server, one.client, '/counted');
    const left = next(one.socket, 'disconnect');
    send(one, 10, '/counted,');
    expect((await left)[0]).toBe('rate limit');
    expect(await one.client.closed).toBe(1008);
    expect(server.seen.length).toBeLessThanOrEqual(6);
  });
});
