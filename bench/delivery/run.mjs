// What reliable delivery costs, with messages kept in memory: CPU of an event, bytes on the wire, memory of what is kept, and
// CPU of a client that comes back. Clients are WebSockets of another process, which read and drop.
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { Server } from 'rookery/server';

const { values } = parseArgs({
  options: { events: { type: 'string', default: '5000' }, rounds: { type: 'string', default: '5' } },
});
const events = Number(values.events);
const rounds = Number(values.rounds);
const payload = {
  id: 1,
  text: 'a message of about a hundred bytes, as applications send them to their users',
  at: 1e12,
};

const used = () => {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};
const turn = () => new Promise(setImmediate);
const median = (all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)];
const shown = (all) =>
  `${median([...all]).toFixed(2)} (${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)})`;

async function start(options) {
  const http = createServer();
  const io = new Server(http, { serveClient: false, ...options });
  io.on('connection', (socket) => void socket.join('r'));
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { io, port: http.address().port, close: () => io.close({ grace: 100 }) };
}

/** As many clients in another process; resolves once all are in. */
async function connect({ io, port }, count, offsets) {
  const child = fork(fileURLToPath(new URL('clients.mjs', import.meta.url)), [String(port), String(count), offsets]);
  while (io.sockets.sockets.size < count) await new Promise((resolve) => setTimeout(resolve, 5));
  return { end: () => new Promise((resolve) => child.once('exit', resolve).kill()) };
}

/** CPU of one event, in microseconds. */
async function emitting(options, members, emit) {
  const server = await start(options);
  const clients = await connect(server, members, '{}');
  const run = async (count) => {
    for (let n = 0; n < count; n++) {
      await emit(server.io);
      if (n % 20 === 19) await turn();
    }
  };
  await run(1_000);
  const before = process.cpuUsage();
  await run(events);
  const { user, system } = process.cpuUsage(before);
  await clients.end();
  await server.close();
  return (user + system) / events;
}

const on = { reliableDelivery: true };
const rows = [
  ['emit()', {}, (io) => io.to('r').emit('news', payload)],
  ['emit(), with the option', on, (io) => io.to('r').emit('news', payload)],
  ['emitReliable()', on, (io) => io.to('r').emitReliable('news', payload)],
];
for (const members of [0, 1, 100]) {
  const results = rows.map(() => []);
  for (let round = 0; round < rounds; round++) {
    // In turns: what else the machine does is everybody's.
    for (const [index, [, options, emit]] of rows.entries())
      results[index].push(await emitting(options, members, emit));
  }
  rows.forEach(([name], index) => console.log(`${members} members, ${name}: ${shown(results[index])} µs`));
}

const kept = await start({ reliableDelivery: { maxMessagesPerStream: 100_000 } });
const before = used();
for (let n = 0; n < 20_000; n++) await kept.io.to('r').emitReliable('news', payload);
console.log(
  `kept message of ${JSON.stringify(['news', payload]).length} bytes: ${((used() - before) / 20_000).toFixed(0)} bytes`,
);
await kept.close();

const back = await start(on);
for (let n = 0; n < 1_000; n++) await back.io.to('r').emitReliable('news', payload);
const { streamOf } = await import('../../dist/esm/server/reliable/offsets.js');
const cpu = process.cpuUsage();
const clients = await connect(back, 20, JSON.stringify({ [streamOf('/', 'r')]: '0:0' }));
await new Promise((resolve) => setTimeout(resolve, 1_000));
const { user, system } = process.cpuUsage(cpu);
console.log(`a replayed message, what it costs to connect included: ${((user + system) / 20_000).toFixed(2)} µs`);
await clients.end();
await back.close();

const marker = { stream: streamOf('/', 'r'), offset: `${Date.now()}:1000` };
console.log(`the marker: ${JSON.stringify(marker).length + 1} bytes`);
