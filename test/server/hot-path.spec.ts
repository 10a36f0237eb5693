import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { EngineSocket } from '../../lib/engine/index.js';
import type { Frame } from '../../lib/protocol/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { join, ManualPolling, member, members, until } from './support.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Counts how often a cache of a frame is filled. */
function countFills(frame: Frame, cache: 'webSocketBytes' | 'payloadText'): () => number {
  let value: unknown = frame[cache];
  let fills = 0;
  Object.defineProperty(frame, cache, {
    get: () => value,
    set: (filled: unknown) => {
      value = filled;
      fills++;
    },
  });
  return () => fills;
}

/** Counts what is pushed onto any list. */
function countPushes(act: () => void): number {
  const { push } = Array.prototype;
  let count = 0;
  Array.prototype.push = function (this: unknown[], ...items: unknown[]) {
    count++;
    return push.apply(this, items);
  };
  try {
    act();
  } finally {
    Array.prototype.push = push;
  }
  return count;
}

/** Replaces the timers of the platform by ones that are counted while they are armed. */
function countTimers(): () => number {
  const armed = new Set<unknown>();
  const { setTimeout: arm, setInterval: armAgain, clearTimeout: disarm } = globalThis;
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(((callback: () => void, delay?: number) => {
    const handle: unknown = arm(() => {
      armed.delete(handle);
      callback();
    }, delay);
    armed.add(handle);
    return handle;
  }) as never);
  jest.spyOn(globalThis, 'setInterval').mockImplementation(((callback: () => void, delay?: number) => {
    const handle: unknown = armAgain(callback, delay);
    armed.add(handle);
    return handle;
  }) as never);
  for (const name of ['clearTimeout', 'clearInterval'] as const) {
    jest.spyOn(globalThis, name).mockImplementation(((handle: NodeJS.Timeout) => {
      armed.delete(handle);
      disarm(handle);
    }) as never);
  }
  return () => armed.size;
}

describe('a broadcast', () => {
  it.each<[string, (server: TestServer) => unknown, number]>([
    ['everyone', ({ io }) => io.emit('x', { a: 1 }), 6],
    ['bytes to everyone', ({ io }) => io.emit('x', Buffer.from([1])), 6],
    ['rooms', ({ io }) => io.to(['a', 'b']).emit('x', { a: 1 }), 6],
    ['everyone else', ({ io }) => [...io.sockets.sockets.values()][0]!.broadcast.emit('x'), 5],
    [
      'everyone who is asked',
      ({ io }) =>
        io
          .to('a')
          .timeout(1)
          .emit('x', () => {}),
      6,
    ],
  ])('to %s is encoded once, into one frame', async (_whom, broadcast, receivers) => {
    await using server = await startTestServer();
    for (const { socket } of await members(server, 4)) void socket.join(['a', 'b']);
    for (let n = 0; n < 2; n++) void (await (await ManualPolling.open(server)).join(server)).join('a');
    const encode = jest.spyOn(server.io.encoder, 'encode');
    const writes = Object.values(server.io.engine.clients).map((conn) => jest.spyOn(conn, 'writeFrame'));
    broadcast(server);
    expect(encode).toHaveBeenCalledTimes(1);
    const frames = writes.flatMap((write) => write.mock.calls.map(([frame]) => frame));
    expect(frames).toHaveLength(receivers);
    expect(new Set(frames).size).toBe(1);
  });

  it('is encoded for nobody when nobody is there', async () => {
    await using server = await startTestServer();
    const encode = jest.spyOn(server.io.encoder, 'encode');
    server.io.emit('x');
    await members(server, 1);
    encode.mockClear();
    server.io.to('nobody').emit('x');
    expect(encode).not.toHaveBeenCalled();
  });

  it('is put into bytes once, whoever gets them', async () => {
    await using server = await startTestServer();
    const all = await members(server, 4);
    const original = server.io.sockets.encode.bind(server.io.sockets);
    const fills: (() => number)[] = [];
    const frames: Frame[] = [];
    jest.spyOn(server.io.sockets, 'encode').mockImplementation((packet, compress) => {
      const frame = original(packet, compress);
      frames.push(frame);
      fills.push(countFills(frame, 'webSocketBytes'));
      return frame;
    });
    server.io.emit('x', 'y');
    for (const { client } of all) expect(await client.next()).toBe('42["x","y"]');
    expect(fills.map((count) => count())).toEqual([1]);
    expect(Buffer.from(frames[0]!.webSocketBytes!).toString()).toContain('42["x","y"]');
  });

  it('is put into the text of a poll once, whoever gets it', async () => {
    await using server = await startTestServer();
    const sessions: ManualPolling[] = [];
    for (let n = 0; n < 3; n++) {
      const session = await ManualPolling.open(server);
      await session.join(server);
      sessions.push(session);
    }
    const original = server.io.sockets.encode.bind(server.io.sockets);
    const fills: (() => number)[] = [];
    jest.spyOn(server.io.sockets, 'encode').mockImplementation((packet, compress) => {
      const frame = original(packet, compress);
      fills.push(countFills(frame, 'payloadText'));
      return frame;
    });
    server.io.emit('x', Buffer.from([1]));
    for (const session of sessions) {
      expect(await session.poll()).toBe('451-["x",{"_placeholder":true,"num":0}]\x1ebAQ==');
    }
    expect(fills.map((count) => count())).toEqual([1]);
  });

  it('goes from the socket straight to its session, which is put on the list of those to flush and on no other', async () => {
    await using server = await startTestServer();
    const all = await members(server, 4);
    const writes = all.map(({ socket }) => jest.spyOn(socket.client, 'write'));
    expect(countPushes(() => server.io.emit('x'))).toBe(all.length);
    for (const { client } of all) expect(await client.next()).toBe('42["x"]');
    for (const write of writes) expect(write).not.toHaveBeenCalled();
  });

  it('is flushed to everyone in one tick', async () => {
    await using server = await startTestServer();
    const all = await members(server, 4);
    await until(() => all.every(({ socket }) => socket.conn.writable));
    const nextTick = jest.spyOn(process, 'nextTick');
    server.io.emit('x');
    server.io.emit('y');
    all[0]!.socket.emit('z');
    expect(nextTick).toHaveBeenCalledTimes(1);
  });
});

