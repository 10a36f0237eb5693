import type { Message } from '../../src/talk/talk.events';

/** A message as the page shows it: at once, before the server has it. */
export interface Line extends Message {
  readonly state: 'pending' | 'sent' | 'failed';
  readonly failure?: Failure;
}

/** Why a message was not said. */
export interface Failure {
  readonly message: string;
  /** Whether it can be sent again as it is: nobody has refused it. */
  readonly mayTryAgain: boolean;
}

export type LinesAction =
  | { readonly type: 'sending'; readonly message: Message }
  | { readonly type: 'told'; readonly messages: readonly Message[] }
  | { readonly type: 'failed'; readonly id: string; readonly failure: Failure };

/** What was said first, in the server's order, then what was not yet. */
export function linesAfter(lines: readonly Line[], action: LinesAction): readonly Line[] {
  switch (action.type) {
    case 'sending':
      return [...lines.filter(({ id }) => id !== action.message.id), { ...action.message, state: 'pending' }];
    case 'told': {
      const sent = new Map(lines.filter(({ state }) => state === 'sent').map((line) => [line.id, line]));
      for (const message of action.messages) sent.set(message.id, { ...message, state: 'sent' });
      return [...sent.values(), ...lines.filter(({ id }) => !sent.has(id))];
    }
    case 'failed':
      return lines.map((line) =>
        line.id === action.id ? { ...line, state: 'failed', failure: action.failure } : line,
      );
  }
}
