import { connect as connectTcp } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Socket } from '../../lib/server/index.js';
import { startTestServer, WebSocketWireClient, type TestServer } from '../../lib/testing/index.js';
import { transportLists } from '../support/clients.js';
import { clientContract } from './fixtures/client-contract.js';
import { ask, foreignClient, foreignClients, ForeignSockets, next } from './fixtures/foreign-clients.js';

const combinations = foreignClients.flatMap((client) =>
  transportLists.map(([name, transports]) => ({ version: client.version, name, client, transports })),
);

describe.each(combinations)('the published client $version over $name', ({ client, transports }) => {
  clientContract(client, transports);
});

describe('published clients of every age on one server', () => {
  let server: TestServer;
  let sockets: ForeignSockets;

  afterEach(async () => {
    sockets.close();
    await server.close();
  });

  async function start(options = {}): Promise<void> {
    server = await startTestServer(undefined, { allowEIO3: true, ...options });
    sockets = new ForeignSockets(() => server.url);
  }

  it('keep their sessions for as long as they answer or ask', async () => {
    await start({ pingInterval: 100, pingTimeout: 1_000 });
    const beats = new Map<string, number>();
    // Together longer than any silence that is allowed.
    const expected = 14;
    const alive = new Promise<void>((resolve, reject) => {
      server.io.on('connection', (peer) => {
        peer.conn.on('heartbeat', () => {
          beats.set(peer.id, (beats.get(peer.id) ?? 0) + 1);
          const counts = [...beats.values()];
          if (counts.length === combinations.length && counts.every((count) => count >= expected)) resolve();
        });
        peer.on('disconnect', (reason) => reject(new Error(`a session ended: ${reason}`)));
      });
    });
    const connecting = combinations.map(({ client, transports }) => sockets.connect(client, '/', { transports }));
    const [all] = await Promise.all([Promise.all(connecting), alive]);
    expect(all.map((socket) => socket.connected)).toEqual(combinations.map(() => true));
  }, 30_000);

  it('all get one broadcast, its bytes too, and answer it', async () => {
    await start();
    const base64 = { transports: ['websocket'], forceBase64: true };
    const [second, last] = [foreignClient('2.5.0'), foreignClient('4.8')];
    const all = await Promise.all([
      ...combinations.map(({ client, transports }) => sockets.connect(client, '/', { transports })),
      sockets.connect(second, '/', base64),
      sockets.connect(last, '/', base64),
    ]);
    const text = Promise.all(all.map((socket) => next(socket, 'text')));
    const bytes = Promise.all(all.map((socket) => next(socket, 'bytes')));
    const content = { list: [Buffer.from([1, 2]), Buffer.alloc(300, 9)], note: 'both' };
    server.io.emit('text', 'for all', 1);
    server.io.emit('bytes', content);
    expect(await text).toEqual(all.map(() => ['for all', 1]));
    const received = (await bytes) as [{ list: (Buffer | ArrayBuffer)[]; note: string }][];
    for (const [{ list, note }] of received) {
      expect({ list: list.map((part) => Buffer.from(part as Buffer)), note }).toEqual(content);
    }

    for (const socket of all) socket.on('who', (bit: Buffer, ack: (answer: unknown) => void) => ack([socket.id, bit]));
    const answers = await server.io.timeout(10_000).emitWithAck('who', Buffer.from([7]));
    const ids = all.map((socket) => socket.id!);
    expect(answers.map(([id, bit]) => [id, Buffer.from(bit as Buffer)]).sort()).toEqual(
      ids.map((id) => [id, Buffer.from([7])]).sort(),
    );
  });

  it.each(['2.5.0', '4.8'])('exchange bytes as base64 where version %s asks for it', async (version) => {
    await start();
    const connection = next(server.io, 'connection');
    const client = await sockets.connect(foreignClient(version), '/', { transports: ['websocket'], forceBase64: true });
    const [peer] = (await connection) as [Socket];
    expect(peer.handshake.query).toMatchObject({ b64: '1', transport: 'websocket' });
    peer.on('echo', (bytes: Buffer, ack: (bytes: Buffer) => void) => ack(bytes));
    const [answer] = (await ask(client, 'echo', Buffer.from([1, 2]))) as [Buffer];
    expect(Buffer.from(answer)).toEqual(Buffer.from([1, 2]));
  });

  it('hear each other', async () => {
    await start();
    server.io.on('connection', (peer) => {
      peer.on('say', (...args: unknown[]) => peer.broadcast.emit('said', ...args));
    });
    const [old, young] = [foreignClient('2.5.0'), foreignClient('4.8')];
    const a = await sockets.connect(old, '/', { transports: ['websocket'] });
    const b = await sockets.connect(young, '/', { transports: ['polling'] });
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const said = next(to, 'said');
      from.emit('say', 'grüße', Buffer.from([1, 2, 3]));
      expect(await said).toEqual(['grüße', Buffer.from([1, 2, 3])]);
    }
  });
});

