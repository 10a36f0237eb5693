// One node of the measurement: publishes, or receives, and tells what CPU time it took.
import { createServer } from 'node:http';
import { answerCalls, parametersOfChild } from '../harness/child.mjs';
import { groups } from './adapters.mjs';

const { port, group, adapter, key } = parametersOfChild();

const { Server } = await import('rookery/server');
const io = new Server(createServer(), { adapter: await groups[group].adapters[adapter](port, key) });
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

answerCalls({
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
    // None is like the one before: PostgreSQL sends two that are the same once in a transaction.
    let number = 0;
    for (let sent = 0; sent < count;) {
      for (let n = 0; n < perTick && sent < count; n++, sent++) io.to(room).emit('event', text, number++);
      await new Promise(setImmediate);
    }
  },
});
