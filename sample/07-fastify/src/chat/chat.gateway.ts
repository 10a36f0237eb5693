import {
  EmitTo,
  Handshake,
  JoinRoom,
  MessageBody,
  PublicNamespace,
  Room,
  RoomGuard,
  SubscribeAck,
  WebSocketGateway,
} from 'rookery';
import type { ChatMessage } from './chat.events.js';
import { ChatService } from './chat.service.js';

@WebSocketGateway({ namespace: '/chat' })
@PublicNamespace()
export class ChatGateway {
  constructor(private readonly chat: ChatService) {}

  /** Answers with the room's last messages. */
  @SubscribeAck('join')
  @JoinRoom('room:{room}', { open: true })
  join(@Room() room: string): readonly ChatMessage[] {
    return this.chat.history(room);
  }

  /** Answers with the message as the others get it. */
  @SubscribeAck('send')
  @RoomGuard('room:{room}')
  @EmitTo('room:{room}', 'message')
  send(
    @Room() room: string,
    @MessageBody('text') text: unknown,
    @Handshake('auth') auth: { name?: unknown },
  ): ChatMessage {
    return this.chat.add(room, auth.name, text);
  }
}
