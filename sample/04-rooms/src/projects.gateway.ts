import { ParseIntPipe } from '@nestjs/common';
import {
  Broadcaster,
  EmitTo,
  JoinRoom,
  LeaveRoom,
  MessageBody,
  OnConnect,
  PublicNamespace,
  Room,
  RoomGuard,
  SocketData,
  SubscribeAck,
  UseNamespaceMiddleware,
  WebSocketGateway,
} from 'rookery';
import { MemberPolicy } from './member.policy.js';
import { NameMiddleware } from './name.middleware.js';
import { OwnerPolicy } from './owner.policy.js';
import type { ProjectSocket, ServerEvents, Task } from './project.js';
import { ProjectsService } from './projects.service.js';
import { TextPipe } from './text.pipe.js';

@WebSocketGateway({ namespace: '/projects' })
@PublicNamespace()
@UseNamespaceMiddleware(NameMiddleware)
export class ProjectsGateway {
  constructor(
    private readonly projects: ProjectsService,
    private readonly broadcaster: Broadcaster<ServerEvents>,
  ) {}

  /** A room for each person, which no client can name: that is where a removed member is found. */
  @OnConnect()
  async connected(socket: ProjectSocket): Promise<void> {
    await socket.join(`person:${socket.data.name}`);
  }

  /** Whoever the policy lets in is in the room before the answer comes; 403 for others. */
  @SubscribeAck('open')
  @JoinRoom('project:{projectId}', MemberPolicy)
  open(@MessageBody('projectId') projectId: string): { members: readonly string[]; tasks: readonly Task[] } {
    return { members: this.projects.members(projectId), tasks: this.projects.tasks(projectId) };
  }

  /** For those who are in the room; the others in it are sent the task. */
  @SubscribeAck('add')
  @RoomGuard('project:{projectId}')
  @EmitTo('project:{projectId}', 'task')
  add(
    @MessageBody('projectId') projectId: string,
    @MessageBody('text', new TextPipe('A task', 200)) text: string,
    @SocketData('name') name: string,
  ): Task {
    return this.projects.addTask(projectId, name, text);
  }

  /** Asks the policy in the place of the room: no need to have opened the project. Who has, is sent the task too. */
  @SubscribeAck('finish')
  @RoomGuard('project:{projectId}', MemberPolicy)
  @EmitTo('project:{projectId}', 'task', { includeSender: true })
  finish(@MessageBody('projectId') projectId: string, @MessageBody('taskId', ParseIntPipe) taskId: number): Task {
    return this.projects.finishTask(projectId, taskId);
  }

  @SubscribeAck('close')
  @RoomGuard('project:{projectId}')
  @LeaveRoom('project:{projectId}')
  @EmitTo('project:{projectId}', 'left')
  close(@SocketData('name') name: string): { name: string } {
    return { name };
  }

  /** `@Room()` is the name of the room that the decorator makes: no template is written twice. */
  @SubscribeAck('invite')
  @RoomGuard('project:{projectId}', OwnerPolicy)
  invite(
    @MessageBody('projectId') projectId: string,
    @MessageBody('name', new TextPipe('A name', 50)) name: string,
    @Room() room: string,
  ): void {
    this.projects.addMember(projectId, name);
    this.tellMembers(room, projectId);
  }

  /** Who is removed leaves the room at once, with every socket. */
  @SubscribeAck('remove')
  @RoomGuard('project:{projectId}', OwnerPolicy)
  remove(
    @MessageBody('projectId') projectId: string,
    @MessageBody('name', new TextPipe('A name', 50)) name: string,
    @Room() room: string,
  ): void {
    this.projects.removeMember(projectId, name);
    const removed = this.broadcaster.of('/projects').in(`person:${name}`);
    removed.socketsLeave(room);
    removed.emit('removed', projectId);
    this.tellMembers(room, projectId);
  }

  private tellMembers(room: string, projectId: string): void {
    this.broadcaster.of('/projects').to(room).emit('members', this.projects.members(projectId));
  }
}
