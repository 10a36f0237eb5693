import { describe, expect, it } from '@jest/globals';
import type { Socket } from '../../lib/server/index.js';
import { startTestServer } from '../../lib/testing/index.js';
import { deferred, join, member, ReportedErrors, until } from './support.js';

type Proceed = (error?: Error) => void;

describe('a middleware of a namespace', () => {
  it('is asked before the client is let in, in order', async () => {
    const order: string[] = [];
    await using server = await startTestServer((io) => {
      const result = io.use((socket, proceed) => {
        order.push(`first ${socket.connected}`);
        setImmediate(proceed);
      });
      expect(result).toBe(io);
      const nsp = io.sockets;
      expect(
        nsp.use(async (_socket, proceed) => {
          await Promise.resolve();
          order.push('second');
          proceed();
        }),
      ).toBe(nsp);
      io.on('connection', () => order.push('connection'));
    });
    await member(server);
    expect(order).toEqual(['first false', 'second', 'connection']);
  });

  it('guards its own namespace alone', async () => {
    const asked: string[] = [];
    await using server = await startTestServer((io) => {
      io.of('/admin').use((socket, proceed) => {
        asked.push(socket.nsp.name);
        proceed();
      });
    });
    const { client } = await member(server);
    expect(asked).toEqual([]);
    await join(server, client, '/admin');
    expect(asked).toEqual(['/admin']);
  });

  it('refuses a client with a text', async () => {
    let later = 0;
    await using server = await startTestServer((io) => {
      io.use((_socket, proceed) => proceed(new Error('not authorized')));
      io.use((_socket, proceed) => {
        later++;
        proceed();
      });
      io.on('connection', () => later++);
    });
    const client = await server.connect();
    client.send('40');
    expect(await client.next()).toBe('44{"message":"not authorized"}');
    expect(later).toBe(0);
    expect(server.io.sockets.sockets.size).toBe(0);
  });

  it.each([
    ['an object', { content: 'Please retry later' }, '{"content":"Please retry later"}'],
    ['null', null, 'null'],
    ['zero', 0, '0'],
  ])('refuses a client with a text and data: %s', async (_what, data, json) => {
    await using server = await startTestServer((io) => {
      io.of('/admin').use((_socket, proceed) => proceed(Object.assign(new Error('no'), { data })));
    });
    const client = await server.connect();
    client.send('40/admin,');
    expect(await client.next()).toBe(`44/admin,{"message":"no","data":${json}}`);
  });

  it('is asked again when the client comes again', async () => {
    let count = 0;
    await using server = await startTestServer((io) => {
      io.use((_socket, proceed) => proceed(++count === 1 ? new Error('once') : undefined));
    });
    const client = await server.connect();
    client.send('40');
    expect(await client.next()).toBe('44{"message":"once"}');
    expect(await client.join()).toHaveLength(20);
    expect(count).toBe(2);
  });

  it.each<[string, (error: Error) => unknown]>([
    [
      'throws',
      (error) => {
        throw error;
      },
    ],
    ['rejects', (error) => Promise.reject(error)],
  ])('that %s tells the client nothing of the inside, and is reported', async (_how, fail) => {
    const errors = new ReportedErrors();
    const sockets: Socket[] = [];
    await using server = await startTestServer(
      (io) =>
        io.use((socket) => {
          sockets.push(socket);
          return fail(new Error('secret'));
        }),
      { onError: errors.onError },
    );
    const client = await server.connect();
    client.send('40');
    expect(await client.next()).toBe('44{"message":"Internal server error"}');
    expect(errors.all).toEqual([{ error: new Error('secret'), event: 'connection', socket: sockets[0] }]);
  });

  it('that fails after it has let the client in is reported, and the client stays', async () => {
    const errors = new ReportedErrors();
    await using server = await startTestServer(
      (io) => {
        io.use(async (_socket, proceed) => {
          proceed();
          throw new Error('too late');
        });
        io.use((_socket, proceed) => {
          proceed();
          throw new Error('too late as well');
        });
      },
      { onError: errors.onError },
    );
    const { client, socket } = await member(server);
    expect(await errors.first(2)).toMatchObject([
      { error: { message: 'too late as well' } },
      { error: { message: 'too late' } },
    ]);
    socket.emit('welcome');
    expect(await client.next()).toBe('42["welcome"]');
  });

  it('decides once', async () => {
    let connections = 0;
    await using server = await startTestServer((io) => {
      io.use((_socket, proceed) => {
        proceed();
        proceed();
        proceed(new Error('never mind'));
      });
      io.on('connection', () => connections++);
    });
    const { client, socket } = await member(server);
    socket.emit('welcome');
    expect(await client.next()).toBe('42["welcome"]');
    expect(connections).toBe(1);
  });

  it('that never decides keeps its client waiting, and no one else', async () => {
    await using server = await startTestServer((io) => {
      io.use((socket, proceed) => {
        if (socket.handshake.auth.token !== undefined) proceed();
      });
    });
    const waiting = await server.connect();
    waiting.send('40');
    const client = await server.connect();
    await join(server, client, '/', { token: 'a' });
    expect(server.io.sockets.sockets.size).toBe(1);
    expect(server.io.engine.clientsCount).toBe(2);
  });

  it('sees the handshake, and may leave data for later', async () => {
    await using server = await startTestServer((io) => {
      io.use((socket, proceed) => {
        socket.data.user = socket.handshake.auth.user as string;
        proceed();
      });
    });
    const socket = await join(server, await server.connect(), '/', { user: 'ada' });
    expect(socket.data).toEqual({ user: 'ada' });
  });

  it('may put the client into rooms, which it keeps when it is let in', async () => {
    await using server = await startTestServer((io) => {
      io.use((socket, proceed) => {
        void socket.join('early');
        proceed();
      });
    });
    const { socket } = await member(server);
    expect(socket.rooms).toEqual(new Set(['early', socket.id]));
  });

  it('leaves nothing behind of a client that is refused', async () => {
    const sockets: Socket[] = [];
    await using server = await startTestServer((io) => {
      io.use((socket, proceed) => {
        sockets.push(socket);
        void socket.join('early');
        proceed(new Error('no'));
        void socket.join('late');
      });
    });
    const client = await server.connect();
    client.send('40');
    await client.next();
    expect(server.io.sockets.adapter.rooms.size).toBe(0);
    expect(server.io.sockets.adapter.sids.size).toBe(0);
    expect(sockets[0]).toMatchObject({ connected: false, disconnected: true, rooms: new Set() });
  });

  it('is not heard any more when the connection has gone', async () => {
    const asked = deferred<{ socket: Socket; proceed: Proceed }>();
    let connections = 0;
    let disconnections = 0;
    await using server = await startTestServer((io) => {
      io.use((socket, proceed) => {
        void socket.join('early');
        socket.on('disconnect', () => disconnections++);
        asked.resolve({ socket, proceed });
      });
      io.on('connection', () => connections++);
    });
    const client = await server.connect();
    client.send('40');
    const { socket, proceed } = await asked.promise;
    expect(server.io.sockets.adapter.rooms.has('early')).toBe(true);
    await client.close();
    await until(() => server.io.engine.clientsCount === 0);
    expect(server.io.sockets.adapter.rooms.size).toBe(0);
    proceed();
    void socket.join('late');
    expect(connections).toBe(0);
    expect(disconnections).toBe(0);
    expect(server.io.sockets.sockets.size).toBe(0);
    expect(server.io.sockets.adapter.sids.size).toBe(0);
  });

  it('added while another one is asked counts for the next client', async () => {
    let asked = 0;
    await using server = await startTestServer((io) => {
      io.use((_socket, proceed) => {
        if (asked === 0) {
          io.use((_next, goOn) => {
            asked++;
            goOn();
          });
        }
        proceed();
      });
    });
    await member(server);
    expect(asked).toBe(0);
    await member(server);
    expect(asked).toBe(1);
  });
});

