import { Module } from '@nestjs/common';
import { SocketIoModule } from 'rookery';
import { BoardsGateway } from './boards.gateway.js';
import { BoardsService } from './boards.service.js';

@Module({
  imports: [SocketIoModule.forRoot()],
  providers: [BoardsGateway, BoardsService],
})
export class AppModule {}
