import { afterEach, describe, expect, it } from '@jest/globals';
import { Server, type LimitHit, type ServerOptions } from '../../lib/server/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { Clients, next as nextOf } from '../support/clients.js';
import { handled, join, member, members, next, ReportedErrors, until } from './support.js';

type Started = TestServer & { readonly hits: LimitHit[] };

async function start(options: ServerOptions, prepare: (io: Server) => void = () => {}): Promise<Started> {
  const hits: LimitHit[] = [];
  const server = await startTestServer((io) => {
    io.engine.on('limit', (hit: LimitHit) => hits.push(hit));
    prepare(io);
  }, options);
  return Object.assign(server, { hits });
}

const clients: Clients[] = [];
afterEach(async () => {
  for (const each of clients.splice(0)) await each.closed();
});

function published(server: TestServer): Clients {
  const made = new Clients(() => server.url);
  clients.push(made);
  return made;
}

/** A CONNECT_ERROR, or any other packet, as text. */
const text = async (client: { next(): Promise<string | Buffer> }): Promise<string> => String(await client.next());

const transports = ['websocket', 'polling'] as const;

describe.each(transports)('over %s, a client that asks for too many namespaces', (transport) => {
  it('is refused the next one, and keeps those it has', async () => {
    const namespaces = ['/a', '/b', '/c', '/d'];
    await using server = await start({ maxNamespacesPerConnection: 2 }, (io) =>
      namespaces.forEach((each) => io.of(each)),
    );
    const client = await server.connect({ transport });
    const a = await join(server, client, '/a');
    await client.join('/b');
    client.send('40/c,');
    expect(await text(client)).toBe('44/c,{"message":"Too many namespaces"}');
    expect(server.hits).toEqual([{ limit: 'maxNamespacesPerConnection', max: 2, socket: a.conn }]);
    await handled({ client, socket: a });
    // What it leaves makes room.
    client.send('41/b,');
    await until(() => server.io.of('/b').sockets.size === 0);
    await client.join('/c');
    expect(server.io.engine.limits.counts.get('maxNamespacesPerConnection')).toBe(1);
  });

  it('has those counted that it waits for', async () => {
    await using server = await start({ maxNamespacesPerConnection: 1 }, (io) => {
      io.of('/slow').use(() => {});
      io.of('/b');
    });
    const client = await server.connect({ transport });
    client.send('40/slow,');
    client.send('40/b,');
    expect(await text(client)).toBe('44/b,{"message":"Too many namespaces"}');
  });
});

describe.each(transports)('over %s, a client that asks for namespaces too often', (transport) => {
  it('is disconnected, and nobody else', async () => {
    await using server = await start({ connectRate: { perSecond: 0.001, burst: 2 } });
    const other = await member(server, { transport });
    const client = await server.connect({ transport });
    const socket = await join(server, client);
    const left = next(socket, 'disconnect');
    client.send('40/none,');
    expect(await text(client)).toBe('44/none,{"message":"Invalid namespace"}');
    client.send('40/none,');
    expect((await left)[0]).toBe('rate limit');
    expect(await client.closed).toBe(transport === 'websocket' ? 1008 : undefined);
    expect(server.hits).toEqual([{ limit: 'connectRate', max: 2, socket: socket.conn }]);
    await handled(other);
    expect(server.io.engine.clientsCount).toBe(1);
  });
});

