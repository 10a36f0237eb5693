import type { Socket } from 'rookery';

export interface Question {
  readonly id: number;
  readonly text: string;
  /** Missing until somebody has answered. */
  readonly answer?: string;
}

/** What the server sends; of what pages send, the gateway's methods tell. */
export interface ServerEvents {
  /** Everything that is known, to who has connected. */
  questions(all: readonly Question[]): void;
  /** A new question, or one that has been answered. */
  question(question: Question): void;
}

export type PageSocket = Socket<Record<never, never>, ServerEvents>;
