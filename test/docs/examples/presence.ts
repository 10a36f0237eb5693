import {
  ConnectedSocket,
  MessageBody,
  OnPresence,
  Presence,
  SubscribeAck,
  WebSocketGateway,
  WebSocketServer,
  type Socket,
} from '../../../lib/index.js';
import type { PresenceMember } from '../../../lib/presence/index.js';
import type { Namespace } from '../../../lib/server/index.js';

interface Person {
  readonly name: string;
}

@WebSocketGateway({ namespace: '/cafe' })
export class CafeGateway {
  @WebSocketServer() private readonly cafe!: Namespace;

  constructor(private readonly presence: Presence<Person>) {}

  @SubscribeAck('sit')
  sit(@ConnectedSocket() socket: Socket, @MessageBody() table: number): string[] {
    void this.presence.enter(socket, `table:${table}`, { name: String(socket.handshake.auth['name']) });
    const members = this.presence.of<Person>('/cafe').list(`table:${table}`);
    return members.flatMap(({ connections }) => connections.map(({ metadata }) => metadata.name));
  }

  @OnPresence('join', 'table:{number}')
  joined(table: string, { key, connections }: PresenceMember<Person>): void {
    this.cafe.local.to(table).emit('joined', key, connections[0]!.metadata);
  }

  @OnPresence('leave', 'table:{number}')
  left(table: string, { key }: PresenceMember<Person>): void {
    this.cafe.local.to(table).emit('left', key);
  }
}
