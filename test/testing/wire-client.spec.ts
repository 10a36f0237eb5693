import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ServerOptions, Socket } from '../../lib/server/index.js';
import { MemoryWireClient, startTestServer, type TestServer, type WireClient } from '../../lib/testing/index.js';
import type { WireOptions } from '../../lib/testing/index.js';

/** The ways to a wire client; what they promise is the same. */
const ways: [name: string, connect: (server: TestServer, options?: WireOptions) => Promise<WireClient>][] = [
  ['over WebSocket', (server, options) => server.connect({ transport: 'websocket', ...options })],
  ['over polling', (server, options) => server.connect({ transport: 'polling', ...options })],
  ['in memory', (server, options) => MemoryWireClient.connect(server.io.engine, options)],
];

describe.each(ways)('a wire client %s', (_name, connect) => {
  let server: TestServer;

  const start = async (options: ServerOptions = {}): Promise<void> => {
    await server.close();
    server = await startTestServer(undefined, options);
  };
  /** A client that has joined the main namespace, and its socket. */
  const joined = async (options?: WireOptions): Promise<{ client: WireClient; socket: Socket }> => {
    const connected = once(server.io.sockets as never, 'connection') as Promise<[Socket]>;
    const client = await connect(server, options);
    await client.join();
    return { client, socket: (await connected)[0] };
  };

  beforeEach(async () => {
    server = await startTestServer();
  });
  afterEach(() => server.close());

  it('knows the handshake as the server sent it', async () => {
    await start({ pingInterval: 1_234, pingTimeout: 567, maxHttpBufferSize: 8_900 });
    const client = await connect(server);
    expect(client.handshake).toMatchObject({ pingInterval: 1_234, pingTimeout: 567, maxPayload: 8_900 });
    expect(client.sid).toBe(client.handshake.sid);
    expect(Object.keys(server.io.engine.clients)).toEqual([client.sid]);
  });

  it('sends text and gets text, as it stands on the wire', async () => {
    const { client, socket } = await joined();
    socket.on('question', (text: string, answer: (text: string) => void) => answer(text.toUpperCase()));
    client.send('427["question","why €?"]');
    expect(await client.next()).toBe('437["WHY €?"]');
  });

  it('hands what came and what comes to a listener, in the place of next()', async () => {
    const { client, socket } = await joined();
    const heard: (string | Buffer)[] = [];
    const flushed = (): Promise<unknown> =>
      new Promise((resolve) => {
        socket.once('flushed', resolve);
        client.send('42["flushed"]');
      });
    socket.emit('early');
    await flushed();
    const late = new Promise<void>((resolve) => {
      client.listen((packet) => {
        heard.push(packet);
        if (packet === '42["late"]') resolve();
      });
    });
    socket.emit('late');
    await late;
    expect(heard).toEqual(['42["early"]', '42["late"]']);
    await expect(client.next()).rejects.toThrow('The packets go to the listener of listen()');
  });

  it('sends bytes and gets bytes', async () => {
    const { client, socket } = await joined();
    socket.on('bytes', (bytes: Buffer) => socket.emit('back', Buffer.from(bytes).reverse()));
    client.send('451-["bytes",{"_placeholder":true,"num":0}]');
    client.send(new Uint8Array([1, 2, 255]));
    expect(await client.next()).toBe('451-["back",{"_placeholder":true,"num":0}]');
    expect(await client.next()).toEqual(Buffer.from([255, 2, 1]));
  });

  it('gets bytes as they were when they were emitted', async () => {
    const { client, socket } = await joined();
    const bytes = Buffer.from([1, 2, 3]);
    socket.emit('bytes', bytes);
    bytes.fill(0);
    expect(await client.next()).toBe('451-["bytes",{"_placeholder":true,"num":0}]');
    expect(await client.next()).toEqual(Buffer.from([1, 2, 3]));
  });

  it('keeps the order of what it sends and of what it gets', async () => {
    const { client, socket } = await joined();
    socket.on('n', (n: number) => socket.emit('n', n));
    const numbers = Array.from({ length: 50 }, (_, index) => `42["n",${index}]`);
    for (const packet of numbers) client.send(packet);
    const received: unknown[] = [];
    while (received.length < numbers.length) received.push(await client.next());
    expect(received).toEqual(numbers);
  });

  it('joins the main namespace and learns the id of its socket', async () => {
    const connected = once(server.io.sockets as never, 'connection') as Promise<[Socket]>;
    const client = await connect(server);
    const id = await client.join();
    const [socket] = await connected;
    expect(id).toBe(socket.id);
    expect(id).not.toBe(client.sid);
  });

  it('joins another namespace with what it has to show', async () => {
    const chat = server.io.of('/chat');
    const connected = once(chat as never, 'connection') as Promise<[Socket]>;
    const client = await connect(server);
    const id = await client.join('/chat', { token: 'a' });
    const [socket] = await connected;
    expect(id).toBe(socket.id);
    expect(socket.handshake.auth).toEqual({ token: 'a' });
  });

  it('says what it got instead when a namespace does not let it in', async () => {
    server.io.of('/chat').use((_socket, next) => next(new Error('no')));
    const client = await connect(server);
    await expect(client.join('/chat')).rejects.toThrow('/chat did not let the client in: 44/chat,{"message":"no"}');
    await expect(client.join('/nowhere')).rejects.toThrow('{"message":"Invalid namespace"}');
  });

  it('answers pings by itself and keeps them to itself', async () => {
    await start({ pingInterval: 20, pingTimeout: 2_000 });
    const { client, socket } = await joined();
    await once(socket.conn as never, 'heartbeat');
    await once(socket.conn as never, 'heartbeat');
    socket.emit('after');
    expect(await client.next()).toBe('42["after"]');
  });

  it('leaves pings to the test where it is told to', async () => {
    await start({ pingInterval: 20, pingTimeout: 2_000 });
    const client = await connect(server, { answerPings: false });
    const heartbeat = once(server.io.engine.clients[client.sid] as never, 'heartbeat');
    expect(await client.next()).toBe('2');
    client.send('3');
    await heartbeat;
    expect(await client.next()).toBe('2');
  });

  it('is closed by the server when the test does not answer pings', async () => {
    await start({ pingInterval: 20, pingTimeout: 200 });
    const client = await connect(server, { answerPings: false });
    const left = once(server.io.engine.clients[client.sid] as never, 'close');
    await client.closed;
    expect((await left)[0]).toBe('ping timeout');
  });

  it('waits for a packet as long as it was told, and says so', async () => {
    const client = await connect(server, { timeout: 100 });
    const before = performance.now();
    await expect(client.next()).rejects.toThrow('No packet came within 100 ms');
    expect(performance.now() - before).toBeGreaterThan(98);
  });

  it('goes on after a wait that was in vain', async () => {
    const { client, socket } = await joined({ timeout: 400 });
    await expect(client.next()).rejects.toThrow('400 ms');
    socket.emit('late');
    expect(await client.next()).toBe('42["late"]');
  });

  it('rejects at once when the connection is closed', async () => {
    const { client, socket } = await joined({ timeout: 60_000 });
    const waiting = client.next();
    socket.conn.close(true);
    await expect(waiting).rejects.toThrow('The connection is closed: ');
    await expect(client.next()).rejects.toThrow('The connection is closed: ');
  });

  it('gets what the server sent right before it closed', async () => {
    const { client, socket } = await joined();
    socket.emit('last', 'words');
    socket.disconnect(true);
    expect(await client.next()).toBe('42["last","words"]');
    expect(await client.next()).toBe('41');
    await client.closed;
  });

  it('has the server get what it sent right before it closed', async () => {
    const { client, socket } = await joined();
    const heard: unknown[] = [];
    // The session's own listener: an event behind which the client leaves is not dispatched any more.
    socket.conn.on('message', (data: unknown) => heard.push(data));
    const left = once(socket as never, 'disconnect');
    client.send('42["last","words"]');
    await client.close();
    await left;
    expect(heard).toEqual(['2["last","words"]']);
  });

  it('ends its session when it is closed, or at the end of its scope', async () => {
    for (const end of ['close', Symbol.asyncDispose] as const) {
      const { client, socket } = await joined();
      const left = once(socket as never, 'disconnect');
      await client[end]();
      await client.closed;
      expect((await left)[0]).toBe('transport close');
      expect(server.io.engine.clientsCount).toBe(0);
    }
  });

  it('can be closed twice, and then sends nothing', async () => {
    const { client } = await joined();
    await client.close();
    await client.close();
    expect(() => client.send('42["nobody"]')).not.toThrow();
    await expect(client.next()).rejects.toThrow('The connection is closed');
  });

  it('is closed for a packet that cannot be read', async () => {
    const { client, socket } = await joined();
    const left = once(socket as never, 'disconnect');
    client.send('9');
    await client.closed;
    expect((await left)[0]).toBe('parse error');
  });
});
