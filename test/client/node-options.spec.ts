import { Agent } from 'node:http';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { io } from '../../lib/client/node/index.js';
import { Server, type Socket as ServerSocket } from '../../lib/server/index.js';
import { next, startServer, type RunningServer } from './pairs.js';

let server: RunningServer;

beforeEach(async () => {
  server = await startServer(Server);
});

afterEach(() => server.close());

it.each(['polling', 'websocket'])('takes the agent that it is given, over %s', async (transport) => {
  const agent = new Agent({ keepAlive: false });
  let connections = 0;
  const { createConnection } = agent as unknown as { createConnection(...args: unknown[]): unknown };
  Object.assign(agent, {
    createConnection: (...args: unknown[]) => {
      connections++;
      return createConnection.apply(agent, args);
    },
  });
  const socket = io(server.url, { transports: [transport], agent, forceNew: true });
  await next(socket, 'connect');
  socket.disconnect();
  expect(connections).toBeGreaterThan(0);
});

it('has bytes as base64 where it is told to', async () => {
  const socket = io(server.url, { transports: ['websocket'], forceBase64: true, forceNew: true });
  const peer = (await next(server.io as never, 'connection'))[0] as ServerSocket;
  expect(peer.handshake.query).toMatchObject({ b64: '1' });
  peer.on('echo', (bytes: Buffer, ack: (bytes: Buffer) => void) => ack(bytes));
  expect([...((await socket.emitWithAck('echo', Uint8Array.of(1, 2))) as Buffer)]).toEqual([1, 2]);
  socket.disconnect();
});

it.each(['polling', 'websocket'])('reads a Blob to send it as base64, in its place, over %s', async (transport) => {
  const socket = io(server.url, { transports: [transport], forceBase64: true, forceNew: true });
  const peer = (await next(server.io as never, 'connection'))[0] as ServerSocket;
  const seen: unknown[] = [];
  peer.on('data', (data: unknown) => seen.push(data instanceof Buffer ? [...data] : data));
  peer.on('end', (ack: () => void) => ack());
  socket
    .emit('data', 'before')
    .emit('data', new Blob([Uint8Array.of(4, 5)]))
    .emit('data', 'after');
  await socket.emitWithAck('end');
  expect(seen).toEqual(['before', [4, 5], 'after']);
  socket.disconnect();
});

it('gives up a request that takes longer than `requestTimeout`', async () => {
  server.io.engine.use(() => {
    // Nobody answers.
  });
  const options = { transports: ['polling'], requestTimeout: 30, reconnection: false, forceNew: true };
  const socket = io(server.url, options);
  expect(((await next(socket, 'connect_error'))[0] as Error).message).toBe('xhr poll error');
});

it.each(['polling', 'websocket'])('has bytes of the kind that `binaryType` says, over %s', async (transport) => {
  const socket = io(server.url, { transports: [transport], binaryType: 'arraybuffer', forceNew: true });
  const peer = (await next(server.io as never, 'connection'))[0] as ServerSocket;
  const heard = next(socket, 'bytes');
  peer.emit('bytes', Buffer.from([1]));
  expect(Object.prototype.toString.call((await heard)[0])).toBe('[object ArrayBuffer]');
  socket.disconnect();
});

it('begins with WebSocket once that has worked', async () => {
  const first = io(server.url, { transports: ['websocket'], forceNew: true });
  await next(first, 'connect');
  const connection = next(server.io as never, 'connection');
  const second = io(server.url, { rememberUpgrade: true, forceNew: true });
  expect(((await connection)[0] as ServerSocket).conn.transport.name).toBe('websocket');
  first.disconnect();
  second.disconnect();
});

it('has options for one transport alone', async () => {
  const transportOptions = { polling: { extraHeaders: { 'x-one': 'polling' } } };
  const connection = next(server.io as never, 'connection');
  const socket = io(server.url, { transportOptions, extraHeaders: { 'x-one': 'all' }, forceNew: true });
  expect(((await connection)[0] as ServerSocket).handshake.headers['x-one']).toBe('polling');
  socket.disconnect();
});
