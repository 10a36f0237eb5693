import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Module, UseFilters, UseGuards, UseInterceptors, UsePipes, type CanActivate } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  MessageBody,
  OnConnect,
  OnDisconnect,
  PublicNamespace,
  SocketIoModule,
  SubscribeMessage,
  UseConnectionGuards,
  WebSocketGateway,
  type Socket,
} from '../../../lib/index.js';
import { Observable } from 'rxjs';
import { answerQuestions } from '../../support/asked-process.js';
import { Failure } from '../../support/failing.js';

// A Nest application in which everything fails that `prepare` names, once.

const failure = new Failure();
const [uncaught = 'report'] = process.argv.slice(2);

const guard: CanActivate = { canActivate: () => failure.at('guard') ?? true };

@WebSocketGateway()
@PublicNamespace()
class Gateway {
  @OnConnect()
  entered(socket: Socket): unknown {
    socket.on('disconnect', () => failure.at('disconnect'));
    socket.on('raw', () => failure.at('raw'));
    return failure.at('connection');
  }
  @OnDisconnect()
  left(): unknown {
    return failure.at('left');
  }
  @SubscribeMessage('alive')
  alive(): string {
    return 'alive';
  }
  @SubscribeMessage('handler')
  handler(): unknown {
    return failure.at('handler') ?? 'fine';
  }
  @SubscribeMessage('guard')
  @UseGuards(guard)
  guarded(): string {
    return 'fine';
  }
  @SubscribeMessage('pipe')
  @UsePipes({ transform: (value: unknown) => failure.at('pipe') ?? value })
  piped(@MessageBody() value: unknown): unknown {
    return value ?? 'fine';
  }
  @SubscribeMessage('interceptor')
  @UseInterceptors({ intercept: (_context, next) => failure.at('interceptor') ?? next.handle() })
  intercepted(): string {
    return 'fine';
  }
  @SubscribeMessage('filter')
  @UseFilters({ catch: () => failure.at('filter') })
  filtered(): never {
    throw new Error('for the filter');
  }
  @SubscribeMessage('observable')
  observed(): unknown {
    return new Observable((subscriber) => {
      const failed: unknown = failure.at('observable');
      if (failed instanceof Promise) failed.catch((error: unknown) => subscriber.error(error));
      else subscriber.complete();
    });
  }
}

@WebSocketGateway({ namespace: '/guarded' })
@UseConnectionGuards({ canActivate: () => failure.at('connection guard') ?? true })
class GuardedGateway {}

@Module({
  imports: [
    SocketIoModule.forRoot({
      uncaught: uncaught as 'report',
      onError: (error, { event }) => failure.report(error, event),
    }),
  ],
  providers: [Gateway, GuardedGateway],
})
class App {}

const logger = {
  log() {},
  warn() {},
  error: (message: unknown) => failure.report(undefined, String(message)),
};
const app = await NestFactory.create(App, { logger });
await app.listen(0, '127.0.0.1');
answerQuestions((app.getHttpServer().address() as AddressInfo).port, {
  prepare: (where: string, way: string, value: string) => failure.prepare(where, way, value),
  reported: () => failure.reported(),
});
