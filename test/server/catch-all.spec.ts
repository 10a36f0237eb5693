import { describe, expect, it } from '@jest/globals';
import { startTestServer } from '../../lib/testing/index.js';
import { handled, ManualPolling, member, members, received } from './support.js';

describe('a catch-all listener', () => {
  it('hears every event, with its name, its arguments and its answer', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const heard: unknown[][] = [];
    expect(socket.onAny((...args) => heard.push(args))).toBe(socket);
    client.send('42["a",1,{"b":null}]');
    client.send('427["question"]');
    await handled({ client, socket });
    expect(heard).toEqual([['a', 1, { b: null }], ['question', expect.any(Function)], ['handled']]);
    (heard[1]![1] as (answer: string) => void)('answer');
    expect(await client.next()).toBe('437["answer"]');
  });

  it('hears an event before the middlewares, and they before its listeners', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const order: string[] = [];
    socket.on('a', () => order.push('listener'));
    socket.use((event, proceed) => {
      if (event[0] === 'a') order.push('middleware');
      proceed();
    });
    socket.onAny((event) => event === 'a' && order.push('any'));
    client.send('42["a"]');
    await handled({ client, socket });
    expect(order).toEqual(['any', 'middleware', 'listener']);
  });

  it('is called in order, and no longer than it is wanted', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const order: string[] = [];
    const [first, second, third] = ['first', 'second', 'third'].map((name) => (event: string) => {
      if (event === 'a') order.push(name);
    });
    expect(socket.listenersAny()).toEqual([]);
    expect(socket.offAny(first)).toBe(socket);
    socket.onAny(second!).onAny(third!);
    expect(socket.prependAny(first!)).toBe(socket);
    expect(socket.listenersAny()).toEqual([first, second, third]);
    socket.listenersAny().pop();
    client.send('42["a"]');
    await handled({ client, socket });
    expect(order.splice(0)).toEqual(['first', 'second', 'third']);
    expect(socket.offAny(second)).toBe(socket);
    expect(socket.listenersAny()).toEqual([first, third]);
    client.send('42["a"]');
    await handled({ client, socket });
    expect(order.splice(0)).toEqual(['first', 'third']);
    socket.offAny();
    client.send('42["a"]');
    await handled({ client, socket });
    expect(order).toEqual([]);
    expect(socket.listenersAny()).toEqual([]);
  });

  it('added or removed meanwhile counts from the next event on', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const heard: string[] = [];
    const added = (event: string): void => void heard.push(`added ${event}`);
    const removed = (event: string): void => void heard.push(`removed ${event}`);
    socket.onAny((event) => {
      if (event === 'a') socket.onAny(added).offAny(removed);
    });
    socket.onAny(removed);
    client.send('42["a"]');
    client.send('42["b"]');
    await handled({ client, socket });
    expect(heard).toEqual(['removed a', 'added b', 'added handled']);
  });

  it('hears what no other listener gets: an event right before the client leaves', async () => {
    await using server = await startTestServer();
    const session = await ManualPolling.open(server);
    const socket = await session.join(server);
    const heard: string[] = [];
    socket.onAny((event) => heard.push(`any ${event}`));
    socket.use(([event], proceed) => {
      heard.push(`middleware ${event}`);
      proceed();
    });
    socket.on('a', () => heard.push('listener'));
    socket.on('disconnect', () => heard.push('disconnect'));
    await session.post('42["a"]\x1e41');
    expect(heard).toEqual(['any a', 'middleware a', 'disconnect']);
  });

  it('hears nothing that the server emits, and nothing of other sockets', async () => {
    await using server = await startTestServer();
    const [a, b] = await members(server, 2);
    const heard: string[] = [];
    a!.socket.onAny((event) => heard.push(event));
    server.io.emit('x');
    a!.socket.emit('y');
    await handled(b!);
    expect(heard).toEqual([]);
  });
});

describe('an outgoing catch-all listener', () => {
  it('hears what is emitted, before it is encoded, and no answers', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const heard: unknown[][] = [];
    expect(socket.onAnyOutgoing((...args) => heard.push(args))).toBe(socket);
    const bytes = Buffer.from([1]);
    socket.on('question', (ack: (answer: string) => void) => ack('answer'));
    client.send('420["question"]');
    await handled({ client, socket });
    socket.emit('a', 1, { bytes });
    const answer = socket.emitWithAck('b');
    socket.timeout(60_000).emit('c', () => {});
    client.send('430["b"]');
    client.send('431["c"]');
    await answer;
    await handled({ client, socket });
    socket.send('d');
    expect(heard).toEqual([['a', 1, { bytes }], ['b'], ['c'], ['message', 'd']]);
    expect((heard[0]![2] as { bytes: unknown }).bytes).toBe(bytes);
  });

  it('hears the broadcasts that reach its socket', async () => {
    await using server = await startTestServer();
    const [a, b] = await members(server, 2);
    const heard: unknown[][] = [];
    for (const { socket } of [a!, b!]) {
      socket.onAnyOutgoing((...args) => heard.push([socket === a!.socket ? 'a' : 'b', ...args]));
    }
    server.io.emit('everyone', 1);
    a!.socket.broadcast.emit('others');
    server.io.to(a!.socket.id).emit('one');
    server.io.to('nobody').emit('nobody');
    const answers = server.io.emitWithAck('question');
    for (const each of [a!, b!]) each.client.send('430[]');
    await answers;
    expect(heard).toEqual([
      ['a', 'everyone', 1],
      ['b', 'everyone', 1],
      ['b', 'others'],
      ['a', 'one'],
      ['a', 'question'],
      ['b', 'question'],
    ]);
  });

  it('is called in order, and no longer than it is wanted', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const order: string[] = [];
    const [first, second, third] = ['first', 'second', 'third'].map((name) => () => void order.push(name));
    expect(socket.listenersAnyOutgoing()).toEqual([]);
    expect(socket.offAnyOutgoing(first)).toBe(socket);
    socket.onAnyOutgoing(second!).onAnyOutgoing(third!);
    expect(socket.prependAnyOutgoing(first!)).toBe(socket);
    expect(socket.listenersAnyOutgoing()).toEqual([first, second, third]);
    socket.emit('a');
    expect(order.splice(0)).toEqual(['first', 'second', 'third']);
    socket.offAnyOutgoing(second);
    socket.emit('a');
    expect(order.splice(0)).toEqual(['first', 'third']);
    socket.offAnyOutgoing();
    expect(socket.listenersAnyOutgoing()).toEqual([]);
    expect(await received({ client, socket })).toEqual(['42["a"]', '42["a"]']);
    expect(order).toEqual([]);
  });
});