describe('a middleware of a socket', () => {
  it('may change an event before its listeners get it', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const heard = new Promise((resolve) => {
      socket.on('renamed', (...args: unknown[]) => resolve(args));
    });
    expect(
      socket.use((event, proceed) => {
        event[0] = 'renamed';
        event.push('added');
        proceed();
      }),
    ).toBe(socket);
    client.send('42["name",1]');
    expect(await heard).toEqual([1, 'added']);
  });

  it('runs in order, also when it takes its time', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const order: unknown[] = [];
    socket.use(([event], proceed) => {
      order.push(`first ${event}`);
      setImmediate(proceed);
    });
    socket.use(([event], proceed) => {
      order.push(`second ${event}`);
      proceed();
      proceed();
    });
    const heard = new Promise<void>((resolve) => {
      socket.on('a', () => {
        order.push('listener');
        resolve();
      });
    });
    client.send('42["a"]');
    await heard;
    expect(order).toEqual(['first a', 'second a', 'listener']);
  });

  it('refuses an event: an error instead of its listeners', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const heard: unknown[] = [];
    socket.use(([event], proceed) => proceed(event === 'bad' ? new Error('no') : undefined));
    socket.on('bad', () => heard.push('bad'));
    socket.on('error', (error) => heard.push(error));
    const good = new Promise<void>((resolve) => {
      socket.on('good', () => resolve());
    });
    client.send('42["bad"]');
    client.send('42["good"]');
    await good;
    expect(heard).toEqual([new Error('no')]);
    expect(socket.connected).toBe(true);
  });

  it('may refuse an event when nobody listens to errors', async () => {
    const errors = new ReportedErrors();
    await using server = await startTestServer(undefined, { onError: errors.onError });
    const { client, socket } = await member(server);
    socket.use(([event], proceed) => proceed(event === 'bad' ? new Error('no') : undefined));
    const good = new Promise<void>((resolve) => {
      socket.on('good', () => resolve());
    });
    client.send('42["bad"]');
    client.send('42["good"]');
    await good;
    expect(errors.all).toEqual([]);
  });

  it.each<[string, (error: Error) => unknown]>([
    [
      'throws',
      (error) => {
        throw error;
      },
    ],
    ['rejects', (error) => Promise.reject(error)],
  ])('that %s is reported, and the event is refused', async (_how, fail) => {
    const errors = new ReportedErrors();
    await using server = await startTestServer(undefined, { onError: errors.onError });
    const { client, socket } = await member(server);
    const heard: unknown[] = [];
    socket.use(() => fail(new Error('secret')));
    socket.on('a', () => heard.push('a'));
    const refused = new Promise((resolve) => {
      socket.on('error', resolve);
    });
    client.send('42["a"]');
    expect(await refused).toEqual(new Error('Internal server error'));
    expect(errors.all).toEqual([{ error: new Error('secret'), event: 'a', socket }]);
    expect(heard).toEqual([]);
  });
});
