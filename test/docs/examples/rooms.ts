import { Injectable } from '@nestjs/common';
import {
  EmitTo,
  JoinRoom,
  LeaveRoom,
  MessageBody,
  Room,
  RoomGuard,
  SubscribeAck,
  WebSocketGateway,
  type RoomParams,
  type RoomPolicy,
  type Socket,
} from '../../../lib/index.js';

@Injectable()
export class InvitedPolicy implements RoomPolicy {
  canJoin(socket: Socket, _room: string, { roomId }: RoomParams): boolean {
    return (socket.handshake.auth['invitedTo'] as string[]).includes(roomId!);
  }
}

@WebSocketGateway({ namespace: '/rooms' })
export class RoomsGateway {
  @SubscribeAck('enter')
  @JoinRoom('room:{roomId}', InvitedPolicy)
  enter(@Room() room: string): string {
    return `You are in ${room}`;
  }

  @SubscribeAck('say')
  @RoomGuard('room:{roomId}')
  @EmitTo('room:{roomId}', 'said')
  say(@MessageBody('text') text: string): { text: string } {
    return { text };
  }

  @SubscribeAck('leave')
  @LeaveRoom('room:{roomId}')
  leave(): void {}
}
