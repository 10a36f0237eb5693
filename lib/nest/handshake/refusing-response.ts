import { UnauthorizedException } from '@nestjs/common';

/**
 * Stands where a strategy expects a response: a socket has none.
 *
 * Headers are taken and forgotten; whoever ends it, or redirects, has refused the client.
 */
export class RefusingResponse {
  statusCode = 200;
  /** Rejects when somebody has refused. */
  readonly refused: Promise<never>;
  #refuse!: (error: Error) => void;

  constructor() {
    this.refused = new Promise((_resolve, reject) => {
      this.#refuse = reject;
    });
    // It is refused or not whether somebody waits or not.
    this.refused.catch(() => {});
  }

  setHeader(): this {
    return this;
  }

  getHeader(): undefined {
    return undefined;
  }

  removeHeader(): void {}

  append(): this {
    return this;
  }

  set(): this {
    return this;
  }

  cookie(): this {
    return this;
  }

  clearCookie(): this {
    return this;
  }

  writeHead(statusCode: number): this {
    return this.status(statusCode);
  }

  status(statusCode: number): this {
    this.statusCode = statusCode;
    return this;
  }

  write(): boolean {
    return true;
  }

  end(): this {
    this.#refuse(new UnauthorizedException());
    return this;
  }

  send(): this {
    return this.end();
  }

  json(): this {
    return this.end();
  }

  redirect(): void {
    this.end();
  }
}
