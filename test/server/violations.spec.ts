import { afterEach, describe, expect, it } from '@jest/globals';
import { startTestServer } from '../../lib/testing/index.js';
import { deferred, handled, join, ManualPolling, member, next, ReportedErrors, until } from './support.js';

describe('a client that breaks a rule of the protocol', () => {
  it.each<[string, (string | Buffer)[]]>([
    ['joins a namespace that it is in', ['40']],
    ['sends an event to a namespace that it is not in', ['42/admin,["a"]']],
    ['sends an event to a namespace that there is not', ['42/nowhere,["a"]']],
    ['sends an ack to a namespace that it is not in', ['43/admin,1[]']],
    ['leaves a namespace that it is not in', ['41/admin,']],
    ['refuses the server', ['44{"message":"no"}']],
  ])('is closed: it %s', async (_what, packets) => {
    await using server = await startTestServer((io) => io.of('/admin'));
    const bystander = await member(server);
    const { client, socket } = await member(server);
    const left = next(socket, 'disconnect');
    for (const packet of packets) client.send(packet);
    expect(await left).toEqual(['forced server close', undefined]);
    await client.closed;
    expect(socket.conn.readyState).toBe('closed');
    await handled(bystander);
    expect(server.io.engine.clientsCount).toBe(1);
  });

  it.each<[string, (string | Buffer)[], string]>([
    ['a packet of no known type', ['49'], 'unknown packet type'],
    ['an empty message', ['4'], 'unknown packet type'],
    ['no JSON', ['42["a"'], 'invalid payload'],
    ['an event without data', ['42'], 'invalid payload'],
    ['an event that is no list', ['42{"a":1}'], 'invalid payload'],
    ['an event without a name', ['42[]'], 'invalid payload'],
    ['an event whose name is an object', ['42[{"toString":"foo"}]'], 'invalid payload'],
    ['an object in the place of an event', ['42{"toString":"foo"}'], 'invalid payload'],
    ['an event of a reserved name', ['42["disconnect"]'], 'invalid payload'],
    ['an event of the emitter', ['42["newListener"]'], 'invalid payload'],
    ['a CONNECT whose auth is a list', ['40/admin,[]'], 'invalid payload'],
    ['a DISCONNECT with data', ['41{"a":1}'], 'invalid payload'],
    ['an ack without an id', ['43[]'], 'missing ack id'],
    ['an ack that is no list', ['431{"a":1}'], 'invalid payload'],
    ['an id that is no safe number', ['4299999999999999999["a"]'], 'illegal ack id'],
    ['too many attachments', ['4511-["a"]'], 'too many attachments'],
    ['a binary event without attachments', ['450-["a"]'], 'illegal attachments'],
    [
      'text in the place of an attachment',
      ['451-["a",{"_placeholder":true,"num":0}]', '42["b"]'],
      'got plaintext data when reconstructing a packet',
    ],
    [
      'a placeholder for no attachment',
      ['451-["a",{"_placeholder":true,"num":1}]', Buffer.from([1])],
      'illegal attachment placeholder',
    ],
    ['an attachment of nothing', [Buffer.from([1])], 'got binary data when not reconstructing a packet'],
  ])('is closed after an error on each of its sockets: it sends %s', async (_what, packets, message) => {
    await using server = await startTestServer((io) => io.of('/admin').use(() => {}));
    server.io.of('/other');
    const bystander = await member(server);
    const { client, socket } = await member(server);
    const other = await join(server, client, '/other');
    const seen: unknown[] = [];
    for (const [name, each] of [
      ['main', socket],
      ['other', other],
    ] as const) {
      each.on('error', (error) => seen.push([name, 'error', each.connected, error.message]));
      each.on('disconnect', (reason, error) => seen.push([name, reason, (error as Error | undefined)?.message]));
      each.onAny((event: string) => seen.push(event));
    }
    for (const packet of packets) client.send(packet);
    await client.closed;
    expect(seen).toEqual([
      ['main', 'error', true, message],
      ['other', 'error', true, message],
      ['main', 'forced close', message],
      ['other', 'forced close', message],
    ]);
    await handled(bystander);
    expect(server.io.engine.clientsCount).toBe(1);
  });

  it('is closed when it joins a second time before the first is decided', async () => {
    const asked = deferred<() => void>();
    let count = 0;
    await using server = await startTestServer((io) => {
      io.of('/admin').use((_socket, proceed) => {
        count++;
        asked.resolve(() => proceed());
      });
      io.of('/admin').on('connection', () => count++);
    });
    const { client, socket } = await member(server);
    const left = next(socket, 'disconnect');
    client.send('40/admin,');
    client.send('40/admin,');
    expect((await left)[0]).toBe('forced server close');
    (await asked.promise)();
    expect(count).toBe(1);
    await client.closed;
  });

  it.each([
    ['sends an event', '42/admin,["a"]'],
    ['leaves', '41/admin,'],
  ])('is closed when it %s before it is let in', async (_what, packet) => {
    await using server = await startTestServer((io) => io.of('/admin').use(() => {}));
    const { client, socket } = await member(server);
    const left = next(socket, 'disconnect');
    client.send('40/admin,');
    client.send(packet);
    expect((await left)[0]).toBe('forced server close');
    expect(server.io.of('/admin').adapter.sids.size).toBe(0);
  });

  it('is closed when it begins with something else than a namespace', async () => {
    await using server = await startTestServer();
    const client = await server.connect();
    client.send('42["a"]');
    await client.closed;
    expect(server.io.engine.clientsCount).toBe(0);
  });

  it('is not listened to any more', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const heard: string[] = [];
    socket.onAny((event: string) => heard.push(event));
    const left = next(socket, 'disconnect');
    client.send('40');
    client.send('42["a"]');
    client.send('40');
    await left;
    await client.closed;
    expect(heard).toEqual([]);
    expect(server.io.sockets.sockets.size).toBe(0);
  });

  it('is told by the next poll when none is open', async () => {
    await using server = await startTestServer();
    const session = await ManualPolling.open(server);
    const socket = await session.join(server);
    const left = next(socket, 'disconnect');
    expect(await session.post('42/nowhere,["a"]')).toBe('ok');
    expect((await left)[0]).toBe('forced server close');
    expect(await session.poll()).toBe('6\x1e1');
  });

  it('may do so when nobody listens to errors', async () => {
    const errors = new ReportedErrors();
    await using server = await startTestServer(undefined, { onError: errors.onError });
    const { client } = await member(server);
    client.send('4nonsense');
    await client.closed;
    expect(errors.all).toEqual([]);
  });
});

