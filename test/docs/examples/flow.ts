import {
  Injectable,
  UseFilters,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type OnModuleDestroy,
  type PipeTransform,
} from '@nestjs/common';
import { finalize, type Observable } from 'rxjs';
import {
  BaseWsExceptionFilter,
  EmitTo,
  JoinRoom,
  MessageBody,
  NamespaceAuth,
  OnConnect,
  OnDisconnect,
  OnDisconnecting,
  RoomGuard,
  SubscribeAck,
  UseConnectionGuards,
  UseNamespaceMiddleware,
  WebSocketGateway,
  WsException,
  type ErrorAnswer,
  type NextFunction,
  type RoomPolicy,
  type Socket,
  type StandardSchema,
} from '../../../lib/index.js';

/** What has happened so far, in order. */
export const steps: string[] = [];

function step(name: string): void {
  steps.push(name);
}

/** A guard that lets everybody through. */
export function guard(name: string): CanActivate {
  return {
    canActivate() {
      step(name);
      return true;
    },
  };
}

/** A pipe that changes nothing. */
export function pipe(name: string): PipeTransform {
  return {
    transform(value: unknown) {
      step(name);
      return value;
    },
  };
}

/** An interceptor that changes nothing. */
export const interceptor: NestInterceptor = {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    step('interceptor, before');
    return next.handle().pipe(finalize(() => step('interceptor, behind')));
  },
};

/** A filter that tells what would be told without it. */
export class Filter extends BaseWsExceptionFilter implements ExceptionFilter {
  override catch(exception: unknown, ...host: [never]): ErrorAnswer {
    step('filter');
    return super.catch(exception, ...host);
  }
}

const schema: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'docs',
    validate(value) {
      step('schema');
      return { value };
    },
  },
};

function middleware(_socket: Socket, next: NextFunction): void {
  step('middleware');
  next();
}

/** A policy that lets everybody in. */
export function policy(name: string): RoomPolicy['canJoin'] {
  return () => {
    step(name);
    return true;
  };
}

@WebSocketGateway({ namespace: '/flow' })
@UseConnectionGuards(guard('connection guard'))
@NamespaceAuth('flow')
@UseNamespaceMiddleware(middleware)
@UseGuards(guard('guard of the class'))
export class FlowGateway {
  @OnConnect()
  async connected(): Promise<void> {
    await new Promise(setImmediate);
    step('connect hook');
  }

  @SubscribeAck('enter', { schema })
  @UseGuards(guard('guard of the method'))
  @RoomGuard('door:{door}', policy('room guard'))
  @JoinRoom('room:{room}', policy('policy of the room'))
  @EmitTo('room:{room}', 'entered', { includeSender: true })
  @UseInterceptors(interceptor)
  @UseFilters(Filter)
  enter(@MessageBody(pipe('pipe of the parameter')) { room }: { room: string }): string {
    step('method');
    if (room === 'closed') throw new WsException({ status: 409, message: 'Closed' });
    return room;
  }

  @OnDisconnecting()
  leaving(socket: Socket): void {
    step(socket.rooms.size > 0 ? 'disconnecting hook, still in its rooms' : 'disconnecting hook');
  }

  @OnDisconnect()
  async left(socket: Socket): Promise<void> {
    step(socket.rooms.size > 0 ? 'disconnect hook, still in its rooms' : 'disconnect hook, its rooms left');
    await new Promise(setImmediate);
    step('disconnect hook settles');
  }
}

/** A provider that lives as long as the application. */
@Injectable()
export class Storage implements OnModuleDestroy {
  onModuleDestroy(): void {
    step('onModuleDestroy of the other providers');
  }
}
