import { Module } from '@nestjs/common';
import { SocketIoModule } from 'rookery';
import { ChatController } from './chat/chat.controller.js';
import { ChatGateway } from './chat/chat.gateway.js';
import { ChatService } from './chat/chat.service.js';
import { cors } from './cors.js';

@Module({
  imports: [SocketIoModule.forRoot({ cors })],
  controllers: [ChatController],
  providers: [ChatGateway, ChatService],
})
export class AppModule {}