describe('a client that plays with names', () => {
  afterEach(() => {
    delete (Object.prototype as { foo?: unknown }).foo;
  });

  it('makes up an error that nobody listens to', async () => {
    const errors = new ReportedErrors();
    await using server = await startTestServer(undefined, { onError: errors.onError });
    const { client, socket } = await member(server);
    client.send('42["error","made up"]');
    await handled({ client, socket });
    const heard = next(socket, 'error');
    client.send('42["error","made up"]');
    expect(await heard).toEqual(['made up']);
    expect(errors.all).toEqual([]);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'connection', '_events', ''])(
    'sends the event %j, which is an event like any other',
    async (name) => {
      await using server = await startTestServer();
      const { client, socket } = await member(server);
      client.send(`42[${JSON.stringify(name)},0]`);
      await handled({ client, socket });
      const heard = next(socket, name);
      client.send(`42[${JSON.stringify(name)},1]`);
      expect(await heard).toEqual([1]);
    },
  );

  it('sends the names of numbers', async () => {
    await using server = await startTestServer();
    const { client, socket } = await member(server);
    const heard = next(socket, '1');
    client.send('42[1,"one"]');
    expect(await heard).toEqual(['one']);
  });

  it('gets what it always gets when every object has inherited something', async () => {
    (Object.prototype as { foo?: unknown }).foo = 'bar';
    try {
      await using server = await startTestServer((io) => io.of('/admin'));
      const { client, socket } = await member(server);
      const admin = await join(server, client, '/admin', { token: 'a' });
      expect({ ...admin.handshake.auth }).toEqual({ token: 'a' });
      socket.on('echo', (value: object, ack: (value: object) => void) => {
        socket.emit('echoed', Object.keys(value));
        server.io.emit('all', value);
        ack(value);
      });
      client.send('421["echo",{"a":1}]');
      expect([await client.next(), await client.next(), await client.next()]).toEqual([
        '42["echoed",["a"]]',
        '42["all",{"a":1}]',
        '431[{"a":1}]',
      ]);
      await client.close();
      await until(() => server.io.engine.clientsCount === 0);
    } finally {
      delete (Object.prototype as { foo?: unknown }).foo;
    }
  });
});
