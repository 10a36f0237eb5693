import type { IncomingMessage, ServerResponse } from 'node:http';

/** What becomes of clients that come before the application has started. */
export type EarlyClientsPolicy = 'reject' | 'hold';

/** Keeps clients out until the application has started: every provider is ready then. */
export class EarlyClients {
  readonly #policy: EarlyClientsPolicy;
  #held: (() => void)[] = [];
  #isOpen = false;

  constructor(policy: EarlyClientsPolicy) {
    this.#policy = policy;
  }

  /** A middleware of the engine. */
  readonly middleware = (_request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (this.#isOpen) {
      next();
    } else if (this.#policy === 'hold') {
      this.#held.push(next);
    } else {
      response.writeHead(503, { 'Retry-After': '1' });
      response.end();
    }
  };

  /** Lets clients in, those that were held first. */
  open(): void {
    this.#isOpen = true;
    for (const next of this.#held.splice(0)) next();
  }
}
