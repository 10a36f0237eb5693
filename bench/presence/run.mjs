// What presence costs: messages and bytes per join, memory per member, CPU of many joins. No bus: two nodes in one
// process, whose messages are written and read as JSON, as most adapters do.
import { EventEmitter } from 'node:events';
import { parseArgs } from 'node:util';
import { InMemoryAdapter } from 'rookery/adapter';
import { presenceOf } from 'rookery/presence';
import { Server } from 'rookery/server';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '5' } },
});
const count = Number(values.count);
const rounds = Number(values.rounds);
const bus = new EventEmitter();
const traffic = { messages: 0, bytes: 0 };

class JsonAdapter extends InMemoryAdapter {
  constructor(nsp) {
    super(nsp);
    this.receive = (from, text) => from !== this && nsp.onServerSideEvent(JSON.parse(text));
    bus.on('message', this.receive);
  }
  close() {
    bus.off('message', this.receive);
  }
  serverSideEmit(args) {
    const text = JSON.stringify(args);
    traffic.messages++;
    traffic.bytes += Buffer.byteLength(text);
    bus.emit('message', this, text);
  }
}

/** All that presence asks of a socket, without a client. */
class FakeSocket extends EventEmitter {
  connected = true;
  recovered = false;
  constructor(nsp, n) {
    super();
    this.nsp = nsp;
    this.id = `socket-${String(n).padStart(13, '0')}`;
  }
  get rooms() {
    return this.nsp.adapter.socketRooms(this.id) ?? new Set();
  }
  join(room) {
    return this.nsp.adapter.addAll(this.id, new Set([room]));
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 50));
const used = () => {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};

function start() {
  const io = new Server({ adapter: JsonAdapter });
  return { io, nsp: io.of('/'), presence: presenceOf(io.of('/')) };
}

async function round(perTurn) {
  const [a, b] = [start(), start()];
  await settled();
  const sockets = Array.from({ length: count }, (_, n) => new FakeSocket(a.nsp, n));
  for (const socket of sockets) {
    a.nsp.sockets.set(socket.id, socket);
    // What joining the room costs is not what is measured.
    socket.join('room:1');
  }
  Object.assign(traffic, { messages: 0, bytes: 0 });
  const memory = used();
  const before = process.cpuUsage();
  for (let n = 0; n < count; n++) {
    a.presence.enter(sockets[n], 'room:1', { name: `user ${n}` });
    if (n % perTurn === perTurn - 1) await new Promise(setImmediate);
  }
  await new Promise(setImmediate);
  const { user, system } = process.cpuUsage(before);
  if (b.presence.count('room:1') !== count) throw new Error('The nodes differ');
  const result = {
    messages: traffic.messages / count,
    bytes: traffic.bytes / count,
    cpu: (user + system) / count,
    memory: (used() - memory) / count / 2,
  };
  const listed = performance.now();
  b.presence.list('room:1');
  result.list = (performance.now() - listed) * 1_000;
  a.nsp.sockets.clear();
  await Promise.all([a.io.close(), b.io.close()]);
  return result;
}

const median = (numbers) => numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)];

// First of all: nothing of an earlier round is given back meanwhile.
const { memory } = await round(1_000);
console.log('| joins per turn | messages per join | bytes per join | µs of CPU per join | µs of list() |');
console.log('| -------------- | ----------------- | -------------- | ------------------ | ------------ |');
for (const perTurn of [1, 20, 1_000]) {
  const results = [];
  for (let n = 0; n < rounds; n++) results.push(await round(perTurn));
  const of = (name, digits) => median(results.map((result) => result[name])).toFixed(digits);
  console.log(`| ${perTurn} | ${of('messages', 3)} | ${of('bytes', 0)} | ${of('cpu', 1)} | ${of('list', 0)} |`);
}
console.log(`\nMemory per member: ${memory.toFixed(0)} bytes on each node.`);
process.exit();
