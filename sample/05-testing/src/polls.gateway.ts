import { UseGuards } from '@nestjs/common';
import {
  Arg,
  Broadcaster,
  ConnectedSocket,
  MessageBody,
  PublicNamespace,
  SubscribeAck,
  WebSocketGateway,
  type OnGatewayInit,
  type Socket,
} from 'rookery';
import type { Namespace } from 'rookery/server';
import { HostGuard } from './host.guard.js';
import type { ClientEvents, ServerEvents, Votes } from './poll.events.js';
import { PollsService } from './polls.service.js';

type PollSocket = Socket<ClientEvents, ServerEvents>;

@WebSocketGateway({ namespace: '/polls' })
@PublicNamespace()
export class PollsGateway implements OnGatewayInit {
  constructor(
    private readonly polls: PollsService,
    private readonly broadcaster: Broadcaster<ServerEvents>,
  ) {}

  /** Whoever has no name is not let in. */
  afterInit(namespace: Namespace): void {
    namespace.use((socket, next) => {
      const { name } = socket.handshake.auth;
      if (typeof name === 'string' && name !== '') next();
      else next(Object.assign(new Error('Who are you?'), { data: { status: 401 } }));
    });
  }

  @SubscribeAck('watch')
  async watch(@ConnectedSocket() socket: PollSocket, @MessageBody() poll: string): Promise<Votes> {
    const votes = this.polls.votes(poll);
    await socket.join(`poll:${poll}`);
    return votes;
  }

  @SubscribeAck('vote')
  vote(@ConnectedSocket() socket: PollSocket, @Arg(0) poll: string, @Arg(1) choice: string): Votes {
    const votes = this.polls.vote(poll, socket.handshake.auth['name'] as string, choice);
    socket.to(`poll:${poll}`).emit('results', poll, votes);
    return votes;
  }

  /** Asks the host once more, for five seconds. */
  @UseGuards(HostGuard)
  @SubscribeAck('close')
  async close(@ConnectedSocket() socket: PollSocket, @MessageBody() poll: string): Promise<boolean> {
    const isMeant = await socket
      .timeout(5_000)
      .emitWithAck('confirm', `Close ${poll}?`)
      .catch(() => false);
    if (isMeant !== true) return false;
    const votes = this.polls.close(poll);
    this.broadcaster.of('/polls').to(`poll:${poll}`).emit('closed', poll, votes);
    return true;
  }
}
