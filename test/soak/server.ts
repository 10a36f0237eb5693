// A server as a process of its own; run.ts and specs start it with server-process.ts.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { Server, type ServerOptions, type Socket } from '../../lib/server/index.js';
import type { Measurement } from './server-process.js';

const options = JSON.parse(process.argv[2] ?? '{}') as ServerOptions;
/** What a leak is like: sockets that somebody keeps. */
const kept: Socket[] | null = process.argv.includes('--leak') ? [] : null;
const httpServer = createServer((_request, response) => response.writeHead(404).end());
const io = new Server(httpServer, { ...options, log: false });
const counts = { connects: 0, disconnects: 0, opened: 0, closed: 0, errors: 0 };
io.engine.on('connection', (socket: { on(event: 'close', listener: () => void): void }) => {
  counts.opened++;
  socket.on('close', () => counts.closed++);
});

for (const name of ['/', '/side']) {
  io.of(name).on('connection', (socket) => {
    kept?.push(socket);
    counts.connects++;
    socket.on('disconnect', () => counts.disconnects++);
    socket.on('echo', (n: number, bytes: Buffer | null, ack?: (n: number) => void) => {
      socket.emit('echoed', n, bytes);
      ack?.(n);
    });
    socket.on('room', (room: string, done: () => void) => {
      void socket.join(room);
      io.of(name).to(room).emit('joined', socket.id);
      void socket.leave(room);
      done();
    });
    socket.on('keep', (done: () => void) => {
      socket.once('disconnect', () => setImmediate(() => io.of(name).to(socket.id).emit('kept')));
      done();
    });
    // Some are never answered.
    socket.on('ask me', () => socket.timeout(200).emit('question', () => {}));
    socket.on('flood', (packets: number) => {
      for (let n = 0; n < packets; n++) socket.emit('much', 'a'.repeat(10_000));
    });
  });
}

function tables(): Record<string, number> {
  const { engine } = io;
  const all: Record<string, number> = {
    sessions: Object.keys(engine.clients).length,
    timers: engine.wheel.size,
    connections: process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length,
    'sockets without their disconnect': counts.connects - counts.disconnects,
    'sessions without their close': counts.opened - counts.closed,
  };
  for (const [name, namespace] of io.namespaces) {
    all[`sockets of ${name}`] = namespace.sockets.size;
    all[`rooms of ${name}`] = namespace.adapter.rooms.size;
    all[`sids of ${name}`] = namespace.adapter.sids.size;
  }
  return all;
}

/** What recovery has kept is dropped with the first packet behind its time. */
async function forgetKept(): Promise<void> {
  const { maxDisconnectionDuration = 0 } = options.connectionStateRecovery ?? {};
  await new Promise((resolve) => setTimeout(resolve, 2 * maxDisconnectionDuration));
  for (const namespace of io.namespaces.values()) namespace.emit('nobody is here');
}

async function measure(): Promise<Measurement> {
  if (options.connectionStateRecovery !== undefined) await forgetKept();
  // What is collected once may let go of more.
  for (let pass = 0; pass < 3; pass++) {
    await new Promise(setImmediate);
    globalThis.gc!();
  }
  return { heap: process.memoryUsage().heapUsed, tables: tables(), counts: { ...counts } };
}

process.on('message', (question) => {
  if (question === 'tables') process.send!(tables());
  else void measure().then((measurement) => process.send!(measurement));
});
process.on('disconnect', () => process.exit());
process.on('uncaughtException', (error) => {
  counts.errors++;
  console.error(error);
});
httpServer.listen(0, '127.0.0.1', () => process.send!((httpServer.address() as AddressInfo).port));
