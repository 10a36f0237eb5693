import { describe, expect, it } from '@jest/globals';
import { startTestServer } from '../../lib/testing/index.js';
import { Clients } from '../support/clients.js';
import { handled, join, member, members, next, received, until } from './support.js';

describe('an event with an ack', () => {
  it('is numbered, and its callback gets what the client answers', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const answers: unknown[][] = [];
    expect(socket.emit('question', 1, (...args: unknown[]) => answers.push(args))).toBe(true);
    expect(await client.next()).toBe('420["question",1]');
    client.send('430["a",null,{"b":1}]');
    await handled({ client, socket });
    expect(answers).toEqual([['a', null, { b: 1 }]]);
  });

  it('has a number that is unique in its namespace', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const [a, b] = await members(server, 2);
    const admin = await join(server, a!.client, '/admin');
    a!.socket.emit('x', () => {});
    b!.socket.emit('x', () => {});
    server.io.emit('y', () => {});
    admin.emit('z', () => {});
    expect([await a!.client.next(), await a!.client.next(), await a!.client.next()]).toEqual([
      '420["x"]',
      '422["y"]',
      '42/admin,0["z"]',
    ]);
    expect([await b!.client.next(), await b!.client.next()]).toEqual(['421["x"]', '422["y"]']);
    // The broadcast waits for its answers.
    for (const each of [a!, b!]) {
      each.client.send('432[]');
      await handled(each);
    }
  });

  it('takes the first answer, and no other', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const [asked, other] = await members(server, 2);
    await join(server, asked!.client, '/admin');
    const answers: unknown[] = [];
    asked!.socket.emit('question', (answer: unknown) => answers.push(answer));
    other!.client.send('430["of another client"]');
    await handled(other!);
    asked!.client.send('43/admin,0["of another namespace"]');
    asked!.client.send('4399["of another question"]');
    asked!.client.send('430["first"]');
    asked!.client.send('430["second"]');
    await handled(asked!);
    expect(answers).toEqual(['first']);
    expect(asked!.socket.connected).toBe(true);
  });

  it('waits for ever when nothing else is said', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const answers: unknown[] = [];
    socket.emit('question', (...args: unknown[]) => answers.push(args));
    const left = next(socket, 'disconnect');
    client.send('41');
    await left;
    expect(answers).toEqual([]);
  });

  it('exchanges bytes, either way', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const answer = socket.emitWithAck('question', Buffer.from([1]));
    expect(await client.next()).toBe('451-0["question",{"_placeholder":true,"num":0}]');
    expect(await client.next()).toEqual(Buffer.from([1]));
    client.send('461-0[{"_placeholder":true,"num":0}]');
    client.send(Buffer.from([2]));
    expect(await answer).toEqual(Buffer.from([2]));

    socket.on('reverse', (bytes: Buffer, ack: (bytes: Buffer) => void) => ack(Buffer.from(bytes).reverse()));
    client.send('451-7["reverse",{"_placeholder":true,"num":0}]');
    client.send(Buffer.from([1, 2, 3]));
    expect(await client.next()).toBe('461-7[{"_placeholder":true,"num":0}]');
    expect(await client.next()).toEqual(Buffer.from([3, 2, 1]));
  });
});

describe('an event with an ack and a timeout', () => {
  it('gets no error when the client answers in time', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const answer = new Promise((resolve) => {
      socket.timeout(60_000).emit('question', (...args: unknown[]) => resolve(args));
    });
    client.send('430["a","b"]');
    expect(await answer).toEqual([null, 'a', 'b']);
  });

  it('gets an error when it does not, and a late answer is ignored', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const calls: unknown[][] = [];
    const called = new Promise<void>((resolve) => {
      socket.timeout(10).emit('question', (...args: unknown[]) => {
        calls.push(args);
        resolve();
      });
    });
    await called;
    client.send('430["late"]');
    await handled({ client, socket });
    expect(calls).toEqual([[expect.objectContaining({ code: 'ACK_TIMEOUT', message: 'operation has timed out' })]]);
  });

  it('gets an error when the client leaves', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const failed = new Promise((resolve) => {
      socket.timeout(60_000).emit('question', resolve);
    });
    client.send('41');
    expect(await failed).toMatchObject({ code: 'ACK_DISCONNECTED', message: 'socket has been disconnected' });
  });

  it('counts for the next event alone', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    socket.timeout(60_000).emit('first');
    const answer = new Promise((resolve) => {
      socket.emit('second', (...args: unknown[]) => resolve(args));
    });
    client.send('430["a"]');
    expect(await answer).toEqual(['a']);
  });
});

