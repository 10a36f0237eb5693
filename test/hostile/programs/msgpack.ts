import { createRequire } from 'node:module';
import type { Parser, Socket } from '../../../lib/server/index.js';
import { Ledger } from './ledger.js';

// A server whose packets are MessagePack, by a published parser.

const parser = createRequire(import.meta.url)('socket.io-msgpack-parser') as Parser;
const ledger = new Ledger({ parser });
ledger.io.on('connection', (socket: Socket) => {
  socket.on('alive', (answer?: () => void) => answer?.());
  socket.on('echo', (value: unknown, answer?: (value: unknown) => void) => answer?.(value));
});
ledger.serve();
