import type { Socket } from '../../../lib/server/index.js';
import { Ledger } from './ledger.js';
import { webTransportOf } from './web-transport.js';

// The server most applications have: every transport, some namespaces, handlers that trust what they get.

const ledger = new Ledger({ transports: ['polling', 'websocket', 'webtransport'] });
const { io } = ledger;

io.on('connection', (socket: Socket) => {
  socket.on('alive', (...args: unknown[]) => {
    const answer = args.at(-1);
    if (typeof answer === 'function') answer();
  });
  socket.on('echo', (value: unknown, answer?: (value: unknown) => void) => answer?.(value));
  socket.on('polluted', (_value: unknown, answer?: (value: unknown) => void) => {
    answer?.([({} as { polluted?: unknown }).polluted ?? 'clean', Object.keys({})]);
  });
  socket.on('join', (room: string) => void socket.join(room));
  socket.on('leave', (room: string) => void socket.leave(room));
  socket.on('relay', (room: string, value: unknown) => {
    socket.to(room).emit('relayed', value, Buffer.from([1]));
    socket.to(room).emit('after');
  });
  socket.on('ask', (count: number) => {
    for (let index = 0; index < count; index++) {
      socket.timeout(500).emit('question', index, () => {});
    }
  });
});

io.of('/silent').use(() => {});
io.of('/refusing').use((_socket, next) => next(new Error('no')));
io.of('/data').on('connection', (socket) => {
  socket.emit('auth', Object.keys(socket.handshake.auth), ({} as { admin?: unknown }).admin ?? 'clean');
});
io.of(/^\/dyn-\w+$/);

ledger.serveWebTransport((chunks, isEnded) => webTransportOf(io, chunks, isEnded));
ledger.serve();
