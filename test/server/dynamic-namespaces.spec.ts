import { describe, expect, it } from '@jest/globals';
import { ParentNamespace, type Namespace, type Socket } from '../../lib/server/index.js';
import { startTestServer } from '../../lib/testing/index.js';

describe('a namespace that is made for clients', () => {
  it('is there for every name that a pattern matches, and for no other', async () => {
    const made: string[] = [];
    await using server = await startTestServer((io) => {
      io.of(/^\/room-\d+$/, (socket: Socket) => socket.emit('in', socket.nsp.name));
      io.on('new_namespace', (namespace: Namespace) => made.push(namespace.name));
    });
    const client = await server.connect();
    await client.join('/room-1');
    expect(await client.next()).toBe('42/room-1,["in","/room-1"]');
    await client.join('/room-22');
    client.send('40/room-x,');
    expect(await client.next()).toBe('42/room-22,["in","/room-22"]');
    expect(await client.next()).toBe('44/room-x,{"message":"Invalid namespace"}');
    expect(made).toEqual(['/room-1', '/room-22']);
  });

  it('is asked for with the name and what the client sent along', async () => {
    const asked: unknown[] = [];
    await using server = await startTestServer((io) => {
      io.of((name, auth, next) => {
        asked.push([name, auth]);
        setImmediate(() => next(null, auth['token'] === 'good'));
      });
    });
    const client = await server.connect();
    await client.join('/any', { token: 'good' });
    client.send('40/other,{"token":"bad"}');
    expect(await client.next()).toBe('44/other,{"message":"Invalid namespace"}');
    expect(asked).toEqual([
      ['/any', { token: 'good' }],
      ['/other', { token: 'bad' }],
    ]);
  });

  it('comes of the first that allows it, in the order they were added; static ones come before', async () => {
    await using server = await startTestServer((io) => {
      io.of((_name, _auth, next) => next(new Error('no'), true));
      io.of((_name, _auth, next) => next(null, false));
      io.of(/^\/a/, (socket: Socket) => socket.emit('by', 'pattern'));
      io.of(
        (_name, _auth, next) => {
          next(null, true);
          next(null, false);
        },
        (socket: Socket) => socket.emit('by', 'function'),
      );
      io.of('/abc', (socket) => socket.emit('by', 'name'));
    });
    const client = await server.connect();
    await client.join('/ab');
    expect(await client.next()).toBe('42/ab,["by","pattern"]');
    await client.join('/b');
    expect(await client.next()).toBe('42/b,["by","function"]');
  });

  it('is refused when the function throws, which is reported', async () => {
    const errors: unknown[] = [];
    await using server = await startTestServer(
      (io) =>
        io.of(() => {
          throw new Error('boom');
        }),
      { onError: (error) => errors.push(error) },
    );
    const client = await server.connect();
    client.send('40/x,');
    expect(await client.next()).toBe('44/x,{"message":"Invalid namespace"}');
    expect(errors).toMatchObject([{ message: 'boom' }]);
  });

  it('is made once, however many ask for it at a time', async () => {
    const made: Namespace[] = [];
    const waiting: (() => void)[] = [];
    await using server = await startTestServer((io) => {
      io.of((_name, _auth, next) => waiting.push(() => next(null, true)));
      io.on('new_namespace', (namespace: Namespace) => made.push(namespace));
    });
    const clients = [await server.connect(), await server.connect()];
    const joining = clients.map((client) => client.join('/x'));
    while (waiting.length < 2) await new Promise(setImmediate);
    for (const allow of waiting) allow();
    await Promise.all(joining);
    expect(made).toHaveLength(1);
    expect(made[0]!.sockets.size).toBe(2);
  });

  it('lets nobody in who went away meanwhile', async () => {
    let allow!: () => void;
    const asked = new Promise<void>((resolve) => {
      allow = resolve;
    });
    let decide!: () => void;
    const connected: unknown[] = [];
    await using server = await startTestServer((io) => {
      const parent = io.of((_name, _auth, next) => {
        decide = () => next(null, true);
        allow();
      });
      parent.on('connection', (socket: Socket) => connected.push(socket));
    });
    const client = await server.connect();
    client.send('40/x,');
    await asked;
    const gone = new Promise((resolve) => {
      server.io.engine.clients[client.sid]!.once('close', resolve);
    });
    await client.close();
    await gone;
    decide();
    expect(connected).toEqual([]);
  });

  it('has the middlewares and listeners that its parent had when it was made', async () => {
    await using server = await startTestServer((io) => {
      const parent = io.of(/^\/x/);
      parent.use((socket, next) => {
        socket.data.seen = true;
        next();
      });
      parent.on('connection', (socket: Socket) => socket.emit('data', socket.data.seen));
    });
    const client = await server.connect();
    await client.join('/x1');
    expect(await client.next()).toBe('42/x1,["data",true]');
  });

  it('is made at once when the application asks for a name that matches', async () => {
    await using server = await startTestServer((io) => {
      const parent = io.of(/^\/x/);
      expect(parent).toBeInstanceOf(ParentNamespace);
      const child = io.of('/x1');
      expect(parent.children.has(child)).toBe(true);
      expect(io.of('/x1')).toBe(child);
      io.of('/y');
      expect(parent.children.size).toBe(1);
    });
    await (await server.connect()).join('/x1');
  });

  it.each([/^\/x/g, /^\/x/y])('cannot come of a pattern that remembers: %s', async (pattern) => {
    await using server = await startTestServer();
    expect(() => server.io.of(pattern)).toThrow(expect.objectContaining({ code: 'INVALID_NAMESPACE' }));
  });
});

