import { Module } from '@nestjs/common';
import { SocketIoModule } from 'rookery';
import { QuestionsGateway } from './questions/questions.gateway.js';
import { QuestionsService } from './questions/questions.service.js';

@Module({
  imports: [SocketIoModule.forRoot({ drainTimeout: 2_000 })],
  providers: [QuestionsGateway, QuestionsService],
})
export class AppModule {}