describe('an event whose answer is awaited', () => {
  it('resolves with the first argument of the answer', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const answer = socket.emitWithAck('question', 1);
    expect(await client.next()).toBe('420["question",1]');
    client.send('430["a","b"]');
    expect(await answer).toBe('a');
    const empty = socket.timeout(60_000).emitWithAck('question');
    expect(await client.next()).toBe('421["question"]');
    client.send('431[]');
    expect(await empty).toBeUndefined();
  });

  it('rejects when no answer comes in time', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const answer = socket.timeout(10).emitWithAck('question');
    await expect(answer).rejects.toMatchObject({ code: 'ACK_TIMEOUT', message: 'operation has timed out' });
    client.send('430["late"]');
    await handled({ client, socket });
  });

  it.each([
    ['leaves the namespace', '41'],
    ['closes the connection', '1'],
  ])('rejects when the client %s', async (_how, packet) => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const answers = Promise.allSettled([
      socket.emitWithAck('question'),
      socket.timeout(60_000).emitWithAck('question'),
    ]);
    client.send(packet);
    const rejection = { status: 'rejected', reason: { code: 'ACK_DISCONNECTED' } };
    expect(await answers).toMatchObject([rejection, rejection]);
  });

  it('rejects when the client has left already', async () => {
    await using server = await startTestServer();
    const { socket } = await member(server);
    socket.disconnect();
    await expect(socket.emitWithAck('question')).rejects.toMatchObject({ code: 'ACK_DISCONNECTED' });
    const failed = new Promise((resolve) => {
      socket.timeout(60_000).emit('question', resolve);
    });
    expect(await failed).toMatchObject({ code: 'ACK_DISCONNECTED' });
  });

  it('is answered by the published client', async () => {
    await using server = await startTestServer();
    const clients = new Clients(() => server.url);
    const connected = next(server.io, 'connection');
    const client = clients.create('/', { transports: ['websocket'] });
    client.on('sum', (a: number, b: number, ack: (sum: number) => void) => ack(a + b));
    const [socket] = (await connected) as [{ emitWithAck(event: string, ...args: number[]): Promise<number> }];
    expect(await socket.emitWithAck('sum', 1, 2)).toBe(3);
    clients.close();
  });
});

describe('an event that the client wants to be answered', () => {
  it('brings a function that answers once', async () => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const client = await server.connect();
    const socket = await join(server, client, '/admin');
    socket.on('question', (n: number, ack: (...args: unknown[]) => void) => {
      ack('a', n);
      ack('b');
    });
    client.send('42/admin,12["question",1]');
    await handled({ client, socket });
    expect(await received({ client, socket })).toEqual(['43/admin,12["a",1]']);
  });

  it('may be answered with nothing', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    socket.on('question', (ack: () => void) => ack());
    client.send('420["question"]');
    expect(await client.next()).toBe('430[]');
  });

  it('brings no function when it has no number', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const heard = next(socket, 'statement');
    client.send('42["statement",1]');
    expect(await heard).toEqual([1]);
  });

  it('is not answered by what JSON cannot hold', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    socket.on('question', (ack: (value: unknown) => void) => {
      expect(() => ack(1n)).toThrow(expect.objectContaining({ code: 'NOT_SERIALIZABLE' }) as never);
      ack('instead');
    });
    client.send('420["question"]');
    expect(await client.next()).toBe('430["instead"]');
  });

  it('may be answered when the client has gone', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const heard = next(socket, 'question');
    client.send('420["question"]');
    const [ack] = (await heard) as [() => void];
    await client.close();
    await until(() => !socket.connected);
    expect(() => ack()).not.toThrow();
  });
});
