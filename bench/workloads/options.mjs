import { WebSocket } from 'ws';
import { measureBroadcasts } from './broadcast.mjs';
import { forMany } from './clients.mjs';
import { answerEchoes, measureEchoes } from './echo.mjs';
import { measureGrowth } from './idle.mjs';
import { measurePolled } from './polling.mjs';

const members = 200;
const held = 1_000;
// Some 4 kB, as a list of rows that a table shows: it can be compressed.
const rows = Array.from({ length: 64 }, (_, index) => ({
  id: index,
  name: `row ${index}`,
  price: index * 1.25,
  open: true,
}));
const webSocketServers = ['ours', 'ours-recovery', 'ours-deflate'];

function publishRows(io) {
  io.on('connection', (socket) => {
    socket.on('publish', () => io.emit('rows', rows));
  });
}

/** Connects with a client that can inflate, until it has got its rows. */
function openAndListen(port) {
  return new Promise((resolve, reject) => {
    const client = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
    client.on('error', reject);
    client.on('open', () => client.send('40'));
    client.on('message', (data) => {
      const text = data.toString();
      if (text === '2') client.send('3');
      if (text.startsWith('42["rows"')) resolve(client);
    });
  });
}

/** What an option costs beside the same server without it. @type {readonly import('./index.mjs').Workload[]} */
export const optionWorkloads = [
  {
    name: 'options-echo',
    title: 'Options: echo with ack, 100 clients, one in flight each',
    operation: 'echo',
    servers: [...webSocketServers, 'ours-event-rate'],
    busy: 0.7,
    application: answerEchoes,
    measure: measureEchoes(100, 1),
  },
  {
    name: 'options-broadcast',
    title: `Options: broadcast of 4 kB of JSON to ${members}`,
    operation: 'delivery',
    servers: webSocketServers,
    busy: 0.35,
    application: publishRows,
    measure: measureBroadcasts({ members, perRequest: 1, opcode: 1 }),
  },
  {
    name: 'options-memory',
    title: `Options: memory of ${held.toLocaleString('en')} connections that got 4 kB of JSON`,
    operation: 'connection',
    servers: [...webSocketServers, 'ours-deflate-context', 'ours-strict'],
    busy: 0,
    application: (io) => io.on('connection', (socket) => socket.emit('rows', rows)),
    measure: measureGrowth(held, (port, count) => forMany(count, () => openAndListen(port))),
  },
  {
    name: 'options-polling',
    title: `Options: 4 kB of JSON by polling, gzip accepted`,
    operation: 'answer',
    servers: ['ours', 'ours-http-uncompressed'],
    busy: 0.6,
    options: { allowUpgrades: false },
    application: (io) => {
      io.on('connection', (socket) => {
        socket.on('ask', (ack) => ack(rows));
      });
    },
    measure: measurePolled('421["ask"]', { acceptEncoding: 'gzip' }),
  },
];
