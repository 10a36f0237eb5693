import { binaryFrame, maskedFrame } from '../client/masked-frame.mjs';
import { openClients } from './clients.mjs';

const publish = maskedFrame('42["publish"]');
const news = { text: 'hello, this is a broadcast', count: 1 };
const picture = Buffer.alloc(256, 7);
const textParts = [`42${JSON.stringify(['news', news])}`];
const binaryParts = ['451-["news",{"_placeholder":true,"num":0}]', picture];

/** One client asks; the server sends to all; once all have everything, it asks again. */
export function measureBroadcasts({ members, perRequest, opcode }) {
  return async ({ port, server, warmup, duration }) => {
    const clients = await openClients(port, members);
    const expected = members * perRequest;
    let delivered = 0;
    let missing = expected;
    const onMessage = (received) => {
      if (received !== opcode) return;
      delivered++;
      if (--missing > 0) return;
      missing = expected;
      clients[0].write(publish);
    };
    for (const client of clients) client.onMessage = onMessage;
    clients[0].write(publish);
    return server.measure({ warmup, duration, count: () => delivered });
  };
}

function broadcast({ name, title, members, perRequest = 1, isBinary = false }) {
  const payload = isBinary ? picture : news;
  const parts = isBinary ? binaryParts : textParts;
  return {
    name,
    title,
    operation: 'delivery',
    servers: ['official', 'ours', 'raw-ws', 'raw-tcp'],
    busy: 0.35,
    application: (io) => {
      io.on('connection', (socket) => {
        socket.on('publish', () => {
          for (let count = 0; count < perRequest; count++) io.emit('news', payload);
        });
      });
    },
    byHand: (server, frames) => ({
      onEvent() {
        for (let count = 0; count < perRequest; count++) {
          const encoded = parts.map((part) => (typeof part === 'string' ? frames.text(part) : frames.binary(part)));
          for (const client of server.clients) for (const frame of encoded) client.sendFrame(frame);
        }
      },
    }),
    measure: measureBroadcasts({ members, perRequest, opcode: isBinary ? binaryFrame : 1 }),
  };
}

/** @type {readonly import('./index.mjs').Workload[]} */
export const broadcastWorkloads = [
  broadcast({ name: 'broadcast-100', title: 'Broadcast to 100', members: 100 }),
  broadcast({ name: 'broadcast-1k', title: 'Broadcast to 1,000', members: 1_000 }),
  broadcast({ name: 'broadcast-5k', title: 'Broadcast to 5,000', members: 5_000 }),
  broadcast({ name: 'broadcast-9k', title: 'Broadcast to 9,000', members: 9_000 }),
  broadcast({ name: 'burst', title: '8 broadcasts from one handler to 1,000', members: 1_000, perRequest: 8 }),
  broadcast({ name: 'broadcast-binary', title: 'Broadcast of 256 bytes to 1,000', members: 1_000, isBinary: true }),
];
