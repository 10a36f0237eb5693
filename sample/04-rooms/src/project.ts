import type { Socket } from 'rookery';

/** A task on a project's board. */
export interface Task {
  readonly id: number;
  readonly by: string;
  readonly text: string;
  readonly isDone: boolean;
}

/** What a project's room is sent. */
export interface ServerEvents {
  task(task: Task): void;
  members(names: readonly string[]): void;
  left(notice: { name: string }): void;
  /** To somebody who is no member any more. */
  removed(projectId: string): void;
}

/** A socket of somebody with a name. */
export type ProjectSocket = Socket<object, ServerEvents, object, { name: string }>;
