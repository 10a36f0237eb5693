import { ConflictException, ForbiddenException } from '@nestjs/common';
import {
  Broadcaster,
  ConnectedSocket,
  MessageBody,
  Namespace,
  OnDisconnect,
  PublicNamespace,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
  type Socket,
} from 'rookery';
import { ChatRooms } from './chat-rooms.service.js';
import type { ChatMessage, ClientEvents, Member, ServerEvents } from './chat.events.js';
import { TextPipe } from './text.pipe.js';

type ChatSocket = Socket<ClientEvents, ServerEvents, object, Member>;

@WebSocketGateway()
@PublicNamespace()
@Namespace('/chat')
export class ChatGateway {
  constructor(
    private readonly rooms: ChatRooms,
    private readonly broadcaster: Broadcaster<ServerEvents>,
  ) {}

  /** Answers with the room's last messages. */
  @SubscribeAck('join')
  async join(
    @ConnectedSocket() socket: ChatSocket,
    @MessageBody('room', new TextPipe('The name of a room', 30)) room: string,
    @MessageBody('nickname', new TextPipe('A nickname', 20)) nickname: string,
  ): Promise<readonly ChatMessage[]> {
    const taken = (await this.members(room, socket)).some((name) => name.toLowerCase() === nickname.toLowerCase());
    if (taken) throw new ConflictException(`${nickname} is already in ${room}`);
    await this.leave(socket);
    socket.data = { room, nickname };
    await socket.join(`room:${room}`);
    await this.announceMembers(room);
    return this.rooms.history(room);
  }

  /** Answers with the message as everyone gets it. */
  @SubscribeAck('send')
  send(@ConnectedSocket() socket: ChatSocket, @MessageBody(new TextPipe('A message', 500)) text: string): ChatMessage {
    const { room, nickname } = memberBehind(socket);
    const message = this.rooms.add(room, nickname, text);
    socket.to(`room:${room}`).emit('message', message);
    return message;
  }

  @SubscribeMessage('typing')
  typing(@ConnectedSocket() socket: ChatSocket, @MessageBody() isTyping: boolean): void {
    const { room, nickname } = memberBehind(socket);
    socket.to(`room:${room}`).volatile.emit('typing', { nickname, isTyping: isTyping === true });
  }

  @OnDisconnect()
  async disconnected(socket: ChatSocket): Promise<void> {
    await this.leave(socket);
  }

  private async leave(socket: ChatSocket): Promise<void> {
    const { room } = socket.data;
    if (room === undefined) return;
    socket.data = {};
    await socket.leave(`room:${room}`);
    await this.announceMembers(room);
  }

  private async announceMembers(room: string): Promise<void> {
    this.broadcaster
      .of('/chat')
      .to(`room:${room}`)
      .emit('members', await this.members(room));
  }

  private async members(room: string, except?: ChatSocket): Promise<string[]> {
    const sockets = await this.broadcaster.of('/chat').in(`room:${room}`).fetchSockets();
    return sockets
      .filter(({ id }) => id !== except?.id)
      .map(({ data }) => (data as Member).nickname)
      .sort((a, b) => a.localeCompare(b));
  }
}

function memberBehind(socket: ChatSocket): Member {
  const { room, nickname } = socket.data;
  if (room === undefined || nickname === undefined) throw new ForbiddenException('Join a room first');
  return { room, nickname };
}
