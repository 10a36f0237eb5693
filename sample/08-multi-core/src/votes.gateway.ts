import {
  Broadcaster,
  ConnectedSocket,
  MessageBody,
  PublicNamespace,
  SubscribeAck,
  WebSocketGateway,
  type Socket,
} from 'rookery';

/** Votes of clients, wherever they are: each worker has some of them, and reaches all. */
@WebSocketGateway()
@PublicNamespace()
export class VotesGateway {
  constructor(private readonly broadcaster: Broadcaster) {}

  /** Joins a room; its members may be at any worker. */
  @SubscribeAck('join')
  async join(@ConnectedSocket() socket: Socket, @MessageBody() room: string): Promise<{ pid: number }> {
    await socket.join(room);
    return { pid: process.pid };
  }

  /** Asks the members of a room, at every worker, and counts their answers. */
  @SubscribeAck('poll')
  async poll(@MessageBody() room: string): Promise<{ yes: number; no: number }> {
    const votes: boolean[] = await this.broadcaster.to(room).timeout(5_000).emitWithAck('vote');
    const yes = votes.filter(Boolean).length;
    this.broadcaster.to(room).emit('result', { yes, no: votes.length - yes });
    return { yes, no: votes.length - yes };
  }
}
