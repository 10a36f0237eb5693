import { UseGuards } from '@nestjs/common';
import {
  Broadcaster,
  ConnectedSocket,
  MessageBody,
  Namespace,
  OnConnect,
  OnDisconnect,
  PublicNamespace,
  SocketData,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
  type Socket,
} from 'rookery';
import { from, map, type Observable } from 'rxjs';
import { BoardsService, type Note } from './boards.service.js';
import { MemberGuard } from './member.guard.js';

/** What the server sends. */
interface ServerEvents {
  note(note: Note): void;
  counted(notes: number): void;
  left(name: string): void;
}

@WebSocketGateway()
@PublicNamespace()
@Namespace('/boards')
export class BoardsGateway {
  constructor(
    private readonly boards: BoardsService,
    private readonly broadcaster: Broadcaster<ServerEvents>,
  ) {}

  @OnConnect()
  connected(socket: Socket): void {
    socket.data.name = String(socket.handshake.auth['name'] ?? 'guest');
  }

  @OnDisconnect()
  disconnected(socket: Socket): void {
    const { board, name } = socket.data;
    if (board !== undefined) this.broadcaster.of('/boards').to(board).emit('left', name);
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
  add(
    @MessageBody() text: string,
    @SocketData('board') board: string,
    @SocketData('name') name: string,
    @ConnectedSocket() socket: Socket,
  ): Note {
    if (text.trim() === '') throw new WsException('A note needs a text');
    const note = this.boards.add(board, name, text);
    socket.to(board).emit('note', note);
    return note;
  }

  /** An event in the place of an ack. */
  @UseGuards(MemberGuard)
  @SubscribeMessage('count')
  count(@SocketData('board') board: string): { event: 'counted'; data: number } {
    return { event: 'counted', data: this.boards.notes(board).length };
  }

  /** An event for each note. */
  @UseGuards(MemberGuard)
  @SubscribeMessage('replay')
  replay(@SocketData('board') board: string): Observable<{ event: 'note'; data: Note }> {
    return from(this.boards.notes(board)).pipe(map((data) => ({ event: 'note', data })));
  }
}
