import type { ErrorAnswer } from '../../shared/index.js';

export type { ErrorAnswer };

/** An error that is the client's to know: it is told the client, and not logged. */
export class WsException extends Error {
  override readonly name = 'WsException';
  readonly #error: string | Partial<ErrorAnswer>;

  /** @param error the message, with status 400; or what else the client is to be told. */
  constructor(error: string | Partial<ErrorAnswer>) {
    super(typeof error === 'string' ? error : (error.message ?? 'Bad request'));
    this.#error = error;
  }

  /** What it was made with. */
  getError(): string | Partial<ErrorAnswer> {
    return this.#error;
  }
}
