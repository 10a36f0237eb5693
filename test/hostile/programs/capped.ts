import type { Socket } from '../../../lib/server/index.js';
import { Ledger } from './ledger.js';

// A server that lets few in, behind a proxy that tells who comes.

const ledger = new Ledger({
  security: 'strict',
  trustedProxies: 1,
  maxConnections: 40,
  maxConnectionsPerIp: 10,
  // So slow that nobody is forgiven within the run.
  handshakeRate: { perSecond: 0.001, burst: 15 },
});
ledger.io.on('connection', (socket: Socket) => {
  socket.on('alive', (answer?: () => void) => answer?.());
});
ledger.serve();
