import { describe, expect, it } from '@jest/globals';
import { InMemoryAdapter, type AdapterConstructor, type AdapterHost } from '../../lib/adapter/index.js';
import { Server, type Namespace } from '../../lib/server/index.js';
import { startTestServer } from '../../lib/testing/index.js';
import { handled, join, member, next, received, ReportedErrors, until } from './support.js';

describe('a namespace', () => {
  it('is named with or without its slash', () => {
    const io = new Server();
    expect(io.of('admin')).toBe(io.of('/admin'));
    expect(io.of('admin').name).toBe('/admin');
    expect(io.of('admin').server).toBe(io);
    expect(io.of('')).toBe(io.of('/'));
    expect(io.of('/')).toBe(io.sockets);
    expect(io.of('/other')).not.toBe(io.of('/admin'));
  });

  it.each([
    ['with a comma', 'a,b', '"a,b" holds a comma, which ends a name'],
    ['that is no string', 1, 'A namespace is named by a string, not by number'],
    ['that is nothing', undefined, 'A namespace is named by a string, not by undefined'],
  ])('cannot have a name %s', (_what, name, message) => {
    const refusal = { code: 'INVALID_NAMESPACE', message };
    expect(() => new Server().of(name as string)).toThrow(expect.objectContaining(refusal) as never);
  });

  it('is announced when it is made, unless it is the main one', () => {
    const io = new Server();
    const made: Namespace[] = [];
    io.on('new_namespace', (namespace) => made.push(namespace));
    const admin = io.of('/admin');
    io.of('admin');
    io.of('/');
    expect(made).toEqual([admin]);
  });

  it('takes a listener for its clients as it is asked for', async () => {
    const ids: string[] = [];
    await using server = await startTestServer((io) => io.of('/admin', (socket) => ids.push(socket.id)));
    const client = await server.connect();
    const { id } = await join(server, client, '/admin');
    expect(ids).toEqual([id]);
  });

  it('answers with the id of the socket, then calls its listeners', async () => {
    const seen: string[] = [];
    await using server = await startTestServer((io) => {
      io.of('/admin').on('connection', (socket) => {
        seen.push(`connection ${socket.connected} ${io.of('/admin').sockets.get(socket.id) === socket}`);
        socket.emit('second');
      });
      io.of('/admin').on('connect', (socket) => {
        seen.push('connect');
        socket.emit('first');
      });
    });
    const client = await server.connect();
    client.send('40/admin,');
    const answer = String(await client.next());
    expect(answer).toMatch(/^40\/admin,{"sid":"[\w-]{20}"}$/);
    expect(await client.next()).toBe('42/admin,["first"]');
    expect(await client.next()).toBe('42/admin,["second"]');
    expect(seen).toEqual(['connect', 'connection true true']);
  });

  it('answers in the main namespace without a name', async () => {
    await using server = await startTestServer();
    const client = await server.connect();
    client.send('40');
    expect(await client.next()).toMatch(/^40{"sid":"[\w-]{20}"}$/);
  });

  it('that nobody made is refused, and the connection goes on', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    client.send('40/nowhere,{"token":"a"}');
    expect(await client.next()).toBe('44/nowhere,{"message":"Invalid namespace"}');
    server.io.of('/nowhere');
    expect(await client.join('/nowhere')).toHaveLength(20);
    await handled({ client, socket });
  });

  it('is not found by another name for it', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const client = await server.connect();
    for (const name of ['/admin/', '/Admin', '/admin?a=b', '/__proto__', '/constructor']) {
      client.send(`40${name},`);
      expect(await client.next()).toBe(`44${name},{"message":"Invalid namespace"}`);
    }
  });

  it('shares a connection with others, and is left alone', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const { client, socket } = await member(server);
    const admin = await join(server, client, '/admin');
    expect(admin.client).toBe(socket.client);
    expect(admin.id).not.toBe(socket.id);
    const heard: string[] = [];
    socket.on('hi', () => heard.push('/'));
    admin.on('hi', () => heard.push('/admin'));
    client.send('42/admin,["hi"]');
    client.send('42["hi"]');
    await until(() => heard.length === 2);
    expect(heard).toEqual(['/admin', '/']);

    const left = next(socket, 'disconnect');
    client.send('41');
    expect((await left)[0]).toBe('client namespace disconnect');
    expect(admin.connected).toBe(true);
    await handled({ client, socket: admin });
    server.io.emit('to nobody');
    expect(await received({ client, socket: admin })).toEqual([]);
  });

  it('is joined again by a client that has left', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    client.send('41');
    const again = await join(server, client);
    expect(again.id).not.toBe(socket.id);
    expect(socket.connected).toBe(false);
    await handled({ client, socket: again });
  });

  it('hands every event to its dispatcher first', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const seen: unknown[] = [];
    const nsp = server.io.sockets;
    expect(
      nsp.setDispatcher((by, args) => {
        seen.push(['dispatcher', by === socket, ...args]);
        return true;
      }),
    ).toBe(nsp);
    socket.on('a', (...args: unknown[]) => seen.push(['listener', ...args]));
    client.send('42["a",1]');
    client.send('42["error","made up"]');
    await handled({ client, socket });
    expect(seen.slice(0, 3)).toEqual([
      ['dispatcher', true, 'a', 1],
      ['listener', 1],
      ['dispatcher', true, 'error', 'made up'],
    ]);
    nsp.setDispatcher(null);
    client.send('42["a",2]');
    await handled({ client, socket });
    expect(seen.at(-1)).toEqual(['listener', 2]);
  });

  it('reports a dispatcher that throws, and still calls the listeners', async () => {
    const errors = new ReportedErrors();
    await using server = await startTestServer(undefined, { onError: errors.onError });
    const { client, socket } = await member(server);
    server.io.sockets.setDispatcher(() => {
      throw new Error('broken');
    });
    await handled({ client, socket });
    expect(errors.all).toEqual([{ error: new Error('broken'), event: 'handled', socket }]);
  });
});

