import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { Clients, next, transportLists } from '../support/clients.js';

describe.each(transportLists)('the published client over %s', (name, transports) => {
  let server: TestServer;
  let clients: Clients;

  beforeEach(async () => {
    server = await startTestServer();
    clients = new Clients(() => server.url);
  });

  afterEach(async () => {
    clients.close();
    await server.close();
  });

  const connect = (path = '/', options = {}) => clients.connect(path, { transports, ...options });

  it('connects, with an id of its own in each namespace', async () => {
    server.io.of('/admin');
    const main = await connect();
    const admin = main.io.socket('/admin', {});
    await next(admin as never, 'connect');
    expect(main.id).toMatch(/^[A-Za-z0-9_-]{20}$/);
    expect(admin.id).toMatch(/^[A-Za-z0-9_-]{20}$/);
    expect(new Set([main.id, admin.id, main.io.engine.id]).size).toBe(3);
    expect(server.io.engine.clientsCount).toBe(1);
  });

  it('shows its auth, query and headers to the server', async () => {
    const shown = next(server.io as never, 'connection');
    await connect('/', { auth: { token: 'a' }, query: { b: 'c' } });
    const [socket] = (await shown) as [{ handshake: Record<string, unknown> }];
    expect(socket.handshake).toMatchObject({
      auth: { token: 'a' },
      query: { b: 'c', EIO: '4' },
      address: '127.0.0.1',
      secure: false,
      xdomain: false,
    });
  });

  it('is told why it was refused, with data', async () => {
    server.io.of('/admin').use((_socket, proceed) => {
      proceed(Object.assign(new Error('not authorized'), { data: { content: 'Please retry later' } }));
    });
    const socket = clients.create('/admin', { transports });
    const [error] = (await next(socket, 'connect_error')) as [Error & { data: unknown }];
    expect(error.message).toBe('not authorized');
    expect(error.data).toEqual({ content: 'Please retry later' });
    const [unknown] = (await next(clients.create('/nowhere', { transports }), 'connect_error')) as [Error];
    expect(unknown.message).toBe('Invalid namespace');
  });

  it('sends and receives events with any JSON', async () => {
    server.io.on('connection', (socket) => socket.on('echo', (...args: unknown[]) => socket.emit('echo', ...args)));
    const socket = await connect();
    const values = [1, 'zwölf €', null, false, [], { a: [{}] }, '', 1.5];
    const echoed = next(socket, 'echo');
    socket.emit('echo', ...values);
    expect(await echoed).toEqual(values);
  });

  it('gets acks, and gives them', async () => {
    server.io.on('connection', (socket) => {
      socket.on('sum', (a: number, b: number, ack: (sum: number) => void) => ack(a + b));
      socket.on('ask me', async (ack: (answer: unknown) => void) => {
        const byPromise: unknown = await socket.emitWithAck('question', 1);
        socket.emit('question', 2, (byCallback: unknown) => ack([byPromise, byCallback]));
      });
    });
    const socket = await connect();
    socket.on('question', (n: number, ack: (answer: string) => void) => ack(`answer ${n}`));
    expect(await socket.emitWithAck('sum', 1, 2)).toBe(3);
    expect(await socket.emitWithAck('ask me')).toEqual(['answer 1', 'answer 2']);
  });

  it('exchanges binary both ways, in events and in acks', async () => {
    server.io.on('connection', (socket) => {
      socket.on('reverse', (value: { bytes: Buffer }, ack: (answer: unknown) => void) => {
        expect(Buffer.isBuffer(value.bytes)).toBe(true);
        ack({ reversed: Buffer.from(value.bytes).reverse(), list: [new Uint16Array([1]).buffer] });
      });
      socket.on('send me', () => socket.emit('bytes', 'text', Buffer.from([9, 8]), { deep: Buffer.alloc(70_000, 7) }));
    });
    const socket = await connect();
    expect(await socket.emitWithAck('reverse', { bytes: Buffer.from([1, 2, 3]) })).toEqual({
      reversed: Buffer.from([3, 2, 1]),
      list: [Buffer.from([1, 0])],
    });
    const bytes = next(socket, 'bytes');
    socket.emit('send me');
    expect(await bytes).toEqual(['text', Buffer.from([9, 8]), { deep: Buffer.alloc(70_000, 7) }]);
  });

  it('reaches rooms and everyone else', async () => {
    server.io.on('connection', (socket) => {
      socket.on('join', (room: string, ack: () => void) => {
        void socket.join(room);
        ack();
      });
      socket.on('say', (room: string, text: string) => socket.to(room).emit('said', text));
    });
    const [a, b, c] = await Promise.all([connect(), connect(), connect()]);
    await Promise.all([a!.emitWithAck('join', 'room'), b!.emitWithAck('join', 'room')]);
    const heard: string[] = [];
    for (const [id, socket] of Object.entries({ a, b, c })) {
      socket!.on('said', (text: string) => heard.push(`${id} ${text}`));
    }
    const all = Promise.all([a, b, c].map((socket) => next(socket!, 'end')));
    const said = next(b!, 'said');
    a!.emit('say', 'room', 'hello');
    await said;
    server.io.to('room').emit('said', 'to the room');
    server.io.except('room').emit('said', 'to the others');
    server.io.emit('end');
    await all;
    expect(heard.sort()).toEqual(['a to the room', 'b hello', 'b to the room', 'c to the others']);
  });

  it('answers broadcasts', async () => {
    const [a, b] = await Promise.all([connect(), connect()]);
    a!.on('who', (ack: (name: string) => void) => ack('a'));
    b!.on('who', (ack: (name: string) => void) => ack('b'));
    expect((await server.io.timeout(5_000).emitWithAck('who')).sort()).toEqual(['a', 'b']);
    b!.off('who');
    const error = await server.io
      .timeout(100)
      .emitWithAck('who')
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: 'operation has timed out', responses: ['a'] });
  });

  it('learns that it was disconnected, and comes back', async () => {
    server.io.on('connection', (socket) => {
      socket.on('leave', () => socket.disconnect());
      socket.on('drop', () => socket.conn.close());
    });
    const kicked = await connect();
    kicked.emit('leave');
    expect((await next(kicked, 'disconnect'))[0]).toBe('io server disconnect');

    const dropped = await connect('/', { reconnection: true, reconnectionDelay: 1, reconnectionDelayMax: 5 });
    const before = dropped.id;
    dropped.emit('drop');
    expect((await next(dropped, 'disconnect'))[0]).toBe('transport close');
    await next(dropped, 'connect');
    expect(dropped.id).not.toBe(before);
  });

  it('tells the server why it leaves', async () => {
    const reasons: unknown[] = [];
    const gone = new Promise<void>((resolve) => {
      server.io.on('connection', (socket) => {
        socket.on('disconnecting', (reason) => reasons.push(['disconnecting', reason, socket.rooms.size]));
        socket.on('disconnect', (reason) => {
          reasons.push(['disconnect', reason, socket.rooms.size]);
          resolve();
        });
      });
    });
    (await connect()).disconnect();
    await gone;
    expect(reasons).toEqual([
      ['disconnecting', 'client namespace disconnect', 1],
      ['disconnect', 'client namespace disconnect', 0],
    ]);
  });

  it('ends on the best transport it offers', async () => {
    const socket = await connect();
    const { engine } = socket.io;
    if (engine.transport.name !== transports.at(-1)) await next(engine as never, 'upgrade');
    expect(socket.io.engine.transport.name).toBe(transports.at(-1));
    expect(name).toContain(transports.at(-1));
    const echoed = next(socket, 'echo');
    server.io.emit('echo', 'after');
    expect(await echoed).toEqual(['after']);
  });
});

describe('an upgrade under load', () => {
  it('loses, repeats and reorders nothing, either way', async () => {
    const count = 2_000;
    await using server = await startTestServer((io) => {
      io.on('connection', (socket) => {
        let sent = 0;
        const send = (): void => {
          for (let n = 0; n < 20; n++) socket.emit('down', sent++);
          if (sent < count) setImmediate(send);
        };
        send();
        socket.on('up', (n: number) => received.push(n));
      });
    });
    const received: number[] = [];
    const down: number[] = [];
    const clients = new Clients(() => server.url);
    const socket = clients.create('/', { transports: ['polling', 'websocket'] });
    const done = new Promise<void>((resolve) => {
      socket.on('down', (n: number) => {
        down.push(n);
        socket.emit('up', n);
        if (down.length === count) resolve();
      });
    });
    const upgraded = next(socket.io.engine as never, 'upgrade');
    await done;
    await upgraded;
    await new Promise<void>((resolve) => {
      const check = (): void => (received.length >= count ? resolve() : void setImmediate(check));
      check();
    });
    clients.close();
    const expected = Array.from({ length: count }, (_, n) => n);
    expect(down).toEqual(expected);
    expect(received).toEqual(expected);
  });
});
