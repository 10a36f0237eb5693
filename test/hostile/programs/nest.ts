import 'reflect-metadata';
import type { Server as HttpServer } from 'node:http';
import {
  Catch,
  Module,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IsInt, IsObject, IsString, Length, ValidateNested } from 'class-validator';
import { Type } from 'class-transformer';
import { NEVER, Observable, interval, map, tap } from 'rxjs';
import {
  Ack,
  ConnectedSocket,
  EmitTo,
  JoinRoom,
  LeaveRoom,
  MessageBody,
  Presence,
  PublicNamespace,
  RoomGuard,
  SOCKET_IO_SERVER,
  SocketIoModule,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
  type Server,
  type Socket,
} from '../../../lib/index.js';
import { Ledger, quick } from './ledger.js';
import { thrown } from './thrown.js';

// A Nest application with everything that looks at what clients send.

class Author {
  @IsString()
  @Length(1, 20)
  name!: string;
}

class Post {
  @IsInt()
  number!: number;
  @IsString()
  text!: string;
  @IsObject()
  @ValidateNested()
  @Type(() => Author)
  author!: Author;
}

class NoSecretsGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return (context.switchToWs().getData() as { secret?: unknown } | undefined)?.secret === undefined;
  }
}

class WatchingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(tap(() => {}));
  }
}

@Catch()
class FailingFilter implements ExceptionFilter {
  catch(_error: unknown, _host: ArgumentsHost): never {
    throw new Error('the filter failed');
  }
}

/** How many streams somebody listens to. */
let openStreams = 0;

@PublicNamespace()
@WebSocketGateway()
@UseGuards(NoSecretsGuard)
@UseInterceptors(WatchingInterceptor)
class MainGateway {
  constructor(readonly presence: Presence<{ readonly name: unknown }>) {}

  @SubscribeMessage('alive')
  alive(@Ack() answer?: () => void): void {
    answer?.();
  }

  @SubscribeAck('post')
  @UsePipes(new ValidationPipe({ transform: true, whitelist: true }))
  post(@MessageBody() post: Post): number {
    return post.number;
  }

  @SubscribeAck('echo')
  echo(@MessageBody() value: unknown): unknown {
    return value;
  }

  @SubscribeAck('enter')
  @JoinRoom('room:{room}', { open: true })
  enter(@ConnectedSocket() socket: Socket, @MessageBody() { room, name }: { room: string; name: unknown }): boolean {
    void this.presence.enter(socket, `room:${room}`, { name });
    return true;
  }

  @SubscribeAck('leave')
  @LeaveRoom('room:{room}')
  leave(): boolean {
    return true;
  }

  @SubscribeAck('say')
  @RoomGuard('room:{room}')
  @EmitTo('room:{room}', 'said')
  say(@MessageBody('text') text: unknown): unknown {
    return text;
  }

  @SubscribeAck('throws')
  throws(@MessageBody() how: string): never {
    throw thrown[how]!();
  }

  @SubscribeAck('rejects')
  async rejects(@MessageBody() how: string): Promise<never> {
    throw thrown[how]!();
  }

  @SubscribeAck('streams an error')
  streamsError(@MessageBody() how: string): Observable<never> {
    return new Observable((subscriber) => subscriber.error(thrown[how]!()));
  }

  @SubscribeAck('fails in its filter')
  @UseFilters(FailingFilter)
  failsTwice(): never {
    throw new Error('the handler failed');
  }

  @SubscribeMessage('ticks')
  ticks(): Observable<{ readonly event: string; readonly data: number }> {
    return counted(interval(1)).pipe(map((data) => ({ event: 'tick', data })));
  }

  @SubscribeMessage('never')
  never(): Observable<never> {
    return counted(NEVER);
  }

  @SubscribeAck('open streams')
  streams(): number {
    return openStreams;
  }
}

function counted<T>(source: Observable<T>): Observable<T> {
  return new Observable((subscriber) => {
    openStreams++;
    const subscription = source.subscribe(subscriber);
    return () => {
      openStreams--;
      subscription.unsubscribe();
    };
  });
}

const socketIo = SocketIoModule.forRoot({
  ...quick,
  onError: (error, context) => ledger.onError(error, context),
});

@Module({ imports: [socketIo], providers: [MainGateway] })
class ApplicationModule {}

const app = await NestFactory.create(ApplicationModule, { logger: false });
await app.listen(0, '127.0.0.1');
const ledger = new Ledger({}, () => ({
  httpServer: app.getHttpServer() as HttpServer,
  io: app.get<Server>(SOCKET_IO_SERVER),
}));
ledger.serve();