describe.each(transports)('over %s, a client that is refused too often', (transport) => {
  it('is told so the last time, and disconnected', async () => {
    await using server = await start({ maxFailedConnects: 3 }, (io) => {
      io.of('/closed').use((_socket, done) => done(new Error('no')));
    });
    const other = await member(server, { transport });
    const { client, socket } = await member(server, { transport });
    const left = next(socket, 'disconnect');
    for (const name of ['/none', '/closed', '/closed']) client.send(`40${name},`);
    expect([await text(client), await text(client), await text(client)]).toEqual([
      '44/none,{"message":"Invalid namespace"}',
      '44/closed,{"message":"no"}',
      '44/closed,{"message":"no"}',
    ]);
    expect((await left)[0]).toBe('refused too often');
    await client.closed;
    expect(server.hits).toEqual([{ limit: 'maxFailedConnects', max: 3, socket: socket.conn }]);
    await handled(other);
    expect(server.io.engine.clientsCount).toBe(1);
  });

  it('may stay when it is let in between the refusals, or refused for the sake of a limit', async () => {
    await using server = await start({ maxFailedConnects: 2, maxNamespacesPerConnection: 2 }, (io) => {
      io.of('/a');
      io.of('/full').limit({ maxSockets: 1 });
    });
    const first = await server.connect({ transport });
    await first.join('/full');
    const { client, socket } = await member(server, { transport });
    for (let round = 0; round < 3; round++) {
      client.send('40/none,');
      expect(await text(client)).toContain('Invalid namespace');
      client.send('40/full,');
      expect(await text(client)).toBe('44/full,{"message":"Too many sockets","data":{"status":503}}');
      await client.join('/a');
      client.send('40/none,');
      expect(await text(client)).toContain('Too many namespaces');
      client.send('41/a,');
      await until(() => server.io.of('/a').sockets.size === 0);
    }
    await handled({ client, socket });
    expect(server.hits.map(({ limit }) => limit)).not.toContain('maxFailedConnects');
  });
});

describe('a client that owes too many answers', () => {
  it('is asked nothing more: who waits is told at once, and nothing is sent', async () => {
    const errors = new ReportedErrors();
    await using server = await start({ maxPendingAcks: 2, onError: errors.onError });
    const [{ client, socket }, other] = (await members(server, 2)) as [Awaited<ReturnType<typeof member>>, never];
    const answers = [socket.emitWithAck('a'), socket.emitWithAck('b')];
    expect([await text(client), await text(client)]).toEqual(['420["a"]', '421["b"]']);
    const refused = expect.objectContaining({ name: 'RookeryError', code: 'ACK_LIMIT' });
    await expect(socket.emitWithAck('c')).rejects.toEqual(refused);
    const calls: unknown[][] = [];
    socket.timeout(60_000).emit('d', (...args: unknown[]) => calls.push(args));
    expect(calls).toEqual([]);
    await until(() => calls.length > 0);
    expect(calls).toEqual([[refused]]);
    // A callback that takes no error: whoever listens to errors is told.
    socket.emit('e', () => calls.push([]));
    expect(await errors.first(1)).toEqual([{ error: refused, event: 'e', socket }]);
    expect(calls).toHaveLength(1);
    expect(server.hits).toEqual(
      Array.from({ length: 3 }, () => ({ limit: 'maxPendingAcks', max: 2, socket: socket.conn, namespace: '/' })),
    );
    // An answer makes room, and other clients have theirs.
    client.send('430["yes"]');
    expect(await answers[0]).toBe('yes');
    const more = socket.emitWithAck('f');
    expect(await text(client)).toBe('422["f"]');
    const others = (other as { socket: typeof socket }).socket.emitWithAck('g');
    client.send('431[1]');
    client.send('432[2]');
    expect([await answers[1], await more]).toEqual([1, 2]);
    (other as { client: typeof client }).client.send('433["other"]');
    expect(await others).toBe('other');
  });

  it('counts as one that does not answer a broadcast', async () => {
    await using server = await start({ maxPendingAcks: 1 });
    const [owing, other] = await members(server, 2);
    void owing!.socket.emitWithAck('a').catch(() => {});
    expect(await text(owing!.client)).toBe('420["a"]');
    const answers = server.io.timeout(500).emitWithAck('b');
    const failed = expect(answers).rejects.toMatchObject({ code: 'ACK_TIMEOUT', responses: ['other'] });
    // It gets the event; what it answers is not waited for.
    expect(await text(owing!.client)).toBe('421["b"]');
    owing!.client.send('431["owing"]');
    await text(other!.client);
    other!.client.send('431["other"]');
    await failed;
    expect(server.hits).toEqual([{ limit: 'maxPendingAcks', max: 1, socket: owing!.socket.conn, namespace: '/' }]);
  });
});

