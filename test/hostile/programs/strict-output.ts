import { Ledger } from './ledger.js';
import { serveOutput } from './output-events.js';

// The limits of the preset `strict`; pings so rare that nobody is closed for them.

const ledger = new Ledger({ security: 'strict', pingInterval: 60_000, pingTimeout: 60_000 });
serveOutput(ledger.io);
ledger.serve();
