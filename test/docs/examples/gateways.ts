import {
  Namespace,
  NamespaceParam,
  SubscribeAck,
  WebSocketGateway,
  WebSocketServer,
  type OnGatewayInit,
} from '../../../lib/index.js';
import type { Namespace as ServerNamespace } from '../../../lib/server/index.js';

@WebSocketGateway({ namespace: '/clock' })
export class ClockGateway {
  @SubscribeAck('hour')
  hour(): number {
    return new Date().getUTCHours();
  }
}

@WebSocketGateway()
@Namespace('/org/:id')
export class OrganizationGateway {
  @SubscribeAck('where')
  where(@NamespaceParam('id') id: string): string {
    return `organization ${id}`;
  }
}

@WebSocketGateway({ namespace: '/crowd' })
export class CrowdGateway implements OnGatewayInit {
  @WebSocketServer() private readonly crowd!: ServerNamespace;

  afterInit(): void {
    this.crowd.on('connection', () => this.crowd.emit('size', this.crowd.sockets.size));
  }
}