describe('a client of Engine.IO 3 where only Engine.IO 4 is served', () => {
  let server: TestServer;
  let sockets: ForeignSockets;

  beforeEach(async () => {
    server = await startTestServer();
    sockets = new ForeignSockets(() => server.url);
  });

  afterEach(async () => {
    sockets.close();
    await server.close();
  });

  it.each(combinations.filter(({ client }) => client.revision === 3))(
    'of version $version is not let in over $name',
    async ({ client, transports }) => {
      const refused = next(server.io.engine, 'connection_error');
      const error = next(sockets.create(client, '/', { transports }), 'connect_error');
      expect((await refused)[0]).toMatchObject({ code: 5, message: 'Unsupported protocol version' });
      expect((await error)[0]).toBeInstanceOf(Error);
      expect(server.io.engine.clientsCount).toBe(0);
    },
  );

  it.each(['3', '5', 'abc', ''])('is told so over HTTP when it says EIO=%s', async (eio) => {
    const response = await fetch(`${server.url}/socket.io/?EIO=${eio}&transport=polling`);
    expect(response.status).toBe(400);
    expect(await response.text()).toBe('{"code":5,"message":"Unsupported protocol version"}');
  });

  it('is told so before the 101 when it asks for a WebSocket', async () => {
    const tcp = connectTcp(server.port, '127.0.0.1');
    tcp.write(
      'GET /socket.io/?EIO=3&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    let answer = '';
    for await (const chunk of tcp) answer += String(chunk);
    expect(answer).toBe(
      'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\nContent-Length: 28\r\n\r\n' +
        'Unsupported protocol version',
    );
  });
});

describe('Engine.IO 3 by hand', () => {
  let server: TestServer;

  afterEach(() => server.close());

  const url = (transport: 'polling' | 'websocket', query = '') =>
    `${server.url}/socket.io/?EIO=3&transport=${transport}${query}`;

  async function start(options = {}): Promise<void> {
    server = await startTestServer(undefined, { allowEIO3: true, ...options });
  }

  /** A WebSocket that is in the main namespace, and the server's socket for it. */
  async function open(query = ''): Promise<[WebSocketWireClient, Socket]> {
    const connection = next(server.io, 'connection');
    const client = await WebSocketWireClient.connect(url('websocket', query), { answerPings: false });
    expect(await client.next()).toBe('40');
    return [client, (await connection)[0] as Socket];
  }

  /** A polling session in the main namespace: the URL of its requests, and the server's socket for it. */
  async function openPolling(query = ''): Promise<[string, Socket]> {
    const connection = next(server.io, 'connection');
    const handshake = await (await fetch(url('polling', query))).text();
    const [, length, sid] = /^(\d+):0\{"sid":"([\w-]{24})"/.exec(handshake)!;
    const session = `${url('polling', query)}&sid=${sid}`;
    const opening = handshake.slice(0, `${length}:`.length + Number(length));
    const rest = handshake === opening ? await (await fetch(session)).text() : handshake.slice(opening.length);
    expect(rest).toBe('2:40');
    return [session, (await connection)[0] as Socket];
  }

  it('is let in before it asks, and joins namespaces with a query', async () => {
    await start();
    const [client, peer] = await open();
    expect(peer.id).toBe(client.sid);
    const connection = next(server.io.of('/admin'), 'connection');
    client.send('40/admin?token=a%20b&token2=c,');
    expect(await client.next()).toMatch(/^40\/admin,?$/);
    expect((await connection)[0]).toMatchObject({
      id: `/admin#${client.sid}`,
      handshake: { auth: { token: 'a b', token2: 'c' } },
    });
    client.send('40/nowhere?a=b');
    expect(await client.next()).toBe('44/nowhere,"Invalid namespace"');
    await client.close();
  });

  it('pings, is answered, and is never pinged', async () => {
    await start({ pingInterval: 10, pingTimeout: 5_000 });
    const [client] = await open();
    const opened = performance.now();
    while (performance.now() - opened < 100) {
      client.send('2');
      expect(await client.next()).toBe('3');
    }
    await client.close();
  });

  it.each(['websocket', 'polling'] as const)('ends for silence over %s', async (transport) => {
    await start({ pingInterval: 200, pingTimeout: 300 });
    const left = new Promise((resolve) => {
      server.io.on('connection', (peer) => peer.on('disconnect', resolve));
    });
    await (transport === 'websocket' ? open() : openPolling());
    expect(await left).toBe('ping timeout');
    expect(server.io.engine.clientsCount).toBe(0);
  });

  it('ends when it answers a ping that nobody sent', async () => {
    await start();
    const [client, peer] = await open();
    const left = next(peer, 'disconnect');
    client.send('3');
    expect((await left)[0]).toBe('transport error');
    expect(await client.closed).toBe(1005);
  });

  it('carries bytes behind their type, or as base64 where the client asks for it', async () => {
    await start();
    const [plain, base64] = [await open(), await open('&b64=1')];
    for (const [client, peer] of [plain, base64]) {
      const received = next(peer, 'up');
      client.send('451-["up",{"_placeholder":true,"num":0}]');
      client.send(Buffer.from([4, 1, 2, 3]));
      expect(await received).toEqual([Buffer.from([1, 2, 3])]);
      const text = next(peer, 'up');
      client.send('451-["up",{"_placeholder":true,"num":0}]');
      client.send('b4AQID');
      expect(await text).toEqual([Buffer.from([1, 2, 3])]);
      peer.emit('down', Buffer.from([1, 2, 3]));
      expect(await client.next()).toBe('451-["down",{"_placeholder":true,"num":0}]');
    }
    expect(await plain[0].next()).toEqual(Buffer.from([4, 1, 2, 3]));
    expect(await base64[0].next()).toBe('b4AQID');
    await Promise.all([plain[0].close(), base64[0].close()]);
  });

  it.each([
    ['as bytes', '', 'application/octet-stream'],
    ['as base64 where the client asks for it', '&b64=1', 'text/plain; charset=UTF-8'],
  ])('polls bytes %s', async (_how, query, type) => {
    await start();
    const [session, peer] = await openPolling(query);
    peer.emit('€', Buffer.from([1, 2, 3]));
    const response = await fetch(session);
    expect(response.headers.get('content-type')).toBe(type);
    const header = '451-["€",{"_placeholder":true,"num":0}]';
    const length = Buffer.byteLength(header);
    const bytes = Buffer.concat([
      Buffer.from([0, Math.floor(length / 10), length % 10, 255]),
      Buffer.from(header),
      Buffer.from([1, 4, 255, 4, 1, 2, 3]),
    ]);
    const expected = query === '' ? bytes : Buffer.from(`${header.length}:${header}6:b4AQID`);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(expected);

    const received = next(peer, '€');
    const headers = { 'content-type': query === '' ? 'application/octet-stream' : 'text/plain;charset=UTF-8' };
    expect(await (await fetch(session, { method: 'POST', headers, body: expected })).text()).toBe('ok');
    expect(await received).toEqual([Buffer.from([1, 2, 3])]);
  });

  it('is not upgraded by a WebSocket of Engine.IO 4', async () => {
    await start();
    const [session] = await openPolling();
    const refused = next(server.io.engine, 'connection_error');
    const upgrade = session.replace('EIO=3', 'EIO=4').replace('polling', 'websocket');
    await expect(WebSocketWireClient.open(upgrade)).rejects.toThrow('400');
    expect((await refused)[0]).toMatchObject({ code: 3, context: { name: 'PROTOCOL_MISMATCH', previousProtocol: 3 } });
  });
});
