import { NotFoundException, UseGuards } from '@nestjs/common';
import {
  Broadcaster,
  ConnectedSocket,
  CurrentUser,
  MessageBody,
  NamespaceAuth,
  OnConnect,
  OnDisconnect,
  SubscribeAck,
  UseConnectionGuards,
  WebSocketGateway,
  type AuthenticatedSocket,
  type Socket,
} from 'rookery';
import { LoginsService } from '../auth/logins.service.js';
import type { LoggedIn } from '../auth/user.js';
import { UsersService } from '../auth/users.service.js';
import { TextPipe } from '../text.pipe.js';
import { AdminGuard } from './admin.guard.js';
import { LobbyGateway } from './lobby.gateway.js';
import type { MembersEvents } from './members.events.js';
import { NotBannedGuard } from './not-banned.guard.js';

@WebSocketGateway({ namespace: '/members' })
@NamespaceAuth('jwt', { tokenFrom: ['auth', 'cookie:token'], onExpiry: 'disconnect' })
@UseConnectionGuards(NotBannedGuard)
export class MembersGateway {
  constructor(
    private readonly users: UsersService,
    private readonly logins: LoginsService,
    private readonly lobby: LobbyGateway,
    private readonly broadcaster: Broadcaster<MembersEvents>,
  ) {}

  /** All sockets of one login are in a room: that is whom a logout disconnects. */
  @OnConnect()
  async connected(socket: AuthenticatedSocket<LoggedIn>): Promise<void> {
    const { login } = socket.user;
    await socket.join(`login:${login}`);
    // It may have ended while the socket was on its way in.
    if (this.logins.isOver(login)) socket.disconnect();
    await this.lobby.tellMembers();
  }

  @OnDisconnect()
  async disconnected(): Promise<void> {
    await this.lobby.tellMembers();
  }

  @SubscribeAck('who')
  who(@CurrentUser() { name, isAdmin }: LoggedIn): { name: string; isAdmin: boolean } {
    return { name, isAdmin };
  }

  @SubscribeAck('say')
  say(
    @CurrentUser('name') from: string,
    @MessageBody(new TextPipe('A message', 500)) text: string,
    @ConnectedSocket() socket: Socket<object, MembersEvents>,
  ): void {
    socket.broadcast.emit('said', { from, text });
  }

  /** Bans a user, whose sockets are disconnected, and do not come in again; 403 for whoever is no admin. */
  @UseGuards(AdminGuard)
  @SubscribeAck('ban')
  ban(@MessageBody(new TextPipe('A name', 50)) name: string): void {
    const user = this.users.ban(name);
    if (user === undefined) throw new NotFoundException(`There is no ${name}`);
    this.broadcaster.toUser(user.id, '/members').disconnectSockets();
  }
}
