import { Module } from '@nestjs/common';
import { BoardsGateway } from './boards.gateway.js';
import { BoardsService } from './boards.service.js';

@Module({
  providers: [BoardsGateway, BoardsService],
})
export class AppModule {}
