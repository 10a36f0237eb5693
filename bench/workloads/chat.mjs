import { maskedFrame } from '../client/masked-frame.mjs';
import { openClients } from './clients.mjs';

const memberCount = 100;
// A fixed place in the message says whose it is.
const nameOf = (index) => String(index).padStart(3, '0');
const digitsAt = '42["said","'.length;

/** @type {readonly import('./index.mjs').Workload[]} */
export const chatWorkloads = [
  {
    name: 'chat',
    title: `Chat: ${memberCount} members, each with one message to all in flight`,
    operation: 'delivery',
    servers: ['official', 'ours', 'raw-ws', 'raw-tcp'],
    busy: 0.35,
    application: (io) => {
      io.on('connection', (socket) => {
        socket.on('say', (name, text) => io.emit('said', name, text));
      });
    },
    byHand: (server, frames) => ({
      onEvent(_client, [, name, text]) {
        const frame = frames.text(`42${JSON.stringify(['said', name, text])}`);
        for (const client of server.clients) client.sendFrame(frame);
      },
    }),
    async measure({ port, server, warmup, duration }) {
      const clients = await openClients(port, memberCount);
      let delivered = 0;
      clients.forEach((client, index) => {
        const message = maskedFrame(`42["say","${nameOf(index)}","hello, this is a chat"]`);
        client.onMessage = (_opcode, bytes, start) => {
          delivered++;
          const at = start + digitsAt;
          const author = (bytes[at] - 48) * 100 + (bytes[at + 1] - 48) * 10 + (bytes[at + 2] - 48);
          // Back at its author: the next one.
          if (author === index) client.write(message);
        };
        client.write(message);
      });
      return server.measure({ warmup, duration, count: () => delivered });
    },
  },
];
