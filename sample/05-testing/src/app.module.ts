import { Module } from '@nestjs/common';
import { SocketIoModule } from 'rookery';
import { HOST_KEY } from './host.guard.js';
import { PollsGateway } from './polls.gateway.js';
import { PollsService } from './polls.service.js';

@Module({
  imports: [SocketIoModule.forRoot()],
  providers: [PollsGateway, PollsService, { provide: HOST_KEY, useFactory: () => process.env['HOST_KEY'] }],
})
export class AppModule {}
