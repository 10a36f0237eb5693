import { maskedFrame } from '../client/masked-frame.mjs';
import { openClients } from './clients.mjs';

const clientCount = 100;
/** Events in one write of a client. */
const together = 8;

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
      });
    },
    byHand: ({ counters }) => ({
      onEvent: (_client, [, value]) => {
        if (value.text.length > 0) counters.operations++;
      },
    }),
    async measure({ port, server, warmup, duration }) {
      const frame = maskedFrame('42["news",{"text":"hello, this is one way"}]');
      const frames = Buffer.concat(Array.from({ length: together }, () => frame));
      const clients = await openClients(port, clientCount);
      for (const client of clients) {
        // The next write waits until the system has taken this one: a full server is not flooded further.
        const write = () => client.writeThen(frames, () => setImmediate(write));
        write();
      }
      return server.measure({ warmup, duration, count: () => server.count() });
    },
  },
];
