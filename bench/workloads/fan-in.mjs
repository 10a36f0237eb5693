import { maskedFrame } from '../client/masked-frame.mjs';
import { openClients } from './clients.mjs';

const clientCount = 100;
/** Events in one write of a client. */
const together = 8;
/** Writes of a client until it waits for the server: a flood would keep the server from everything else. */
const writes = 32;

const event = maskedFrame('42["news",{"text":"hello, this is one way"}]');
const repeated = (count) => Array.from({ length: count }, () => event);
const chunk = Buffer.concat(repeated(together));
// The last event of a window is the one that is answered.
const lastChunk = Buffer.concat([...repeated(together - 1), maskedFrame('421["wait"]')]);

/** @type {readonly import('./index.mjs').Workload[]} */
export const fanInWorkloads = [
  {
    name: 'fan-in',
    title: `Fan-in: ${clientCount} clients send events that nobody answers`,
    operation: 'event',
    servers: ['official', 'ours', 'raw-ws', 'raw-tcp'],
    busy: 0.8,
    application: (io, counters) => {
      io.on('connection', (socket) => {
        socket.on('news', (value) => {
          if (value.text.length > 0) counters.operations++;
        });
        socket.on('wait', (ack) => ack());
      });
    },
    byHand: ({ counters }, frames) => ({
      onEvent: (client, [name, value], id) => {
        if (name === 'wait') client.sendFrame(frames.text(`43${id}[]`));
        else if (value.text.length > 0) counters.operations++;
      },
    }),
    async measure({ port, server, warmup, duration }) {
      for (const client of await openClients(port, clientCount)) {
        const writeWindow = () => {
          for (let count = 1; count < writes; count++) client.write(chunk);
          client.write(lastChunk);
        };
        client.onMessage = writeWindow;
        writeWindow();
      }
      return server.measure({ warmup, duration, count: () => server.count() });
    },
  },
];
