import { Broadcaster, OnConnect, PublicNamespace, WebSocketGateway, type Socket } from 'rookery';
import type { LobbyEvents } from './members.events.js';

/** Tells everybody who asks how many members are connected. */
@WebSocketGateway({ namespace: '/lobby' })
@PublicNamespace()
export class LobbyGateway {
  constructor(private readonly broadcaster: Broadcaster<LobbyEvents>) {}

  @OnConnect()
  async connected(socket: Socket<object, LobbyEvents>): Promise<void> {
    socket.emit('members', await this.countMembers());
  }

  async tellMembers(): Promise<void> {
    this.broadcaster.of('/lobby').emit('members', await this.countMembers());
  }

  private async countMembers(): Promise<number> {
    return (await this.broadcaster.of('/members').fetchSockets()).length;
  }
}
