import { ForbiddenException, Injectable } from '@nestjs/common';
import type { RoomParams, RoomPolicy } from 'rookery';
import type { ProjectSocket } from './project.js';
import { ProjectsService } from './projects.service.js';

/** The owner of a project decides who is a member. */
@Injectable()
export class OwnerPolicy implements RoomPolicy<ProjectSocket> {
  constructor(private readonly projects: ProjectsService) {}

  canJoin(socket: ProjectSocket, _room: string, { projectId }: RoomParams): boolean {
    if (this.projects.isOwner(projectId!, socket.data.name!)) return true;
    throw new ForbiddenException(`You do not own ${projectId}`);
  }
}
