import { Injectable } from '@nestjs/common';
import type { RoomParams, RoomPolicy } from 'rookery';
import type { ProjectSocket } from './project.js';
import { ProjectsService } from './projects.service.js';

/** Members of a project may be in its room. */
@Injectable()
export class MemberPolicy implements RoomPolicy<ProjectSocket> {
  constructor(private readonly projects: ProjectsService) {}

  canJoin(socket: ProjectSocket, _room: string, { projectId }: RoomParams): boolean {
    return this.projects.isMember(projectId!, socket.data.name!);
  }
}
