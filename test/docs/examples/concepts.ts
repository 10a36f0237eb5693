import { Module } from '@nestjs/common';
import { MessageBody, PublicNamespace, SocketIoModule, SubscribeAck, WebSocketGateway } from '../../../lib/index.js';

@WebSocketGateway({ namespace: '/clock' })
@PublicNamespace()
export class ClockGateway {
  @SubscribeAck('hour')
  hour(@MessageBody('time') time: string): number {
    return new Date(time).getUTCHours();
  }
}

@Module({ imports: [SocketIoModule.forRoot()], providers: [ClockGateway] })
export class AppModule {}
