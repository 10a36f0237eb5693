/** A transport that has failed. */
export class TransportError extends Error {
  readonly type = 'TransportError';
  /** What is known: the status of an answer, or the cause. */
  readonly description: unknown;
  /** What the platform knows of it: an answer, or an event. */
  readonly context: unknown;

  constructor(message: string, description?: unknown, context?: unknown) {
    super(message);
    this.description = description;
    this.context = context;
  }
}
