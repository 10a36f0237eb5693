// What an idle connection takes of the memory of a server; see README.md.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '5000' }, before: { type: 'string', default: '500' } },
});
const [count, before] = [Number(values.count), Number(values.before)];
if (!(count > 0) || !(before >= 0)) throw new Error('--count and --before are numbers of connections');

const server = fork(fileURLToPath(new URL('./server.mjs', import.meta.url)), { execArgv: ['--expose-gc'] });
try {
  const [{ port }] = await once(server, 'message');
  const ask = async () => {
    server.send('memory');
    return (await once(server, 'message'))[0];
  };
  // What the first ones take once for all is not counted.
  await connect(port, before);
  const without = await ask();
  await connect(port, count);
  const all = await ask();
  const added = all.clients - without.clients;
  const kilobytes = (name) => ((all[name] - without[name]) / added / 1024).toFixed(1);
  console.log(`${added} connections: ${kilobytes('rss')} KB each, ${kilobytes('heapUsed')} KB of it heap`);
} finally {
  server.kill();
}
process.exit();

/** Opens WebSockets that join the main namespace, and answer pings. */
async function connect(port, total) {
  for (let opened = 0; opened < total; opened += 50) {
    await Promise.all(Array.from({ length: Math.min(50, total - opened) }, () => open(port)));
  }
}

function open(port) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
    socket.on('error', reject);
    socket.on('message', (data) => {
      const text = String(data);
      if (text.startsWith('0')) socket.send('40');
      else if (text === '2') socket.send('3');
      else if (text.startsWith('40')) resolve();
    });
  });
}
