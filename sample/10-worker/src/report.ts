import type { AuthenticatedSocket } from 'rookery';

export interface User {
  readonly id: string;
}

export type UserSocket = AuthenticatedSocket<User>;

/** A report that somebody has ordered. */
export interface Order {
  readonly report: number;
  readonly user: string;
  readonly title: string;
}

/** What workers tell the user who has ordered. */
export interface ReportEvents {
  progress(news: { report: number; percent: number }): void;
  ready(news: { report: number; text: string; worker: string }): void;
}
