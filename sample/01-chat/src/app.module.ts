import { Module } from '@nestjs/common';
import { SocketIoModule } from 'rookery';
import { AnnouncementsController } from './announcements.controller.js';
import { ChatGateway } from './chat/chat.gateway.js';
import { ChatRooms } from './chat/chat-rooms.service.js';
import { PageController } from './page.controller.js';

@Module({
  imports: [SocketIoModule.forRoot({ drainTimeout: 2_000 })],
  controllers: [PageController, AnnouncementsController],
  providers: [ChatGateway, ChatRooms],
})
export class AppModule {}
