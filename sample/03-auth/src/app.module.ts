import { Module } from '@nestjs/common';
import { SocketIoModule } from 'rookery';
import { AuthModule } from './auth/auth.module.js';
import { LobbyGateway } from './members/lobby.gateway.js';
import { MembersGateway } from './members/members.gateway.js';
import { NoticesController } from './members/notices.controller.js';
import { PageController } from './page.controller.js';

@Module({
  imports: [SocketIoModule.forRoot(), AuthModule],
  controllers: [PageController, NoticesController],
  providers: [LobbyGateway, MembersGateway],
})
export class AppModule {}
