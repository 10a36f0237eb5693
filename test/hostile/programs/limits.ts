import type { Socket } from '../../../lib/server/index.js';
import { Ledger } from './ledger.js';

// A server with the limits of the preset `strict` on what a client may do, and which of its pages may come.

const ledger = new Ledger({ security: 'strict', cors: { origin: 'https://good.test' } });
const serve = (socket: Socket): void => {
  let events = 0;
  socket.on('alive', (answer?: () => void) => answer?.());
  socket.on('event', () => void events++);
  socket.on('events', () => socket.emit('events', events));
  socket.on('ask', (count: number) => {
    let refused = 0;
    for (let index = 0; index < count; index++) {
      socket.emitWithAck('question', index).catch((error: { readonly code?: unknown }) => {
        if (error.code === 'ACK_LIMIT') refused++;
      });
    }
    setImmediate(() => socket.emit('refused', refused));
  });
};
ledger.io.on('connection', serve);
for (let index = 0; index < 30; index++) ledger.io.of(`/room-${index}`).on('connection', serve);
ledger.serve();
