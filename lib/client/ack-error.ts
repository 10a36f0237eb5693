import type { ErrorAnswer } from '../shared/index.js';

/** What a handler of the server answered instead of a value: `request()` rejects with it. */
export class AckError extends Error implements ErrorAnswer {
  override readonly name = 'AckError';
  /** As an HTTP status: 4xx is the client's fault, 5xx the server's. */
  readonly status: number;
  readonly code?: string;
  /** More about the error, such as one line per invalid property. */
  readonly details?: unknown;

  constructor({ status, message, code, details }: ErrorAnswer) {
    super(message);
    this.status = status;
    if (code !== undefined) this.code = code;
    if (details !== undefined) this.details = details;
  }
}
