import type { Socket } from '../../../lib/server/index.js';
import { Ledger } from './ledger.js';

// A server that takes old clients, too: their payloads carry lengths.

const ledger = new Ledger({ allowEIO3: true });

ledger.io.on('connection', (socket: Socket) => {
  socket.on('alive', (...args: unknown[]) => {
    const answer = args.at(-1);
    if (typeof answer === 'function') answer();
  });
});

ledger.serve();