describe('listening on a server', () => {
  const names = (io: Server): number => io.sockets.listenerCount('connection');

  it('is listening on its main namespace', () => {
    const io = new Server();
    const calls: string[] = [];
    const [first, second, third] = ['first', 'second', 'third'].map((name) => () => calls.push(name));
    expect(io.on('connection', second!)).toBe(io);
    expect(io.prependListener('connection', first!)).toBe(io);
    expect(io.addListener('connection', third!)).toBe(io);
    expect(io.sockets.listeners('connection')).toEqual([first, second, third]);
    expect(io.listeners('connection')).toEqual([first, second, third]);
    expect(io.listenerCount('connection')).toBe(3);
    expect(io.eventNames()).toEqual(['connection']);
    expect(io.off('connection', first!)).toBe(io);
    expect(io.removeListener('connection', second!)).toBe(io);
    expect(io.sockets.listeners('connection')).toEqual([third]);
    expect(io.removeAllListeners('connection')).toBe(io);
    expect(names(io)).toBe(0);
    expect(io.once('connection', first!)).toBe(io);
    expect(io.prependOnceListener('connection', second!)).toBe(io);
    expect(io.sockets.listeners('connection')).toEqual([second, first]);
    expect(io.setMaxListeners(7)).toBe(io);
    expect(io.sockets.getMaxListeners()).toBe(7);
    expect(io.getMaxListeners()).toBe(7);
    expect(calls).toEqual([]);
  });

  it('hears each client, or one alone', async () => {
    const heard: string[] = [];
    await using server = await startTestServer((io) => {
      io.on('connection', () => heard.push('each'));
      io.once('connection', () => heard.push('one'));
    });
    await member(server);
    await member(server);
    expect(heard).toEqual(['each', 'one', 'each']);
  });

  it('hears nothing of other namespaces', async () => {
    const heard: string[] = [];
    await using server = await startTestServer((io) => {
      io.on('connection', (socket) => heard.push(socket.nsp.name));
      io.of('/admin');
    });
    await join(server, await server.connect(), '/admin');
    expect(heard).toEqual([]);
  });
});

describe('the adapter of a server', () => {
  class OwnAdapter extends InMemoryAdapter {}

  it.each<[string, AdapterConstructor]>([
    ['a class', OwnAdapter],
    [
      'a function',
      function (nsp: AdapterHost) {
        return new OwnAdapter(nsp);
      },
    ],
    ['an arrow function', (nsp: AdapterHost) => new OwnAdapter(nsp)],
  ])('may be %s, given with the options or later', async (_what, adapter) => {
    const io = new Server({ adapter });
    expect(io.adapter()).toBe(adapter);
    expect(io.sockets.adapter).toBeInstanceOf(OwnAdapter);
    expect((io.sockets.adapter as OwnAdapter).nsp).toBe(io.sockets);

    await using server = await startTestServer((later) => {
      expect(later.adapter()).toBe(InMemoryAdapter);
      later.of('/before');
      expect(later.adapter(adapter)).toBe(later);
      later.of('/after');
    });
    for (const name of ['/', '/before', '/after']) {
      expect(server.io.of(name).adapter).toBeInstanceOf(OwnAdapter);
    }
    expect(server.io.adapter()).toBe(adapter);
    const { client, socket } = await member(server);
    expect(server.io.sockets.adapter.sids.has(socket.id)).toBe(true);
    server.io.emit('hi');
    expect(await client.next()).toBe('42["hi"]');
  });

  it('begins its work with each namespace, and its failure is reported', async () => {
    const begun: string[] = [];
    class BrokenAdapter extends InMemoryAdapter {
      override async init(): Promise<void> {
        begun.push(this.nsp.name);
        throw new Error('no bus');
      }
      override broadcast(): Promise<void> {
        return Promise.reject(new Error('no broadcast'));
      }
    }
    const errors = new ReportedErrors();
    const io = new Server({ adapter: BrokenAdapter, onError: errors.onError });
    io.of('/admin');
    io.emit('hi');
    expect(begun).toEqual(['/', '/admin']);
    expect(await errors.first(3)).toMatchObject([
      { error: { message: 'no bus' }, event: 'adapter.init' },
      { error: { message: 'no bus' }, event: 'adapter.init' },
      { error: { message: 'no broadcast' }, event: 'broadcast' },
    ]);
  });

  it('reports rooms that could not be joined or left', async () => {
    class BrokenAdapter extends InMemoryAdapter {
      override addAll(): Promise<void> {
        return Promise.reject(new Error('cannot join'));
      }
      override delAll(): Promise<void> {
        return Promise.reject(new Error('cannot leave'));
      }
    }
    const errors = new ReportedErrors();
    await using server = await startTestServer(undefined, { adapter: BrokenAdapter, onError: errors.onError });
    const { client, socket } = await member(server);
    client.send('41');
    expect(await errors.first(2)).toMatchObject([
      { error: { message: 'cannot join' }, event: 'join', socket },
      { error: { message: 'cannot leave' }, event: 'leave', socket },
    ]);
  });
});
