import {
  OnConnect,
  OnDisconnect,
  OnDisconnecting,
  OnServerSide,
  WebSocketGateway,
  type Socket,
} from '../../../lib/index.js';
import type { DisconnectReason } from '../../../lib/server/index.js';

@WebSocketGateway({ namespace: '/presence' })
export class PresenceGateway {
  readonly journal: string[] = [];
  readonly settings = new Map<string, unknown>();

  @OnConnect()
  async welcome(socket: Socket): Promise<void> {
    await socket.join('present');
    socket.emit('welcome', socket.id);
  }

  @OnDisconnecting()
  farewell(socket: Socket, reason: DisconnectReason): void {
    for (const room of socket.rooms) socket.to(room).emit('left', reason);
  }

  @OnDisconnect()
  async note(_socket: Socket, reason: DisconnectReason): Promise<void> {
    this.journal.push(reason);
  }

  @OnServerSide('setting')
  change(name: string, value: unknown): void {
    this.settings.set(name, value);
  }
}
