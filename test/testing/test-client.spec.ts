import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Socket } from '../../lib/server/index.js';
import {
  ConnectError,
  MemoryWireClient,
  startTestServer,
  TestClient,
  type TestClientOptions,
  type TestServer,
  type WireClient,
} from '../../lib/testing/index.js';

interface ServerEvents {
  news(title: string, body?: Uint8Array): void;
  members(names: string[]): void;
  survey(question: string, answer: (grade: number, why?: string) => void): void;
}
interface ClientEvents {
  echo(value: unknown, answer: (value: unknown) => void): void;
  silence(answer: () => void): void;
  note(text: string): void;
}

/** The connections that a test client works over. */
const ways: [name: string, connect: (server: TestServer) => Promise<WireClient>][] = [
  ['WebSocket', (server) => server.connect()],
  ['polling', (server) => server.connect({ transport: 'polling' })],
  ['memory', (server) => MemoryWireClient.connect(server.io.engine)],
];

describe.each(ways)('a test client over %s', (_name, connectWire) => {
  let server: TestServer;
  const sockets: Socket[] = [];

  const connect = async (
    options?: TestClientOptions,
    namespace = '/',
  ): Promise<{ client: TestClient<ServerEvents, ClientEvents>; socket: Socket }> => {
    const client = await TestClient.connect<ServerEvents, ClientEvents>(await connectWire(server), namespace, options);
    return { client, socket: server.io.of(client.namespace).sockets.get(client.id)! };
  };

  beforeEach(async () => {
    server = await startTestServer(
      (io) => {
        for (const name of ['/', '/chat']) {
          io.of(name).on('connection', (socket: Socket) => {
            sockets.push(socket);
            socket.on('echo', (value: unknown, answer: (value: unknown) => void) => answer(value));
          });
        }
        io.of('/closed').use((_socket, next) => {
          next(Object.assign(new Error('not you'), { data: { status: 401 } }));
        });
        io.of('/slow').use(() => {});
      },
      { log: false },
    );
  });
  afterEach(async () => {
    sockets.length = 0;
    await server.close();
  });

  it('is in its namespace, with the id of the socket and what it sent as auth', async () => {
    const { client, socket } = await connect({ auth: { token: 'a' } }, 'chat');
    expect(client.namespace).toBe('/chat');
    expect(client.connected).toBe(true);
    expect(socket.handshake.auth).toEqual({ token: 'a' });
    expect(socket.nsp.name).toBe('/chat');
  });

  it('is refused with the message and the data of the server, and its connection ends', async () => {
    const wire = await connectWire(server);
    const refused = TestClient.connect(wire, '/closed');
    await expect(refused).rejects.toBeInstanceOf(ConnectError);
    await expect(refused).rejects.toMatchObject({ message: 'not you', data: { status: 401 } });
    await wire.closed;
    const unknown = TestClient.connect(await connectWire(server), '/unknown');
    await expect(unknown).rejects.toMatchObject({ message: 'Invalid namespace', data: undefined });
  });

  it('tells of a name that no namespace can have, and ends its connection', async () => {
    const wire = await connectWire(server);
    await expect(TestClient.connect(wire, '/a,b')).rejects.toMatchObject({ code: 'INVALID_NAMESPACE' });
    await wire.closed;
  });

  it('does not wait for ever for a namespace', async () => {
    await expect(TestClient.connect(await connectWire(server), '/slow', { timeout: 20 })).rejects.toThrow(
      '/slow did not answer within 20 ms',
    );
  });

  it('rejects when the connection ends before the namespace has answered', async () => {
    const wire = await connectWire(server);
    const connecting = TestClient.connect(wire, '/slow');
    await wire.close();
    await expect(connecting).rejects.toThrow('The connection ended (transport close) before /slow answered');
  });

  it('sends events and takes answers, with bytes both ways', async () => {
    const { client } = await connect({}, '/chat');
    expect(await client.emitWithAck('echo', { text: 'why €?' })).toEqual({ text: 'why €?' });
    const bytes = new Uint8Array([0, 1, 255]);
    expect(await client.emitWithAck('echo', { bytes, more: [bytes] })).toEqual({
      bytes: Buffer.from(bytes),
      more: [Buffer.from(bytes)],
    });
    const answered = new Promise((resolve) => {
      client.emit('echo', 'callback', resolve);
    });
    expect(await answered).toBe('callback');
  });

  it('takes more attachments than a server would', async () => {
    const { client, socket } = await connect();
    const many = Array.from({ length: 20 }, (_, index) => Buffer.from([index]));
    socket.emit('news', 'many', many);
    expect((await client.next('news'))[1]).toEqual(many);
  });

  it('hands out events by name, in order, however they were mixed', async () => {
    const { client, socket } = await connect();
    socket.emit('news', 'first');
    socket.emit('members', ['ann']);
    socket.emit('news', 'second', Buffer.from([1]));
    expect(await client.next('members')).toEqual([['ann']]);
    expect(await client.next('news')).toEqual(['first']);
    expect(await client.next('news')).toEqual(['second', Buffer.from([1])]);
    const both = Promise.all([client.next('news'), client.next('news')]);
    socket.emit('news', 'third');
    socket.emit('news', 'fourth');
    expect(await both).toEqual([['third'], ['fourth']]);
  });

  it('has what the server sent while it let the client in', async () => {
    server.io.of('/eager').on('connection', (socket) => socket.emit('news', 'welcome'));
    const { client } = await connect({}, '/eager');
    expect(await client.next('news')).toEqual(['welcome']);
  });

  it('tells what came instead of an event that is missing', async () => {
    const { client, socket } = await connect({ timeout: 400 });
    await expect(client.next('news')).rejects.toThrow('No "news" came within 400 ms; what came instead: nothing');
    socket.emit('members', ['ann']);
    socket.emit('survey', 'how?', 2);
    await client.emitWithAck('echo', 1);
    await expect(client.next('news')).rejects.toThrow(
      `No "news" came within 400 ms; what came instead: "members" ([ 'ann' ]), "survey" ('how?', 2)`,
    );
    for (let count = 0; count < 20; count++) socket.emit('members', []);
    await client.emitWithAck('echo', 1);
    await expect(client.next('news')).rejects.toThrow(', and 2 more');
  });

  it('keeps what came after a wait that was given up', async () => {
    const { client, socket } = await connect({ timeout: 400 });
    await expect(client.next('news')).rejects.toThrow('within 400 ms');
    socket.emit('news', 'late');
    await client.emitWithAck('echo', 1);
    expect(await client.next('news')).toEqual(['late']);
  });

  it('hears of its own namespace alone, on a connection that has joined another', async () => {
    const wire = await connectWire(server);
    await wire.join('/');
    await using client = await TestClient.connect(wire, '/chat');
    for (const socket of sockets) socket.emit('from', socket.nsp.name);
    await client.emitWithAck('echo', 1);
    expect(sockets).toHaveLength(2);
    expect(client.received('from')).toEqual([['/chat']]);
  });

  it('remembers everything that came', async () => {
    const { client, socket } = await connect();
    socket.emit('news', 'first');
    socket.emit('members', ['ann']);
    await client.next('news');
    await client.next('members');
    expect(client.received()).toEqual([
      { event: 'news', args: ['first'] },
      { event: 'members', args: [['ann']] },
    ]);
    expect(client.received('members')).toEqual([[['ann']]]);
    expect(client.received('survey')).toEqual([]);
  });

  it('calls listeners, which may answer the server', async () => {
    const { client, socket } = await connect();
    client.on('survey', (question, answer) => answer(question.length));
    expect(await socket.emitWithAck('survey', 'how?')).toBe(4);
  });

  it('answers an event of the server that was taken, once', async () => {
    const { client, socket } = await connect();
    const answered = new Promise<unknown[]>((resolve) => {
      socket.emit('survey', 'how?', (...answer: unknown[]) => resolve(answer));
    });
    const [question, answer] = await client.next('survey');
    expect(question).toBe('how?');
    const sent: unknown[] = [];
    socket.conn.on('message', (packet: unknown) => sent.push(packet));
    answer(1, 'because');
    answer(2);
    expect(await answered).toEqual([1, 'because']);
    await client.emitWithAck('echo', 1);
    expect(sent).toHaveLength(2);
  });

  it('gives a listener what came before it, but for what was taken', async () => {
    const { client, socket } = await connect();
    const titles: string[] = [];
    socket.emit('news', 'taken');
    socket.emit('news', 'early');
    await client.next('news');
    await client.emitWithAck('echo', 1);
    client.on('news', (title) => titles.push(title));
    socket.emit('news', 'late');
    await client.emitWithAck('echo', 1);
    expect(titles).toEqual(['early', 'late']);
  });

  it('goes on when a listener throws, whose error is thrown once more where it fails the test', async () => {
    const { client, socket } = await connect();
    socket.emit('news', 'early');
    await client.emitWithAck('echo', 1);
    const failure = new Error('expected otherwise');
    const nextTick = jest.spyOn(process, 'nextTick').mockImplementationOnce(() => {});
    client.on('news', () => {
      throw failure;
    });
    const [rethrow] = nextTick.mock.calls[0]!;
    nextTick.mockRestore();
    expect(rethrow).toThrow(failure);
    expect(await client.emitWithAck('echo', 'still here')).toBe('still here');
  });

  it('rejects an ack that does not come in time, and one that is cut off', async () => {
    const { client, socket } = await connect({ timeout: 400 });
    await expect(client.emitWithAck('silence')).rejects.toMatchObject({
      code: 'ACK_TIMEOUT',
      message: '"silence" was not answered within 400 ms',
    });
    const patient = await connect();
    patient.socket.once('silence', () => patient.socket.disconnect());
    await expect(patient.client.emitWithAck('silence')).rejects.toMatchObject({ code: 'ACK_DISCONNECTED' });
    expect(socket.connected).toBe(true);
  });

  it('ends with what the server closes, and says why', async () => {
    const wire = await connectWire(server);
    const client = await TestClient.connect<ServerEvents, ClientEvents>(wire);
    const socket = server.io.sockets.sockets.get(client.id)!;
    const missing = client.next('news');
    missing.catch(() => {});
    socket.disconnect();
    expect(await client.disconnected).toBe('io server disconnect');
    await wire.closed;
    await expect(missing).rejects.toThrow('No "news" came before the connection ended (io server disconnect)');
    await expect(client.next('members')).rejects.toThrow('before the connection ended');
    expect(client.connected).toBe(false);
    expect(() => client.emit('note', 'late')).toThrow('"note" cannot be sent: the client is disconnected');
    await expect(client.emitWithAck('echo', 1)).rejects.toThrow('the client is disconnected');
  });

  it('ends when its connection does', async () => {
    const { client, socket } = await connect();
    socket.conn.close();
    expect(await client.disconnected).toBe('transport close');
  });

  it('keeps what came before the end', async () => {
    const { client, socket } = await connect();
    socket.emit('news', 'last words');
    socket.disconnect();
    await client.disconnected;
    expect(await client.next('news')).toEqual(['last words']);
  });

  it('leaves the namespace when it disconnects, and may do so twice', async () => {
    const { client, socket } = await connect();
    const left = once(socket as never, 'disconnect');
    await client.disconnect();
    await client.disconnect();
    expect((await left)[0]).toBe('client namespace disconnect');
    expect(await client.disconnected).toBe('io client disconnect');
    expect(client.connected).toBe(false);
  });

  it('ends with its scope', async () => {
    const { socket } = await connect();
    const left = once(socket as never, 'disconnect');
    {
      await using client = await TestClient.connect(await connectWire(server));
      expect(client.connected).toBe(true);
    }
    expect(server.io.sockets.sockets.size).toBe(1);
    socket.disconnect(true);
    await left;
  });

  it('refuses names of the protocol and data that JSON cannot hold', async () => {
    const { client } = await connect();
    expect(() => client.emit('disconnect' as never)).toThrow(expect.objectContaining({ code: 'INVALID_EVENT_NAME' }));
    await expect(client.emitWithAck('echo', 1n)).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    expect(await client.emitWithAck('echo', 'still here')).toBe('still here');
  });

  it('ends when the server breaks the protocol', async () => {
    const { client, socket } = await connect();
    socket.conn.write('no packet');
    expect(await client.disconnected).toBe('parse error');
  });
});

describe('a server and a test client', () => {
  it('are all that a test needs', async () => {
    await using server = await startTestServer((io) => {
      io.on('connection', (socket) => {
        socket.on('add', (a: number, b: number, answer: (sum: number) => void) => answer(a + b));
      });
    });
    const client = await TestClient.connect(await server.connect());
    expect(await client.emitWithAck('add', 1, 2)).toBe(3);
  });
});

describe('the types of a test client', () => {
  it('are those of its events', async () => {
    await using server = await startTestServer();
    const client = await TestClient.connect<ServerEvents, ClientEvents>(await server.connect());
    const wrong = async (): Promise<number> => {
      // @ts-expect-error: no such event
      client.emit('unknown');
      // @ts-expect-error: a text
      client.emit('note', 1);
      // @ts-expect-error: a list of names
      client.on('members', (names: string) => names);
      // @ts-expect-error: the title is a text
      const [title]: [number] = await client.next('news');
      return title;
    };
    expect(wrong).toBeInstanceOf(Function);
  });
});
