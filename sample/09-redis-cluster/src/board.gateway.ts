import {
  Broadcaster,
  ConnectedSocket,
  EmitTo,
  JoinRoom,
  MessageBody,
  PublicNamespace,
  RoomGuard,
  SubscribeAck,
  WebSocketGateway,
  type Socket,
} from 'rookery';

export interface Note {
  readonly text: string;
  /** The node that the writer is connected to. */
  readonly from: string;
}

const node = process.env['NODE_NAME'] ?? String(process.pid);

/** Boards whose readers are wherever the load balancer has put them. */
@WebSocketGateway()
@PublicNamespace()
export class BoardGateway {
  constructor(private readonly broadcaster: Broadcaster) {}

  @SubscribeAck('open')
  @JoinRoom('board:{board}', { open: true })
  open(@ConnectedSocket() socket: Socket): { node: string } {
    (socket.data as { node: string }).node = node;
    return { node };
  }

  /** To the other readers, on every node. */
  @SubscribeAck('write')
  @RoomGuard('board:{board}')
  @EmitTo('board:{board}', 'note')
  write(@MessageBody('text') text: unknown): Note {
    return { text: String(text).slice(0, 200), from: node };
  }

  /** How many readers there are at each node: every node is asked. */
  @SubscribeAck('readers')
  @RoomGuard('board:{board}')
  async readers(@MessageBody('board') board: string): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { data } of await this.broadcaster.in(`board:${board}`).fetchSockets()) {
      const at = (data as { node: string }).node;
      counts[at] = (counts[at] ?? 0) + 1;
    }
    return counts;
  }
}
