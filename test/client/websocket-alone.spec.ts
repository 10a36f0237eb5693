import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as msgpack from 'socket.io-msgpack-parser';
import { WebSocket } from 'ws';
import * as ofBrowsers from '../../lib/client/websocket.js';
import * as all from '../../lib/client/index.js';
import * as ofNode from '../../lib/client/node/websocket.js';
import { Server, type Socket as ServerSocket } from '../../lib/server/index.js';
import { next, startServer, type RunningServer } from './pairs.js';

const builds = { browsers: ofBrowsers, Node: ofNode };
const leftOut = {
  Socket: [
    'onAny',
    'prependAny',
    'offAny',
    'listenersAny',
    'onAnyOutgoing',
    'prependAnyOutgoing',
    'offAnyOutgoing',
    'listenersAnyOutgoing',
  ],
  Manager: [
    'reconnection',
    'reconnectionAttempts',
    'reconnectionDelay',
    'reconnectionDelayMax',
    'randomizationFactor',
    'timeout',
  ],
};

let server: RunningServer;

beforeAll(() => {
  // The class that browsers have.
  Object.assign(globalThis, { WebSocket });
});

afterAll(() => {
  Reflect.deleteProperty(globalThis, 'WebSocket');
});

beforeEach(async () => {
  server = await startServer(Server);
  server.io.on('connection', (peer) => peer.on('echo', (data: unknown, ack: (data: unknown) => void) => ack(data)));
});

afterEach(() => server.close());

describe.each(Object.entries(builds))('the client of WebSocket alone, for %s', (_name, build) => {
  const create = (options: all.IoOptions = {}) =>
    (build as typeof ofNode).io(server.url, { forceNew: true, ...options });

  it('has no methods of what it leaves out', () => {
    const socket = create({ autoConnect: false });
    for (const name of leftOut.Socket) expect(name in socket).toBe(false);
    for (const name of leftOut.Manager) expect(name in socket.io).toBe(false);
    // The names are not made up.
    const whole = all.io(server.url, { forceNew: true, autoConnect: false });
    for (const name of leftOut.Socket) expect(name in whole).toBe(true);
    for (const name of leftOut.Manager) expect(name in whole.io).toBe(true);
  });

  it('sends an event once, whatever `retries` says', async () => {
    const connection = next(server.io as never, 'connection');
    const socket = create({ retries: 3, ackTimeout: 20 });
    const peer = (await connection)[0] as ServerSocket;
    const events: unknown[] = [];
    peer.onAny((name: string) => events.push(name));
    await expect(socket.emitWithAck('lost')).rejects.toThrow('operation has timed out');
    await socket.timeout(5_000).emitWithAck('echo', 1);
    expect(events).toEqual(['lost', 'echo']);
    socket.disconnect();
  });

  it('speaks the protocol, whatever `parser` says', async () => {
    const socket = create({ parser: msgpack as never });
    expect(await socket.emitWithAck('echo', { a: 1 })).toEqual({ a: 1 });
    socket.disconnect();
  });

  it('has WebSocket, whatever `transports` says, and bytes as bytes, whatever `forceBase64` says', async () => {
    const connection = next(server.io as never, 'connection');
    const socket = create({ transports: ['polling'], tryAllTransports: true, upgrade: true, forceBase64: true });
    const peer = (await connection)[0] as ServerSocket;
    expect(peer.conn.transport.name).toBe('websocket');
    const isText: boolean[] = [];
    peer.conn.on('packet', ({ data }: { data: unknown }) => isText.push(typeof data === 'string'));
    const bytes = (await socket.emitWithAck('echo', Uint8Array.of(1, 255))) as ArrayBuffer;
    expect([...new Uint8Array(bytes)]).toEqual([1, 255]);
    expect(isText).toEqual([true, false]);
    expect(peer.handshake.query).not.toHaveProperty('b64');
    socket.disconnect();
  });

  it('does what applications cannot do without', async () => {
    const socket = create({ auth: { token: 'a' }, query: { b: 'c' }, reconnectionDelay: 5, reconnectionDelayMax: 10 });
    const peer = (await next(server.io as never, 'connection'))[0] as ServerSocket;
    expect(peer.handshake).toMatchObject({ auth: { token: 'a' }, query: { b: 'c' } });
    const back = next(socket.io, 'reconnect');
    const end = next(socket, 'disconnect');
    peer.conn.close();
    expect((await end)[0]).toBe('transport close');
    await back;
    expect(await socket.emitWithAck('echo', 2)).toBe(2);
    socket.disconnect();
  });
});

describe('the client of WebSocket alone, in a page', () => {
  const listen = jest.fn();
  const page = { addEventListener: listen, removeEventListener: jest.fn() };

  beforeEach(() => {
    listen.mockClear();
    Object.assign(globalThis, page);
  });

  afterEach(() => {
    for (const name of Object.keys(page)) Reflect.deleteProperty(globalThis, name);
  });

  it.each([
    ['the whole client', all.io, ['offline', 'beforeunload']],
    ['it', ofBrowsers.io, []],
  ] as const)('does not watch the page, as the whole client does: %s', async (_name, io, watched) => {
    const socket = io(server.url, { forceNew: true, transports: ['websocket'], closeOnBeforeunload: true });
    await new Promise<void>((resolve) => {
      socket.on('connect', resolve);
    });
    expect(listen.mock.calls.map(([event]) => event)).toEqual(watched);
    socket.disconnect();
  });

  it('has the timers that the page has at the time, whatever `useNativeTimers` says', async () => {
    const pings: unknown[] = [];
    const { setTimeout: replaced } = globalThis;
    Object.assign(globalThis, {
      setTimeout: (run: () => void, delay: number) => {
        pings.push(delay);
        return replaced(run, delay);
      },
    });
    try {
      const socket = ofBrowsers.io(server.url, { forceNew: true, useNativeTimers: true, timeout: 12_345 });
      expect(pings).toContain(12_345);
      socket.disconnect();
    } finally {
      Object.assign(globalThis, { setTimeout: replaced });
    }
  });
});
