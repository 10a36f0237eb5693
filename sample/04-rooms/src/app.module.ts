import { Module } from '@nestjs/common';
import { SocketIoModule } from 'rookery';
import { MemberPolicy } from './member.policy.js';
import { OwnerPolicy } from './owner.policy.js';
import { ProjectsGateway } from './projects.gateway.js';
import { ProjectsService } from './projects.service.js';

@Module({
  imports: [SocketIoModule.forRoot()],
  providers: [ProjectsGateway, ProjectsService, MemberPolicy, OwnerPolicy],
})
export class AppModule {}
