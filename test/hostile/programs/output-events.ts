import type { Server, Socket } from '../../../lib/server/index.js';

/** What a client may have sent to itself, or to a room that it is in. */
export function serveOutput(io: Server): void {
  io.on('connection', (socket: Socket) => {
    socket.on('alive', (answer?: () => void) => answer?.());
    socket.on('echo', (value: unknown, answer?: (value: unknown) => void) => answer?.(value));
    socket.on('join', (room: string) => void socket.join(room));
    socket.on('pile', (how: 'unicast' | 'broadcast' | 'volatile', count: number) => {
      const text = 'a'.repeat(pileSize);
      for (let sent = 0; sent < count; sent++) {
        if (how === 'unicast') socket.emit('piled', sent, text);
        else if (how === 'broadcast') io.to('piles').emit('piled', sent, text);
        else socket.volatile.emit('piled', sent, text);
      }
    });
  });
}

/** The length of one message, in bytes. */
const pileSize = 16 * 1024;
