import { BadRequestException, Injectable, NotFoundException } from '@nestjs/common';
import type { Task } from './project.js';

interface Project {
  readonly owner: string;
  readonly members: Set<string>;
  readonly tasks: Map<number, Task>;
}

function project(owner: string, ...others: readonly string[]): Project {
  return { owner, members: new Set([owner, ...others]), tasks: new Map() };
}

/** The projects with their members and tasks, in memory. */
@Injectable()
export class ProjectsService {
  private readonly projects = new Map([
    ['apollo', project('ann', 'ben')],
    ['gemini', project('cleo', 'ann')],
  ]);
  private nextId = 1;

  isMember(projectId: string, name: string): boolean {
    return this.find(projectId).members.has(name);
  }

  isOwner(projectId: string, name: string): boolean {
    return this.find(projectId).owner === name;
  }

  members(projectId: string): readonly string[] {
    return [...this.find(projectId).members].sort((a, b) => a.localeCompare(b));
  }

  addMember(projectId: string, name: string): void {
    this.find(projectId).members.add(name);
  }

  removeMember(projectId: string, name: string): void {
    const { owner, members } = this.find(projectId);
    if (name === owner) throw new BadRequestException('The owner stays');
    members.delete(name);
  }

  tasks(projectId: string): readonly Task[] {
    return [...this.find(projectId).tasks.values()];
  }

  addTask(projectId: string, by: string, text: string): Task {
    return this.save(projectId, { id: this.nextId++, by, text, isDone: false });
  }

  finishTask(projectId: string, id: number): Task {
    const task = this.find(projectId).tasks.get(id);
    if (task === undefined) throw new NotFoundException(`There is no task ${id}`);
    return this.save(projectId, { ...task, isDone: true });
  }

  private find(projectId: string): Project {
    const found = this.projects.get(projectId);
    if (found === undefined) throw new NotFoundException(`There is no project ${projectId}`);
    return found;
  }

  private save(projectId: string, task: Task): Task {
    this.find(projectId).tasks.set(task.id, task);
    return task;
  }
}
