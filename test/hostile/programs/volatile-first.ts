import { Ledger } from './ledger.js';
import { serveOutput } from './output-events.js';

// The same limits, and volatile packets that wait for room.

const options = { security: 'strict', slowConsumer: 'drop-volatile-first' } as const;
const ledger = new Ledger({ ...options, pingInterval: 60_000, pingTimeout: 60_000 });
serveOutput(ledger.io);
ledger.serve();