describe('a parent namespace', () => {
  it('broadcasts to the clients of all its children', async () => {
    let parent!: ParentNamespace;
    await using server = await startTestServer((io) => {
      parent = io.of(/^\/x/, (socket: Socket) => void socket.join('room'));
    });
    const one = await server.connect();
    const two = await server.connect();
    const other = await server.connect();
    await one.join('/x1');
    await two.join('/x2');
    await other.join();
    parent.emit('all', 1);
    parent.to('room').emit('room', 2);
    parent.to('nobody').emit('nobody', 3);
    server.io.emit('main');
    for (const [client, name] of [
      [one, '/x1'],
      [two, '/x2'],
    ] as const) {
      expect(await client.next()).toBe(`42${name},["all",1]`);
      expect(await client.next()).toBe(`42${name},["room",2]`);
    }
    expect(await other.next()).toBe('42["main"]');
  });

  it('asks, fetches, moves and disconnects the clients of all its children', async () => {
    let parent!: ParentNamespace;
    await using server = await startTestServer((io) => {
      parent = io.of(/^\/x/);
    });
    const one = await server.connect();
    const two = await server.connect();
    const ids = [await one.join('/x1'), await two.join('/x2')];
    const answers = parent.timeout(2_000).emitWithAck('ask');
    for (const client of [one, two]) {
      const [, name, id] = /^42(\/x\d),(\d+)\["ask"\]$/.exec(String(await client.next()))!;
      client.send(`43${name!},${id!}["${name!}"]`);
    }
    expect((await answers).sort()).toEqual(['/x1', '/x2']);
    expect((await parent.fetchSockets()).map(({ id }) => id)).toEqual(ids);
    parent.socketsJoin('r');
    expect(await parent.in('r').fetchSockets()).toHaveLength(2);
    parent.socketsLeave('r');
    expect(await parent.in('r').fetchSockets()).toHaveLength(0);
    parent.disconnectSockets();
    expect([await one.next(), await two.next()]).toEqual(['41/x1,', '41/x2,']);
  });

  it('has nobody to ask before it has children', async () => {
    await using server = await startTestServer();
    expect(await server.io.of(/^\/x/).timeout(2_000).emitWithAck('ask')).toEqual([]);
  });
});

describe('cleanupEmptyChildNamespaces', () => {
  it('ends a namespace with its last client, and its adapter with it', async () => {
    const closed: string[] = [];
    let parent!: ParentNamespace;
    await using server = await startTestServer(
      (io) => {
        parent = io.of(/^\/x/);
        io.of('/static');
        io.on('new_namespace', (namespace: Namespace) => {
          namespace.adapter.close = () => void closed.push(namespace.name);
        });
      },
      { cleanupEmptyChildNamespaces: true },
    );
    const one = await server.connect();
    const two = await server.connect();
    await one.join('/x');
    await two.join('/x');
    await two.join('/static');
    const [child] = parent.children;
    one.send('41/x,');
    two.send('41/static,');
    while (child!.sockets.size > 1) await new Promise(setImmediate);
    expect(closed).toEqual([]);
    two.send('41/x,');
    while (child!.sockets.size > 0) await new Promise(setImmediate);
    expect(closed).toEqual(['/x']);
    expect(parent.children.size).toBe(0);
    await one.join('/x');
    expect([...parent.children][0]).not.toBe(child);
  });

  it('ends one that let nobody in', async () => {
    let parent!: ParentNamespace;
    await using server = await startTestServer(
      (io) => {
        parent = io.of(/^\/x/);
        parent.use((_socket, next) => next(new Error('no')));
      },
      { cleanupEmptyChildNamespaces: true },
    );
    const client = await server.connect();
    client.send('40/x,');
    expect(await client.next()).toBe('44/x,{"message":"no"}');
    expect(parent.children.size).toBe(0);
  });

  it('is off by default', async () => {
    let parent!: ParentNamespace;
    await using server = await startTestServer((io) => {
      parent = io.of(/^\/x/);
    });
    const client = await server.connect();
    await client.join('/x');
    const [child] = parent.children;
    client.send('41/x,');
    while (child!.sockets.size > 0) await new Promise(setImmediate);
    expect(parent.children.size).toBe(1);
  });
});
