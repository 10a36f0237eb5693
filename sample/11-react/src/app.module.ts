import { Module } from '@nestjs/common';
import { SocketIoModule } from 'rookery';
import { TalkGateway } from './talk/talk.gateway.js';
import { TalkService } from './talk/talk.service.js';

@Module({
  imports: [SocketIoModule.forRoot({ drainTimeout: 2_000 })],
  providers: [TalkGateway, TalkService],
})
export class AppModule {}
