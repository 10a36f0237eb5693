import { UseGuards } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type WsResponse,
} from '@nestjs/websockets';
import { from, map, type Observable } from 'rxjs';
import type { Server, Socket } from 'socket.io';
import { BoardsService, type Note } from './boards.service.js';
import { MemberGuard } from './member.guard.js';

@WebSocketGateway({ namespace: 'boards' })
export class BoardsGateway implements OnGatewayConnection<Socket>, OnGatewayDisconnect<Socket> {
  @WebSocketServer() readonly server!: Server;

  constructor(private readonly boards: BoardsService) {}

  handleConnection(socket: Socket): void {
    socket.data.name = String(socket.handshake.auth['name'] ?? 'guest');
  }

  handleDisconnect(socket: Socket): void {
    const { board, name } = socket.data;
    if (board !== undefined) this.server.to(board).emit('left', name);
  }

  /** What is returned is the ack. */
  @SubscribeMessage('open')
  async open(@MessageBody('board') board: string, @ConnectedSocket() socket: Socket): Promise<{ notes: number }> {
    socket.data.board = board;
    await socket.join(board);
    return { notes: this.boards.notes(board).length };
  }

  @UseGuards(MemberGuard)
  @SubscribeMessage('add')
  add(@MessageBody() text: string, @ConnectedSocket() socket: Socket): Note {
    const { board, name } = socket.data;
    if (text.trim() === '') throw new WsException('A note needs a text');
    const note = this.boards.add(board, name, text);
    socket.to(board).emit('note', note);
    return note;
  }

  /** An event in the place of an ack. */
  @UseGuards(MemberGuard)
  @SubscribeMessage('count')
  count(@ConnectedSocket() socket: Socket): WsResponse<number> {
    return { event: 'counted', data: this.boards.notes(socket.data.board).length };
  }

  /** An event for each note. */
  @UseGuards(MemberGuard)
  @SubscribeMessage('replay')
  replay(@ConnectedSocket() socket: Socket): Observable<WsResponse<Note>> {
    return from(this.boards.notes(socket.data.board)).pipe(map((data) => ({ event: 'note', data })));
  }
}
