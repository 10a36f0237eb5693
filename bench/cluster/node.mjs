// One node of the measurement: publishes, or receives, and tells what CPU time it took.
import { createServer } from 'node:http';
import Redis from 'ioredis';
import { createClient } from 'redis';
import { answerCalls, parametersOfChild } from '../harness/child.mjs';

const { port, adapter: name, library } = parametersOfChild();

async function connect() {
  if (library === 'ioredis') return new Redis(port, '127.0.0.1');
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  client.on('error', () => {});
  await client.connect();
  return client;
}

const adapters = {
  async published() {
    const { createAdapter } = await import('@socket.io/redis-adapter');
    return createAdapter(await connect(), await connect());
  },
  async classic() {
    const { redisAdapter } = await import('rookery/redis');
    return redisAdapter({ client: await connect() });
  },
  async batched() {
    const { redisAdapter } = await import('rookery/redis');
    return redisAdapter({ client: await connect(), wire: 'batched' });
  },
  /** A connection that listens to one channel: what a process costs that is told nothing. */
  async idle() {
    const client = await connect();
    await client.subscribe('a channel of nobody', () => {});
    return undefined;
  },
};

const { Server } = await import('rookery/server');
const io = new Server(createServer(), { adapter: await adapters[name]() });
let received = 0;
let started = process.cpuUsage();

/** A member of a room that does nothing: the cost of writing to clients is not the adapter's. */
function addMember(room) {
  const adapter = io.of('/').adapter;
  const id = 'member00000000000000';
  io.of('/').sockets.set(id, {
    id,
    rooms: new Set([room]),
    client: { writeToEngine: () => received++ },
    notifyOutgoing: () => {},
    notifyOutgoingListeners: () => {},
    deliver: () => received++,
  });
  return adapter.addAll(id, new Set([room]));
}

const operations = {
  join: (room) => addMember(room),
  start: () => void (started = process.cpuUsage()),
  cpu: () => {
    const { user, system } = process.cpuUsage(started);
    return { cpu: user + system, received };
  },
  received: () => received,
  count: () => io.of('/').adapter.serverCount(),
  async publish({ room, count, perTick, size }) {
    const text = 'x'.repeat(size);
    for (let sent = 0; sent < count;) {
      for (let n = 0; n < perTick && sent < count; n++, sent++) io.to(room).emit('event', text);
      await new Promise(setImmediate);
    }
  },
};

answerCalls(operations);