describe('an incoming event', () => {
  /** What is emitted, by whom, from the moment in which a transport hands a message over until it is handled. */
  async function emitted(conn: EngineSocket, ...messages: string[]): Promise<[unknown, unknown[]][]> {
    const emit = jest.spyOn(EventEmitter.prototype, 'emit');
    for (const message of messages) conn.onMessage(message);
    // Behind the tick in which events are delivered; nothing of the network runs in between.
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    const { contexts, calls } = emit.mock;
    emit.mockRestore();
    return contexts.map((context, index) => [context, calls[index]!]);
  }

  it('is emitted to the listeners of the application, and nothing else is emitted', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const { client, socket } = await member(server);
    const admin = await join(server, client, '/admin');
    const heard: unknown[] = [];
    socket.on('a', (value: unknown) => heard.push(value));
    admin.onAny((...args) => heard.push(args)).use((_event, proceed) => proceed());
    const calls = await emitted(socket.conn, '2["a",1]', '2/admin,["b",2]');
    expect(heard).toEqual([['b', 2], 1]);
    expect(calls).toHaveLength(2);
    expect(calls[0]![0]).toBe(socket);
    expect(calls[0]![1]).toEqual(['a', 1]);
    expect(calls[1]![0]).toBe(admin);
    expect(calls[1]![1]).toEqual(['b', 2]);
  });

  it('that is an answer is emitted to nobody', async () => {
    await using server = await startTestServer();
    const { socket } = await member(server);
    const answer = socket.emitWithAck('question');
    expect(await emitted(socket.conn, '30["a"]')).toEqual([]);
    expect(await answer).toBe('a');
  });

  it('shares its tick with the others that came with it', async () => {
    await using server = await startTestServer();
    const all = await members(server, 2);
    const nextTick = jest.spyOn(process, 'nextTick');
    for (let n = 0; n < 5; n++) for (const { socket } of all) socket.conn.onMessage('2["a"]');
    expect(nextTick).toHaveBeenCalledTimes(1);
  });

  it('waits for its turn in a list that keeps its room', async () => {
    await using server = await startTestServer();
    const { socket } = await member(server);
    expect(countPushes(() => socket.conn.onMessage('2["a"]'))).toBe(0);
  });

  it('that nobody answers costs no encoding', async () => {
    await using server = await startTestServer();
    const { socket } = await member(server);
    const encode = jest.spyOn(server.io.encoder, 'encode');
    await emitted(socket.conn, '27["a"]');
    expect(encode).not.toHaveBeenCalled();
  });
});

