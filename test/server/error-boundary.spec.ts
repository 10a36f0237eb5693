import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { ServerOptions, Socket } from '../../lib/server/index.js';
import { startTestServer } from '../../lib/testing/index.js';
import { deferred, handled, member, next, RecordingLog, ReportedErrors } from './support.js';

const broken = new Error('broken');

function fail(): never {
  throw broken;
}

async function failLater(): Promise<never> {
  await Promise.resolve();
  throw broken;
}

const ways: [string, () => unknown][] = [
  ['throws', fail],
  ['rejects', failLater],
];

/** What a client sends to provoke a failure, and the event that the failure is reported for. */
interface Case {
  readonly prepare: (socket: Socket, failing: () => unknown) => void;
  readonly packet: string;
  readonly event: string;
}

describe.each(ways)('a listener that %s', (how, failing) => {
  it.each<[string, Case]>([
    ['of an event', { prepare: (socket) => socket.on('a', failing), packet: '42["a"]', event: 'a' }],
    ['of an error', { prepare: (socket) => socket.on('error', failing), packet: '42["error"]', event: 'error' }],
    [
      'of a leaving socket',
      { prepare: (socket) => socket.on('disconnecting', failing), packet: '41', event: 'disconnecting' },
    ],
    [
      'of a socket that has left',
      { prepare: (socket) => socket.on('disconnect', failing), packet: '41', event: 'disconnect' },
    ],
    ['of an answer', { prepare: (socket) => socket.emit('question', failing), packet: '430[]', event: 'question' }],
    [
      'of an answer in time',
      { prepare: (socket) => socket.timeout(60_000).emit('question', failing), packet: '430[]', event: 'question' },
    ],
    [
      'of all answers',
      { prepare: (socket) => socket.nsp.to(socket.id).emit('question', failing), packet: '430[]', event: 'question' },
    ],
  ])('is reported, and nobody else suffers: %s', async (_what, { prepare, packet, event }) => {
    const errors = new ReportedErrors();
    await using server = await startTestServer(undefined, { onError: errors.onError });
    const bystander = await member(server);
    const { client, socket } = await member(server);
    prepare(socket, failing);
    client.send(packet);
    const [reported] = await errors.first(1);
    expect(reported).toMatchObject({ error: broken, event });
    expect(reported!.socket === socket || reported!.socket === undefined).toBe(true);
    await handled(bystander);
    expect(errors.all).toHaveLength(1);
    expect(bystander.socket.connected).toBe(true);
  });

  it('keeps its socket, which gets the next event', async () => {
    const errors = new ReportedErrors();
    await using server = await startTestServer(undefined, { onError: errors.onError });
    const { client, socket } = await member(server);
    socket.on('a', failing);
    client.send('42["a"]');
    client.send('42["a"]');
    await handled({ client, socket });
    expect(await errors.first(2)).toEqual([
      { error: broken, event: 'a', socket },
      { error: broken, event: 'a', socket },
    ]);
  });

  it('keeps the client that has come in', async () => {
    const errors = new ReportedErrors();
    await using server = await startTestServer((io) => io.on('connection', failing), { onError: errors.onError });
    const { client, socket } = await member(server);
    expect(await errors.first(1)).toEqual([{ error: broken, event: 'connection', socket }]);
    await handled({ client, socket });
  });

  it(`does not keep the other hook from running: it ${how}`, async () => {
    const errors = new ReportedErrors();
    const connected = deferred<Socket>();
    await using server = await startTestServer(
      (io) => {
        io.on('connect', failing);
        io.on('connection', (socket) => connected.resolve(socket));
      },
      { onError: errors.onError },
    );
    const { socket } = await member(server);
    expect(await connected.promise).toBe(socket);
    expect(await errors.first(1)).toEqual([{ error: broken, event: 'connect', socket }]);
  });

  it('is written to the log when nobody else is told', async () => {
    const log = new RecordingLog();
    await using server = await startTestServer(undefined, { log });
    const { client, socket } = await member(server);
    socket.on('a', failing);
    client.send('42["a"]');
    await handled({ client, socket });
    await handled({ client, socket });
    expect(log.lines).toEqual(['socket.io error Unhandled error in "a": broken (with its stack)']);
  });
});

describe('a catch-all listener that throws', () => {
  it('is reported, and the event goes on', async () => {
    const errors = new ReportedErrors();
    await using server = await startTestServer(undefined, { onError: errors.onError });
    const { client, socket } = await member(server);
    socket.onAny(fail);
    await handled({ client, socket });
    socket.offAny().onAnyOutgoing(fail);
    socket.emit('out');
    expect(await client.next()).toBe('42["out"]');
    server.io.emit('all');
    expect(await client.next()).toBe('42["all"]');
    expect(errors.all).toEqual([
      { error: broken, event: 'handled', socket },
      { error: broken, event: 'out', socket },
      { error: broken, event: 'all', socket },
    ]);
  });
});

describe('what is reported', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** A server whose client makes a listener throw, once. */
  async function provoke(options: ServerOptions, thrown: unknown = broken): Promise<void> {
    await using server = await startTestServer(undefined, options);
    const { client, socket } = await member(server);
    socket.on('a', () => {
      throw thrown;
    });
    client.send('42["a"]');
    await handled({ client, socket });
  }

  it('goes to the console by default', async () => {
    const error = jest.spyOn(console, 'error').mockImplementation(() => {});
    await provoke({});
    expect(error.mock.calls).toEqual([[`[socket.io] Unhandled error in "a": broken\n${broken.stack}`]]);
  });

  it('goes nowhere when the log is off', async () => {
    const spies = (['error', 'warn', 'log'] as const).map((name) => jest.spyOn(console, name));
    await provoke({ log: false });
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });

  it('may be no error', async () => {
    const log = new RecordingLog();
    await provoke({ log }, 'a text');
    expect(log.lines).toEqual(['socket.io error Unhandled error in "a": a text']);
  });

  it('may be a thing that cannot be written', async () => {
    const log = new RecordingLog();
    await using server = await startTestServer(undefined, { log });
    expect(() => server.io.boundary.report(Object.create(null), { event: 'a' })).not.toThrow();
    expect(log.lines).toHaveLength(1);
  });

  it('is logged twice over when the one who is told fails as well', async () => {
    const log = new RecordingLog();
    await provoke({ log, onError: fail });
    expect(log.lines).toEqual(['socket.io error onError itself failed: broken (with its stack)']);
  });

  it('is told with the event and the socket', async () => {
    const calls: unknown[] = [];
    await using server = await startTestServer(undefined, { onError: (...args) => calls.push(args) });
    const { client, socket } = await member(server);
    socket.on('a', fail);
    const left = next(socket, 'disconnect');
    client.send('42["a"]');
    await handled({ client, socket });
    client.send('41');
    await left;
    expect(calls).toEqual([[broken, { event: 'a', socket }]]);
  });
});
