import {
  ForbiddenException,
  Injectable,
  NotFoundException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import {
  ConnectedSocket,
  NamespaceAuth,
  PublicNamespace,
  SocketData,
  SubscribeAck,
  UseConnectionGuards,
  UseNamespaceMiddleware,
  WebSocketGateway,
  type AuthenticatedSocket,
  type NamespaceMiddleware,
  type NextFunction,
  type Socket,
} from '../../../lib/index.js';

/** What the strategy `jwt` makes of a token. */
export interface User {
  readonly sub: string;
}

@WebSocketGateway({ namespace: '/members' })
@NamespaceAuth('jwt', { tokenFrom: ['auth', 'cookie:token'], onExpiry: 'revalidate' })
export class MembersGateway {
  @SubscribeAck('who')
  who(@ConnectedSocket() socket: AuthenticatedSocket<User>): string {
    return socket.user.sub;
  }
}

@Injectable()
export class BansService {
  has(name: unknown): boolean {
    return name === 'Mallory';
  }
}

@Injectable()
export class NotBannedGuard implements CanActivate {
  constructor(private readonly bans: BansService) {}

  canActivate(context: ExecutionContext): boolean {
    const { handshake } = context.switchToWs().getClient<Socket>();
    if (this.bans.has(handshake.auth['name'])) throw new ForbiddenException('You are banned');
    return true;
  }
}

@WebSocketGateway({ namespace: '/market' })
@UseConnectionGuards(NotBannedGuard)
export class MarketGateway {}

@Injectable()
export class TenantMiddleware implements NamespaceMiddleware {
  use(socket: Socket, next: NextFunction): void {
    const { tenant } = socket.handshake.auth as { tenant?: unknown };
    if (tenant !== 'acme') {
      next(new NotFoundException('No such tenant'));
      return;
    }
    socket.data.tenant = tenant;
    next();
  }
}

@WebSocketGateway({ namespace: '/tenant' })
@UseNamespaceMiddleware(TenantMiddleware)
@PublicNamespace()
export class TenantGateway {
  @SubscribeAck('tenant')
  tenant(@SocketData('tenant') tenant: string): string {
    return tenant;
  }
}

@WebSocketGateway({ namespace: '/status' })
@PublicNamespace()
export class StatusGateway {
  @SubscribeAck('status')
  status(): string {
    return 'up';
  }
}
