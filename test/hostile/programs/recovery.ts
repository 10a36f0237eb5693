import type { Socket } from '../../../lib/server/index.js';
import { Ledger } from './ledger.js';

// A server whose clients may come back, and whose namespaces are guarded for those, too.

const ledger = new Ledger({ connectionStateRecovery: { maxDisconnectionDuration: 3_000, skipMiddlewares: false } });

const serve = (socket: Socket): void => {
  socket.on('alive', (answer?: () => void) => answer?.());
  socket.on('offset', () => socket.emit('kept'));
  socket.on('join', (room: string) => void socket.join(room));
};

ledger.io.on('connection', serve);
ledger.io.of('/other').on('connection', serve);
ledger.io
  .of('/guarded')
  .use((socket, next) => next(socket.handshake.auth['token'] === 'good' ? undefined : new Error('no')))
  .on('connection', serve);

ledger.serve();