describe('a socket', () => {
  it('writes its handshake down for the first who asks', async () => {
    const toText = jest.spyOn(Date.prototype, 'toString');
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    client.send('42["a"]');
    server.io.emit('x');
    await client.next();
    expect(toText).not.toHaveBeenCalled();
    const { handshake } = socket;
    expect(handshake.time).toBe(String(new Date(handshake.issued)));
    expect(socket.handshake).toBe(handshake);
  });

  it('joins and leaves a room without a set of it', async () => {
    await using server = await startTestServer();
    const all = await members(server, 2);
    const add = jest.spyOn(Set.prototype, 'add');
    const addOne = jest.spyOn(server.io.sockets.adapter, 'addOne');
    for (const { socket } of all) void socket.join('room');
    for (const { socket } of all) void socket.leave('room');
    expect(addOne).toHaveBeenCalledTimes(2);
    expect(add).not.toHaveBeenCalled();
  });
});

describe('a client that changes its namespace', () => {
  it('is put into the tables of the namespace and into no other', async () => {
    await using server = await startTestServer((io) => void [io.of('/a'), io.of('/b')]);
    const { client, socket } = await member(server);
    await join(server, client, '/a');
    const set = jest.spyOn(Map.prototype, 'set');
    const add = jest.spyOn(Set.prototype, 'add');
    socket.conn.onMessage('1/a,');
    socket.conn.onMessage('0/b,');
    // Its sockets, twice over, and who is in which room.
    expect(set).toHaveBeenCalledTimes(3);
    // Who is on his way in.
    expect(add).toHaveBeenCalledTimes(1);
    expect(server.io.of('/b').sockets.size).toBe(1);
  });

  it('finds its way when it is in many', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `/${index}`);
    await using server = await startTestServer((io) => {
      for (const name of names) io.of(name);
    });
    const { client, socket } = await member(server);
    for (const name of names) await join(server, client, name);
    for (const name of names.slice(0, 15)) client.send(`41${name},`);
    const back = await join(server, client, '/3');
    const heard = jest.fn();
    back.on('a', heard);
    client.send('42/3,["a"]');
    await until(() => heard.mock.calls.length === 1);
    expect(names.filter((name) => server.io.of(name).sockets.size === 1)).toEqual(['/3', ...names.slice(15)]);
    client.send('40/19,');
    await until(() => !socket.connected);
    expect(names.filter((name) => server.io.of(name).sockets.size === 1)).toEqual([]);
  });
});

describe('an idle session', () => {
  it('arms no timer of its own', async () => {
    const count = 50;
    const armed = countTimers();
    await using server = await startTestServer();
    await members(server, count);
    expect(server.io.engine.clientsCount).toBe(count);
    // One heartbeat each, on a wheel that one timer turns.
    expect(server.io.engine.wheel.size).toBe(count);
    expect(armed()).toBe(1);
  });

  it('arms none for what it is asked without a timeout', async () => {
    const armed = countTimers();
    await using server = await startTestServer();
    const { socket } = await member(server);
    const before = armed();
    for (let n = 0; n < 10; n++) socket.emit('question', () => {});
    expect(armed()).toBe(before);
    socket.timeout(60_000).emit('question', () => {});
    expect(armed()).toBe(before + 1);
    socket.disconnect();
    expect(armed()).toBe(before);
  });

  it('is asked with everyone else, and no timer outlives the answers', async () => {
    const armed = countTimers();
    await using server = await startTestServer();
    const { client } = await member(server);
    const before = armed();
    const answers = server.io.timeout(60_000).emitWithAck('question');
    expect(armed()).toBeGreaterThan(before);
    client.send('430["a"]');
    expect(await answers).toEqual(['a']);
    expect(armed()).toBe(before);
  });

  it('leaves no timer behind', async () => {
    const armed = countTimers();
    const server = await startTestServer();
    await members(server, 3);
    await server.close();
    expect(server.io.engine.wheel.size).toBe(0);
    expect(armed()).toBe(0);
  });
});