describe('the limits of a namespace', () => {
  it.each(transports)('let in as many sockets as may be there, over %s', async (transport) => {
    await using server = await start({}, (io) => void io.of('/small').limit({ maxSockets: 1 }));
    const inside = await server.connect({ transport });
    const socket = await join(server, inside, '/small');
    const outside = await server.connect({ transport });
    outside.send('40/small,');
    expect(await text(outside)).toBe('44/small,{"message":"Too many sockets","data":{"status":503}}');
    expect(server.hits).toEqual([
      { limit: 'maxSockets', max: 1, socket: expect.objectContaining({ id: outside.sid }), namespace: '/small' },
    ]);
    await outside.join('/');
    await handled({ client: inside, socket });
    inside.send('41/small,');
    await until(() => server.io.of('/small').sockets.size === 0);
    await outside.join('/small');
  });

  it('count those that are let in at the same time', async () => {
    const waiting: (() => void)[] = [];
    await using server = await start({}, (io) => {
      io.of('/small').limit({ maxSockets: 2 });
      io.of('/small').use((_socket, done) => void waiting.push(done));
    });
    const all = await Promise.all(Array.from({ length: 4 }, () => server.connect()));
    for (const client of all) client.send('40/small,');
    await until(() => waiting.length === 4);
    for (const decide of waiting) decide();
    const answers = await Promise.all(all.map(text));
    expect(answers.filter((answer) => answer.startsWith('40'))).toHaveLength(2);
    expect(answers.filter((answer) => answer.includes('Too many sockets'))).toHaveLength(2);
    expect(server.io.of('/small').sockets.size).toBe(2);
  });

  it('tell a published client what it may do', async () => {
    await using server = await start({}, (io) => void io.of('/small').limit({ maxSockets: 1 }));
    const made = published(server);
    await made.connect('/small');
    const [error] = (await nextOf(made.create('/small'), 'connect_error')) as [Error & { data: unknown }];
    expect([error.message, error.data]).toEqual(['Too many sockets', { status: 503 }]);
  });

  it('are those of each namespace that is made of a parent', async () => {
    await using server = await start({}, (io) => void io.of(/^\/room-/).limit({ maxSockets: 1 }));
    const [a, b] = [await server.connect(), await server.connect()];
    await a.join('/room-1');
    await b.join('/room-2');
    b.send('40/room-1,');
    expect(await text(b)).toContain('Too many sockets');
  });

  it('have their own number of answers, in the stead of the server', async () => {
    await using server = await start({ maxPendingAcks: 1 }, (io) => void io.of('/asked').limit({ maxPendingAcks: 2 }));
    const client = await server.connect();
    const socket = await join(server, client, '/asked');
    const answers = Promise.allSettled([socket.emitWithAck('a'), socket.emitWithAck('b'), socket.emitWithAck('c')]);
    await until(() => server.hits.length === 1);
    await client.close();
    expect((await answers).map((each) => (each as { reason: { code: string } }).reason.code)).toEqual([
      'ACK_DISCONNECTED',
      'ACK_DISCONNECTED',
      'ACK_LIMIT',
    ]);
  });

  it('may be given one after another', async () => {
    const io = new Server();
    const namespace = io
      .of('/a')
      .limit({ maxSockets: 3 })
      .limit({ maxPendingAcks: 4, maxSockets: undefined as never });
    expect(namespace.limits).toEqual({ maxSockets: 3, eventRate: false, maxPendingAcks: 4 });
    await io.close();
  });
});

describe('a limit that cannot work', () => {
  it.each<[string, ServerOptions]>([
    ['no namespaces', { maxNamespacesPerConnection: 0 }],
    ['a negative rate', { connectRate: { perSecond: -1, burst: 1 } }],
    ['a rate without a burst', { eventRate: { perSecond: 1 } as never }],
    ['no refusals', { maxFailedConnects: NaN }],
    ['a text', { maxPendingAcks: '5' as never }],
  ])('is refused: %s', (_name, options) => {
    expect(() => new Server(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as never);
  });

  it.each([{ maxSockets: 0 }, { eventRate: { perSecond: 0, burst: 1 } }, { maxPendingAcks: -1 }])(
    'is refused for a namespace: %j',
    (limits) => {
      expect(() => new Server().of('/a').limit(limits)).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }) as never,
      );
    },
  );
});
