import { describe, expect, it } from '@jest/globals';
import type { Socket } from '../../lib/server/index.js';
import { startTestServer } from '../../lib/testing/index.js';
import { handled, join, ManualPolling, member, next, received, until } from './support.js';

describe('an event that is emitted', () => {
  it.each<[string, (socket: Socket) => unknown, string]>([
    ['with an argument', (socket) => socket.emit('hello', 'world'), '42["hello","world"]'],
    ['without arguments', (socket) => socket.emit('hello'), '42["hello"]'],
    [
      'with several',
      (socket) => socket.emit('hello', 1, null, undefined, { a: [] }),
      '42["hello",1,null,null,{"a":[]}]',
    ],
    ['named error', (socket) => socket.emit('error', 'a'), '42["error","a"]'],
    ['named connection', (socket) => socket.emit('connection'), '42["connection"]'],
    ['without a name of its own', (socket) => socket.send('a', 'b'), '42["message","a","b"]'],
    ['without a name of its own, by the other word', (socket) => socket.write('a'), '42["message","a"]'],
    ['with a date', (socket) => socket.emit('at', new Date(0)), '42["at","1970-01-01T00:00:00.000Z"]'],
  ])('is sent %s', async (_what, emit, packet) => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const result = emit(socket);
    expect(result === true || result === socket).toBe(true);
    expect(await client.next()).toBe(packet);
  });

  it('carries the name of its namespace', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const client = await server.connect();
    (await join(server, client, '/admin')).emit('hello');
    expect(await client.next()).toBe('42/admin,["hello"]');
  });

  it('sends bytes behind their placeholders, and leaves its arguments alone', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const client = await server.connect();
    const socket = await join(server, client, '/admin');
    const value = { list: [new Uint8Array([3, 4]).buffer], text: 'b' };
    socket.emit('a', Buffer.from([1, 2]), value);
    expect(await client.next()).toBe(
      '452-/admin,["a",{"_placeholder":true,"num":0},{"list":[{"_placeholder":true,"num":1}],"text":"b"}]',
    );
    expect([await client.next(), await client.next()]).toEqual([Buffer.from([1, 2]), Buffer.from([3, 4])]);
    expect(value.list[0]).toBeInstanceOf(ArrayBuffer);
  });

  it('is received with bytes where their placeholders stood', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const heard = next(socket, 'a');
    client.send('451-["a",{"b":[{"_placeholder":true,"num":0}]},"c"]');
    client.send(Buffer.from([1, 2]));
    const [value, text] = (await heard) as [{ b: Buffer[] }, string];
    expect(value).toEqual({ b: [Buffer.from([1, 2])] });
    expect(Buffer.isBuffer(value.b[0])).toBe(true);
    expect(text).toBe('c');
  });

  it.each(['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'])(
    'cannot be named %s',
    async (name) => {
      await using server = await startTestServer();
      const { client, socket } = await member(server);
      const refusal = expect.objectContaining({
        code: 'INVALID_EVENT_NAME',
        message: `"${name}" is a reserved event name`,
      }) as never;
      expect(() => socket.emit(name)).toThrow(refusal);
      expect(() => socket.broadcast.emit(name)).toThrow(refusal);
      expect(() => server.io.emit(name)).toThrow(refusal);
      await expect(socket.emitWithAck(name)).rejects.toEqual(refusal);
      await expect(server.io.emitWithAck(name)).rejects.toEqual(refusal);
      expect(await received({ client, socket })).toEqual([]);
    },
  );

  it.each([[undefined], [null], [{}], [['a']], [true]])(
    'cannot be named %j, which clients take for a broken packet',
    async (name) => {
      await using server = await startTestServer();
      const { socket } = await member(server);
      const refusal = expect.objectContaining({ code: 'INVALID_EVENT_NAME' }) as never;
      expect(() => socket.emit(name as never)).toThrow(refusal);
      expect(() => server.io.emit(name as never)).toThrow(refusal);
    },
  );

  it('may be named by a number', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    socket.emit(1 as never, 'one');
    expect(await client.next()).toBe('42[1,"one"]');
  });

  it('cannot hold what JSON cannot, and nothing of it stays', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const outgoing: string[] = [];
    const answers: unknown[] = [];
    socket.onAnyOutgoing((event) => outgoing.push(event));
    const refusal = expect.objectContaining({ code: 'NOT_SERIALIZABLE' }) as never;
    for (const value of [circular, 1n]) {
      expect(() => socket.emit('a', value)).toThrow(refusal);
      expect(() => socket.broadcast.emit('a', value)).toThrow(refusal);
      expect(() => server.io.emit('a', value)).toThrow(refusal);
      expect(() => socket.timeout(60_000).emit('a', value, (error: unknown) => answers.push(error))).toThrow(refusal);
      await expect(socket.emitWithAck('a', value)).rejects.toEqual(refusal);
      await expect(server.io.emitWithAck('a', value)).rejects.toEqual(refusal);
    }
    expect(outgoing).toEqual([]);
    expect(await received({ client, socket })).toEqual([]);
    socket.disconnect();
    expect(answers).toEqual([]);
  });

  it('is sent while the connection is there, also to a socket that has left', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    socket.disconnect();
    expect(socket.emit('afterwards')).toBe(true);
    expect([await client.next(), await client.next()]).toEqual(['41', '42["afterwards"]']);
    await client.close();
    await until(() => server.io.engine.clientsCount === 0);
    expect(socket.emit('into the void')).toBe(true);
  });
});

