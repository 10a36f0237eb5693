/** What a client is told about an error. */
export interface ErrorAnswer {
  /** As an HTTP status: 4xx is the client's fault, 5xx the server's. */
  readonly status: number;
  readonly message: string;
  readonly code?: string;
  /** More about the error, such as a line per invalid property: the first 20, and one with how many more there are. */
  readonly details?: unknown;
}

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
