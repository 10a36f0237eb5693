import { Module } from '@nestjs/common';
import { SocketIoModule } from 'rookery';
import { nodeClusterAdapter } from 'rookery/node-cluster';
import { VotesGateway } from './votes.gateway.js';
import { WorkersController } from './workers.controller.js';

@Module({
  imports: [SocketIoModule.forRoot({ adapter: nodeClusterAdapter(), drainTimeout: 2_000 })],
  controllers: [WorkersController],
  providers: [VotesGateway],
})
export class AppModule {}
