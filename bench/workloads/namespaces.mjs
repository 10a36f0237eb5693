import { maskedFrame } from '../client/masked-frame.mjs';
import { openClients } from './clients.mjs';

const clientCount = 50;
const names = ['/first', '/second'];
// Leaving one and entering the other is one write.
const moves = names.map((name, index) =>
  Buffer.concat([maskedFrame(`41${names[1 - index]},`), maskedFrame(`40${name},`)]),
);

/** @type {readonly import('./index.mjs').Workload[]} */
export const namespaceWorkloads = [
  {
    name: 'namespaces',
    title: `Leave one namespace and enter another, ${clientCount} clients`,
    operation: 'connect and disconnect',
    servers: ['official', 'ours', 'raw-ws', 'raw-tcp'],
    busy: 0.7,
    application: (io) => {
      for (const name of names) io.of(name).on('connection', () => {});
    },
    byHand: () => ({ onEvent: () => {} }),
    async measure({ port, server, warmup, duration }) {
      const clients = await openClients(port, clientCount);
      let operations = 0;
      for (const client of clients) {
        let turn = 0;
        client.onMessage = (_opcode, bytes, start, end) => {
          if (bytes[start + 1] !== 0x30) throw new Error(`Not let in: ${bytes.latin1Slice(start, end)}`);
          operations++;
          turn = 1 - turn;
          client.write(moves[turn]);
        };
        client.write(maskedFrame(`40${names[0]},`));
      }
      return server.measure({ warmup, duration, count: () => operations });
    },
  },
];