describe('a volatile event', () => {
  it('is dropped while no poll is open', async () => {
    await using server = await startTestServer();
    const session = await ManualPolling.open(server);
    const socket = await session.join(server);
    expect(socket.volatile.emit('lost')).toBe(true);
    socket.volatile.emit('lost', Buffer.from([1]));
    socket.emit('kept');
    expect(await session.poll()).toBe('42["kept"]');
  });

  it('is sent when a poll is open', async () => {
    await using server = await startTestServer();
    const session = await ManualPolling.open(server);
    const socket = await session.join(server);
    const poll = session.poll();
    await until(() => socket.conn.writable);
    socket.volatile.emit('now', Buffer.from([1]));
    expect(await poll).toBe('451-["now",{"_placeholder":true,"num":0}]\x1ebAQ==');
  });

  it('is dropped behind another one of the same tick', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    await until(() => socket.conn.writable);
    socket.volatile.emit('first');
    socket.volatile.emit('second');
    socket.emit('third');
    expect([await client.next(), await client.next()]).toEqual(['42["first"]', '42["third"]']);
    expect(await received({ client, socket })).toEqual([]);
  });
});

describe('a modifier of a socket', () => {
  it.each([
    [true, (socket: Socket) => socket.emit('a')],
    [true, (socket: Socket) => socket.compress(true).emit('a')],
    [false, (socket: Socket) => socket.compress(false).emit('a')],
    [false, (socket: Socket) => socket.compress(false).emit('a', Buffer.from([1]))],
    [false, (socket: Socket) => socket.nsp.compress(false).emit('a')],
    [true, (socket: Socket) => socket.nsp.emit('a')],
  ])('tells the transport whether to compress: %s', async (expected, emit) => {
    await using server = await startTestServer();
    const { socket } = await member(server);
    const created: unknown[] = [];
    socket.conn.on('packetCreate', (packet: { options: { compress: boolean } }) =>
      created.push(packet.options.compress),
    );
    emit(socket);
    expect(created.length).toBeGreaterThan(0);
    expect(new Set(created)).toEqual(new Set([expected]));
  });

  it('counts for the next event, and no longer', async () => {
    await using server = await startTestServer();
    const session = await ManualPolling.open(server);
    const socket = await session.join(server);
    const created: unknown[] = [];
    socket.conn.on('packetCreate', (packet: { data: string; options: { compress: boolean } }) =>
      created.push([packet.data, packet.options.compress]),
    );
    expect(socket.volatile).toBe(socket);
    expect(socket.compress(false)).toBe(socket);
    expect(socket.timeout(1_000)).toBe(socket);
    socket.emit('dropped');
    socket.emit('kept');
    expect(created).toEqual([['2["kept"]', true]]);
  });

  it('is used up by an event that could not be sent', async () => {
    await using server = await startTestServer();
    const session = await ManualPolling.open(server);
    const socket = await session.join(server);
    expect(() => socket.volatile.emit('disconnect')).toThrow();
    socket.emit('kept');
    expect(await session.poll()).toBe('42["kept"]');
  });

  it('counts for an event with an ack as well', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const created: unknown[] = [];
    socket.conn.on('packetCreate', (packet: { options: { compress: boolean } }) =>
      created.push(packet.options.compress),
    );
    const answer = socket.compress(false).emitWithAck('a');
    client.send('430["b"]');
    expect(await answer).toBe('b');
    expect(created).toEqual([false]);
    await handled({ client, socket });
  });
});
