import { HttpStatus, Injectable, Module, UseGuards, type ExecutionContext } from '@nestjs/common';
import {
  seconds,
  SkipThrottle,
  Throttle,
  ThrottlerGuard,
  ThrottlerModule,
  type ThrottlerLimitDetail,
} from '@nestjs/throttler';
import {
  PublicNamespace,
  SocketIoModule,
  SubscribeAck,
  WebSocketGateway,
  WsException,
  type AuthenticatedSocket,
} from '../../lib/index.js';

/** The guard of @nestjs/throttler for the events of sockets. */
@Injectable()
export class SocketThrottlerGuard extends ThrottlerGuard {
  /** Counts by user; by address for those nobody knows. */
  protected override async getTracker(socket: AuthenticatedSocket<{ id: string } | undefined>): Promise<string> {
    return socket.user?.id ?? socket.handshake.address;
  }

  protected override getRequestResponse(context: ExecutionContext): ReturnType<ThrottlerGuard['getRequestResponse']> {
    // There is no response that could have headers.
    return { req: context.switchToWs().getClient<Record<string, unknown>>(), res: {} };
  }

  protected override async throwThrottlingException(
    _context: ExecutionContext,
    { timeToBlockExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    throw new WsException({
      status: HttpStatus.TOO_MANY_REQUESTS,
      message: 'Too many events',
      details: { retryAfter: timeToBlockExpire },
    });
  }
}

@WebSocketGateway()
@PublicNamespace()
@UseGuards(SocketThrottlerGuard)
export class PollGateway {
  @SubscribeAck('vote')
  @Throttle({ default: { limit: 2, ttl: seconds(60) } })
  vote(): string {
    return 'counted';
  }

  @SubscribeAck('list')
  list(): string[] {
    return ['lunch'];
  }

  @SubscribeAck('typing')
  @SkipThrottle()
  typing(): void {}
}

@Module({
  imports: [SocketIoModule.forRoot(), ThrottlerModule.forRoot([{ ttl: seconds(10), limit: 100 }])],
  providers: [PollGateway],
})
export class AppModule {}
